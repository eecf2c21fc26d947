import Glibc
import QueueCore

/// Waiting for something to happen.
public enum Ready {
  /// Waits for that long, where nothing else can happen.
  public static func pause(_ duration: Duration) { _ = wait(for: [], atMost: duration) }

  /// Waits until one of them is readable or at its end.
  /// - Parameter duration: at most so long; nil for as long as it takes.
  /// - Returns: what poll says of each.
  static func wait(for descriptors: [Int32], atMost duration: Duration?) -> [Int16] {
    var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    // Rounded up, so that a deadline is past when it is over.
    let limit = duration.map { Int32(clamping: max(0, ($0 + .microseconds(999)).milliseconds)) }
    _ = poll(&entries, nfds_t(entries.count), limit ?? -1)
    return entries.map(\.revents)
  }
}
