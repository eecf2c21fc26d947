import Glibc
import QueueCore

/// A line on the terminal that says how far something has come, once that takes longer than a
/// second. It is written while a transaction goes on, so the terminal is never waited for: where it
/// takes nothing, as after ^S, the line stays as it is.
struct ProgressLine {
  private static let patience = Duration.seconds(1)
  private static let period = Duration.milliseconds(200)
  /// Looking at the clock for each thing counted would cost more than counting.
  private static let stride = 500

  private let clock: any Clock
  private let isWanted = isatty(STDERR_FILENO) == 1
  private var nextAt: Duration
  private var isShown = false
  /// The terminal, opened anew so that only this line's writes don't wait; -1 until it is needed.
  private var terminal: Int32 = -1

  init(clock: any Clock) {
    self.clock = clock
    nextAt = clock.now().uptime + Self.patience
  }

  /// - Parameters:
  ///   - count: how many so far.
  ///   - what: of what, after the number.
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

  /// Takes the line away. Waits for the terminal: not to be called while a lock is held.
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
