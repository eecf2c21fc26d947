import Glibc
import QueueCore

/// A line on the terminal that says how far something has come, once that takes longer than a second. Gone when it is done.
struct ProgressLine {
  private static let patience = Duration.seconds(1)
  private static let period = Duration.milliseconds(200)
  /// Looking at the clock for each thing counted would cost more than counting.
  private static let stride = 500

  private let clock: any Clock
  private let isWanted = isatty(STDERR_FILENO) == 1
  private var nextAt: Duration
  private var isShown = false

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
    isShown = true
    Self.write("\r\(count) \(what)")
  }

  /// Takes the line away.
  mutating func end() {
    if isShown { Self.write("\r\u{1B}[K") }
    isShown = false
  }

  private static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
