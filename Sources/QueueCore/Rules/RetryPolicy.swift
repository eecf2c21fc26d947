/// Decides whether a failure is retried, and after which delay.
public struct RetryPolicy: Equatable, Sendable {
  /// The base of the exponential backoff.
  public var base: Double
  /// The longest delay, before jitter.
  public var cap: Duration
  /// The largest random share added to a delay: 0.1 adds up to a tenth.
  public var jitter: Double
  /// The only statuses that are retried; nil for all.
  public var retryOn: ExitStatusSet?
  /// Statuses that aren't retried.
  public var noRetryOn: ExitStatusSet?
  /// The delay after a snooze status.
  public var snoozeDelay = Settings().snoozeDelay

  /// Allowed bases; 1 waits one second each time.
  public static let baseRange = 0.1...1000.0
  static let baseRangeText = "0.1 to 1000"
  /// Allowed values of ``cap``.
  public static let capRange = Duration.zero...Duration.seconds(365 * 86_400)
  static let capRangeText = "0s to 365d"
  /// Allowed values of ``jitter``.
  public static let jitterRange = 0.0...1.0
  static let jitterRangeText = "0 to 1"
  /// Allowed numbers of retries.
  public static let maxRetriesRange = 0...10_000

  /// Creates a policy that retries every status.
  public init(base: Double, cap: Duration, jitter: Double = 0) {
    self.base = base
    self.cap = cap
    self.jitter = jitter
  }

  /// Whether the status of `end` allows a retry.
  public func allowsRetry(after end: RunEnd) -> Bool {
    guard let status = end.shellStatus else { return true }
    return retryOn?.contains(status) != false && noRetryOn?.contains(status) != true
  }

  /// Returns the delay before the next attempt: `base ^ attempts` seconds up to `cap`, plus jitter.
  /// - Parameter attempts: runs so far, 1 after the first failure.
  public func delay(
    afterAttempt attempts: Int, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let seconds = capped(attempts)
    let spread = jitter > 0 ? seconds * jitter * Double.random(in: 0..<1, using: &generator) : 0
    return .milliseconds(Int64(((seconds + spread) * 1000).rounded()))
  }

  /// Returns the delay of a job that lost workers: `base ^ crashes` seconds up to `cap`.
  /// - Parameter crashes: runs lost in a row before the latest one.
  public func delay(afterCrashes crashes: Int) -> Duration {
    .milliseconds(Int64((capped(crashes) * 1000).rounded()))
  }

  private func capped(_ exponent: Int) -> Double { min(Self.power(base, exponent), cap.inSeconds) }

  /// Exponentiation by squaring; infinite on overflow.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var factor = base
    var rest = max(0, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result.isNaN ? .infinity : result
  }
}
