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

  private let files: FileWatch

  /// Starts listening to a queue.
  /// - Parameter run: whose output is listened to as well.
  public init(_ directory: QueueDirectory, run: RunID? = nil) throws(SystemError) {
    files = try FileWatch()
    // What isn't there yet is looked at once a second.
    _ = files.add(directory.database + "-wal", Int(IN_MODIFY))
    if let run { _ = files.add(directory.log(of: run), Int(IN_MODIFY)) }
  }

  /// Returns when something has happened, or after a second.
  /// - Parameter pipe: one that this process writes to, if it does.
  /// - Returns: false as soon as nobody reads the pipe any more.
  public func wait(whileReadBy pipe: Int32? = nil) -> Bool {
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
