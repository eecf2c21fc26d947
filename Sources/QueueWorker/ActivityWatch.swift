import Glibc
public import QueueCore

/// Waits until something happens in a queue: somebody committed a change, or a run wrote to its log. For whoever looks on.
///
/// To be made before looking at what is to be seen, so that nothing is missed in between. A commit shows in the database's log (`-wal`); it is
/// watched, not opened.
public final class ActivityWatch {
  /// As a net below the kernel's events, which some file systems don't send.
  private static let longestWait = Duration.seconds(1)
  /// In a busy queue something happens all the time: nobody needs to look more often than this.
  private static let shortestPause = Duration.milliseconds(20)

  /// Where the kernel tells nothing, it is looked that often.
  private static let blindWait = Duration.milliseconds(200)

  private let files: FileWatch?
  /// Why the kernel tells nothing, so that it is looked again and again; nil where it does.
  public let blindness: SystemError?

  /// Starts listening to a queue.
  /// - Parameter run: whose output is listened to as well.
  public init(_ directory: QueueDirectory, run: RunID? = nil) {
    let paths = [directory.database + "-wal"] + (run.map { [directory.log(of: $0)] } ?? [])
    do throws(SystemError) {
      let files = try FileWatch()
      for path in paths {
        do throws(SystemError) {
          try files.add(path, Int(IN_MODIFY))
        } catch {
          // A file that doesn't exist yet is looked at once a second.
          guard error.code == ENOENT else { throw error }
        }
      }
      self.files = files
      blindness = nil
    } catch {
      files = nil
      blindness = error
    }
  }

  /// Returns when something has happened, or after a second.
  /// - Parameter pipe: one that this process writes to, if it does.
  /// - Returns: false as soon as nobody reads the pipe any more.
  public func wait(whileReadBy pipe: Int32? = nil) -> Bool {
    guard let files else { return Self.wait(for: -1, pipe, Self.blindWait) }
    defer { _ = files.hasHeard() }
    return Self.wait(for: files.descriptor, pipe, Self.longestWait)
      && Self.wait(for: -1, pipe, Self.shortestPause)
  }

  /// A descriptor below 0 is passed over, and what is asked for nothing still tells that its other end is gone.
  private static func wait(for source: Int32, _ pipe: Int32?, _ duration: Duration) -> Bool {
    var entries = [
      pollfd(fd: source, events: Int16(POLLIN), revents: 0),
      pollfd(fd: pipe ?? -1, events: 0, revents: 0),
    ]
    poll(&entries, 2, Int32(clamping: duration.milliseconds))
    return entries[1].revents == 0
  }
}
