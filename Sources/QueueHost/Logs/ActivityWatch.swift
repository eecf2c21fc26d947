import Glibc
public import QueueCore

/// Waits until something happens in a queue: somebody committed a change, or a run wrote to its
/// log. For whoever looks on.
///
/// To be made before looking at what is to be seen, so that nothing is missed in between. A commit
/// shows in the database's log (`-wal`); it is watched, not opened.
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
    guard let files else {
      return !Poll.wait(forReaderToLeave: pipe, atMost: Self.blindWait)
    }
    defer { _ = files.hasHeard() }
    return
      !Poll.wait(forReaderToLeave: pipe, orFor: files.descriptor, atMost: Self.longestWait)
      && !Poll.wait(forReaderToLeave: pipe, atMost: Self.shortestPause)
  }
}
