import Glibc
import QueueCore

/// Waits on descriptors; the only caller of poll(2).
public enum Poll {
  /// Waits for descriptors; returns those readable or at their end, none on a timeout or signal.
  /// - Parameter duration: rounded up to 1 ms, so that a deadline has passed; nil for no limit.
  @discardableResult
  package static func wait(for descriptors: [Int32], atMost duration: Duration?) -> [Int32] {
    var entries = descriptors.map { entry($0, POLLIN) }
    guard wait(&entries, atMost: duration) else { return [] }
    return entries.compactMap { $0.revents != 0 ? $0.fd : nil }
  }

  /// Waits until the read end of a pipe is closed; returns whether it is.
  /// - Parameter pipe: the write end; a regular file never reports a closed reader.
  package static func wait(
    forReaderToLeave pipe: Int32?, orFor source: Int32? = nil, atMost duration: Duration
  ) -> Bool {
    // poll() ignores negative descriptors; with events = 0 it still reports POLLERR and POLLHUP.
    var entries = [entry(pipe ?? -1, 0), entry(source ?? -1, POLLIN)]
    return wait(&entries, atMost: duration) && entries[0].revents != 0
  }

  /// Waits until a descriptor is writable; returns false on timeout.
  @discardableResult
  package static func wait(
    untilWritable descriptor: Int32, atMost duration: Duration?
  ) -> Bool {
    var entries = [entry(descriptor, POLLOUT)]
    return wait(&entries, atMost: duration) && entries[0].revents & Int16(POLLOUT) != 0
  }

  /// Waits until a descriptor is readable, or writable, or at its end; returns false on timeout or
  /// a signal.
  @discardableResult
  package static func wait(
    forInputOf descriptor: Int32, orRoom needsRoom: Bool, atMost duration: Duration?
  ) -> Bool {
    var entries = [entry(descriptor, needsRoom ? POLLIN | POLLOUT : POLLIN)]
    return wait(&entries, atMost: duration)
  }

  /// Sleeps; a signal may end it early.
  public static func pause(_ duration: Duration) { wait(for: [], atMost: duration) }

  private static func entry(_ descriptor: Int32, _ events: Int32) -> pollfd {
    pollfd(fd: descriptor, events: Int16(events), revents: 0)
  }

  private static func wait(_ entries: inout [pollfd], atMost duration: Duration?) -> Bool {
    let limit = duration.map { Int32(clamping: max(0, ($0 + .microseconds(999)).milliseconds)) }
    return poll(&entries, nfds_t(entries.count), limit ?? -1) > 0
  }
}
