/// The values of all settings, with their defaults.
public struct Settings: Equatable, Sendable {
  /// Default retries of a job.
  public var maxRetries = 3
  /// Default backoff base of a job.
  public var backoffBase = 2.0
  /// The longest backoff.
  public var backoffMax = Duration.seconds(3600)
  /// The random share added to a backoff.
  public var backoffJitter = 0.0
  /// The delay after a snooze status.
  public var snoozeDelay = Duration.seconds(30)
  /// Default timeout of a run; nil for none.
  public var timeout: Duration?
  /// The time from SIGTERM to SIGKILL.
  public var killGrace = Duration.seconds(10)
  /// How often an idle worker polls.
  public var pollInterval = Duration.seconds(1)
  /// How long a worker without heartbeats keeps its job.
  public var lease = Duration.seconds(30)
  /// The lease of a queue on a server, with workers on several hosts.
  public var hostLease = Duration.seconds(120)
  /// Lost runs in a row after which a job is dead.
  public var maxCrashes = 3
  /// The size limit of a run's log in bytes: half from the start, half from the end.
  public var logMaxSizeBytes = 10 << 20
  /// How much of a run's output a server keeps for other hosts, in bytes; 0 for none.
  public var logShareBytes = 64 << 10
  /// Retention of completed and cancelled jobs; nil for ever.
  public var keepCompleted: Duration? = .seconds(7 * 86_400)
  /// Retention of dead jobs; nil for ever.
  public var keepDead: Duration?
  /// The total size limit of all logs, in bytes; nil for none.
  public var logQuotaBytes: Int?
  /// Whether jobs run with the environment they are enqueued in, instead of the worker's.
  public var inheritEnv = false
  /// The command run for each job that dies; nil for none.
  public var onDead: String?
  /// The timeout of the `on-dead` command.
  public var onDeadTimeout = Duration.seconds(30)
  /// The durability of worker commits.
  public var durability = Durability.standard

  /// Creates the defaults.
  public init() {}

  /// Which commits of a worker wait for fsync. Commits of commands always do.
  public enum Durability: String, CaseIterable, Sendable {
    /// Jobs that finished in the seconds before a power loss may run again.
    case standard
    /// Every claim and finish is synced.
    case full
  }

  /// Returns the retry policy of a job; its own `rules` override the settings.
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
