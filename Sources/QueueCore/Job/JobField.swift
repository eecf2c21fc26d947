/// The JSON fields of a job.
public enum JobField: String, FieldName, Sendable {
  case id, command, argv, state, attempts
  case maxRetries = "max_retries"
  case queue, priority
  case runAt = "run_at"
  case after
  case afterAny = "after_any"
  case unique, tags, timeout, cwd, env
  case inheritEnv = "inherit_env"
  case backoffBase = "backoff_base"
  case backoffMax = "backoff_max"
  case backoffJitter = "backoff_jitter"
  case retryOn = "retry_on"
  case noRetryOn = "no_retry_on"
  case snoozeOn = "snooze_on"
  case successOn = "success_on"
  case nice, memory, cpus
  case bestEffort = "best_effort"
  case createdAt = "created_at"
  case updatedAt = "updated_at"
  case startedAt = "started_at"
  case finishedAt = "finished_at"
  case exitCode = "exit_code"
  case signal, error, worker, frozen, progress, message, schedule
  case scheduledFor = "scheduled_for"
  case standsFor = "stands_for"

  /// Whether a new job may set the field; the rest are set by queuectl.
  public var canBeGiven: Bool {
    switch self {
    case .id, .command, .argv, .maxRetries, .queue, .priority, .runAt, .after, .afterAny, .unique,
      .tags, .timeout, .cwd, .env, .inheritEnv, .backoffBase, .backoffMax, .backoffJitter,
      .retryOn, .noRetryOn, .snoozeOn, .successOn, .nice,
      .memory, .cpus, .bestEffort:
      true
    case .state, .attempts, .createdAt, .updatedAt, .startedAt, .finishedAt, .exitCode, .signal,
      .error, .worker, .frozen, .progress, .message, .schedule, .scheduledFor, .standsFor:
      false
    }
  }

  /// The names that only lines of an export have.
  static func destination(of key: String) -> String? {
    ["job", "crashes", "runs", "cron", "every"].contains(key)
      ? "; the output of \"export\" is for \"queuectl import\"" : nil
  }

  /// Names that other tools use for the same field.
  static let otherNames: [String: JobField] = [
    "args": .argv, "cmd": .command, "depends_on": .after, "directory": .cwd, "dir": .cwd,
    "environment": .env, "niceness": .nice, "name": .id, "retries": .maxRetries, "run": .command,
    "shell": .command,
    "tag": .tags, "labels": .tags,
  ]
}
