/// What follows a failure: whether it is retried, and how long the job waits before.
public struct RetryPolicy: Equatable, Sendable {
  /// What is raised to the power of the attempts.
  public var base: Double
  /// The longest wait, before jitter.
  public var cap: Duration
  /// How much of the wait is added at most, at random: 0.1 for up to a tenth.
  public var jitter: Double
  /// Only these statuses are retried; nil for all.
  public var retryOn: ExitStatusSet?
  /// These statuses aren't.
  public var noRetryOn: ExitStatusSet?
  /// The wait after a status that means "not now".
  public var snoozeDelay = Settings().snoozeDelay

  /// What a base may be. 1 waits one second each time.
  public static let baseRange = 0.1...1000.0
  static let baseRangeText = "0.1 to 1000"
  /// What the longest wait may be.
  public static let capRange = Duration.zero...Duration.seconds(365 * 86_400)
  static let capRangeText = "0s to 365d"
  /// What a share of the wait may be.
  public static let jitterRange = 0.0...1.0
  static let jitterRangeText = "0 to 1"
  /// What the number of retries may be.
  public static let maxRetriesRange = 0...10_000

  /// A policy of these three numbers.
  public init(base: Double, cap: Duration, jitter: Double = 0) {
    self.base = base
    self.cap = cap
    self.jitter = jitter
  }

  /// Whether a failure may be retried, as far as its status goes.
  public func allowsRetry(after end: RunEnd) -> Bool {
    guard let status = end.shellStatus else { return true }
    return retryOn?.contains(status) != false && noRetryOn?.contains(status) != true
  }

  /// The wait before the next attempt: `base` to the power of `attempts`, in seconds, with jitter
  /// on top.
  /// - Parameter attempts: runs so far, 1 after the first failure.
  /// - Returns: never more than `cap` before jitter; overflow also gives `cap`.
  public func delay(
    afterAttempt attempts: Int, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let seconds = capped(attempts)
    let spread = jitter > 0 ? seconds * jitter * Double.random(in: 0..<1, using: &generator) : 0
    return .milliseconds(Int64(((seconds + spread) * 1000).rounded()))
  }

  /// The wait of a job that has cost workers: `base` to the power of `crashes`, in seconds, never
  /// more than `cap`.
  /// - Parameter crashes: runs in a row that were lost before the latest one.
  public func delay(afterCrashes crashes: Int) -> Duration {
    .milliseconds(Int64((capped(crashes) * 1000).rounded()))
  }

  private func capped(_ exponent: Int) -> Double { min(Self.power(base, exponent), cap.inSeconds) }

  /// By squaring, so that it takes no longer for a great exponent; infinite on overflow.
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
