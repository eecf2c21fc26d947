import Glibc
import QueueCore

/// Waiting for descriptors: the only caller of poll(2).
public enum Poll {
  /// Waits until one of them is readable or at its end.
  /// - Parameter duration: at most so long, rounded up to a millisecond, so that a deadline is past
  ///   when it is over; nil for as long as it takes.
  /// - Returns: those that are; none when the time is over, or a signal came.
  @discardableResult
  package static func wait(for descriptors: [Int32], atMost duration: Duration?) -> [Int32] {
    var entries = descriptors.map { entry($0, POLLIN) }
    guard wait(&entries, atMost: duration) else { return [] }
    return entries.compactMap { $0.revents != 0 ? $0.fd : nil }
  }

  /// Waits until the other end of a pipe is closed.
  /// - Parameters:
  ///   - pipe: what this process writes to; a file never says that nobody reads it.
  ///   - source: ends the wait when it is readable; nil for none.
  /// - Returns: whether it is closed.
  package static func wait(
    forReaderToLeave pipe: Int32?, orFor source: Int32? = nil, atMost duration: Duration
  ) -> Bool {
    // poll(2) passes over a negative descriptor, and tells of a closed end though nothing is asked.
    var entries = [entry(pipe ?? -1, 0), entry(source ?? -1, POLLIN)]
    return wait(&entries, atMost: duration) && entries[0].revents != 0
  }

  /// Waits until a descriptor takes what is written to it.
  /// - Returns: whether it does.
  @discardableResult
  package static func wait(
    untilWritable descriptor: Int32, atMost duration: Duration?
  ) -> Bool {
    var entries = [entry(descriptor, POLLOUT)]
    return wait(&entries, atMost: duration) && entries[0].revents & Int16(POLLOUT) != 0
  }

  /// Lets time pass, where nothing can happen meanwhile.
  public static func pause(_ duration: Duration) { wait(for: [], atMost: duration) }

  private static func entry(_ descriptor: Int32, _ events: Int32) -> pollfd {
    pollfd(fd: descriptor, events: Int16(events), revents: 0)
  }

  private static func wait(_ entries: inout [pollfd], atMost duration: Duration?) -> Bool {
    let limit = duration.map { Int32(clamping: max(0, ($0 + .microseconds(999)).milliseconds)) }
    return poll(&entries, nfds_t(entries.count), limit ?? -1) > 0
  }
}
