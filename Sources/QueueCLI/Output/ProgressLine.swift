import Glibc
import QueueCore

/// A progress line on the terminal for operations longer than a second. It is written during a
/// transaction, so it never blocks: on a stopped terminal (^S) it isn't updated.
struct ProgressLine {
  private static let patience = Duration.seconds(1)
  private static let period = Duration.milliseconds(200)
  /// Reading the clock costs more than counting.
  private static let stride = 500

  private let clock: any Clock
  private let isWanted = isatty(STDERR_FILENO) == 1
  private var nextAt: Duration
  private var isShown = false
  /// The terminal, reopened so that only our writes are non-blocking; -1 until needed.
  private var terminal: Int32 = -1

  init(clock: any Clock) {
    self.clock = clock
    nextAt = clock.now().uptime + Self.patience
  }

  mutating func show(_ count: Int, _ what: String) {
    guard isWanted, count % Self.stride == 0 else { return }
    let now = clock.now().uptime
    guard now >= nextAt else { return }
    nextAt = now + Self.period
    if terminal < 0 {
      terminal = open(
        "/proc/self/fd/\(STDERR_FILENO)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    }
    if Self.write("\r\(count) \(what)", to: terminal) { isShown = true }
  }

  /// Removes the line. May block: don't call it while a lock is held.
  mutating func end() {
    if isShown { _ = Self.write("\r\u{1B}[K", to: STDERR_FILENO) }
    if terminal >= 0 { close(terminal) }
    (isShown, terminal) = (false, -1)
  }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    let bytes = Array(text.utf8)
    return Glibc.write(descriptor, bytes, bytes.count) > 0
  }
}
