/// What users can configure, as values; the defaults stand here.
public struct Settings: Equatable, Sendable {
  /// Retries of a job that names none.
  public var maxRetries = 3
  /// The base of the backoff, for jobs without their own.
  public var backoffBase = 2.0
  /// The longest backoff.
  public var backoffMax = Duration.seconds(3600)
  /// How much of the backoff is added at random.
  public var backoffJitter = 0.0
  /// The wait of a job that said "not now".
  public var snoozeDelay = Duration.seconds(30)
  /// The time limit of a job that names none; nil for no limit.
  public var timeout: Duration?
  /// From TERM to KILL.
  public var killGrace = Duration.seconds(10)
  /// How often an idle worker looks by itself.
  public var pollInterval = Duration.seconds(1)
  /// How long a silent worker keeps its job.
  public var lease = Duration.seconds(30)
  /// Workers that a job may cost in a row.
  public var maxCrashes = 3
  /// How much of one run's output is kept, in bytes: half of it from the start, half from the end.
  public var logMaxSizeBytes = 10 << 20
  /// How long completed and cancelled jobs are kept; nil for ever.
  public var keepCompleted: Duration? = .seconds(7 * 86_400)
  /// How long dead jobs are kept; nil for ever.
  public var keepDead: Duration?
  /// How much space the logs of all runs may take, in bytes; nil for any.
  public var logQuotaBytes: Int?
  /// The command that is run for a job that died; nil for none.
  public var onDead: String?
  /// How long that may take.
  public var onDeadTimeout = Duration.seconds(30)
  /// What survives a power loss.
  public var durability = Durability.standard

  /// The defaults.
  public init() {}

  /// Which commits of a worker wait for the disk. Commands always wait.
  public enum Durability: String, CaseIterable, Sendable {
    /// A power loss may run the jobs that finished in the last few seconds again.
    case standard
    /// Each claim and each finish waits for the disk.
    case full
  }

  /// The retry policy for a job.
  /// - Parameter rules: the job's own, which go before the settings.
  public func retryPolicy(_ rules: RetryRules = RetryRules()) -> RetryPolicy {
    var policy = RetryPolicy(
      base: rules.backoffBase ?? backoffBase, cap: rules.backoffMax ?? backoffMax,
      jitter: rules.backoffJitter ?? backoffJitter)
    policy.retryOn = rules.retryOn
    policy.noRetryOn = rules.noRetryOn
    policy.snoozeDelay = snoozeDelay
    return policy
  }
}
