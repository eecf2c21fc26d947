/// What a job has used up of its chances.
public struct RetryBudget: Equatable, Sendable {
  /// Runs that ended by the job's own doing, before this one.
  public var attempts: Int
  /// Lost runs in a row, before this one.
  public var crashes: Int
  /// Retries it may use.
  public var maxRetries: Int

  /// All of its parts.
  public init(attempts: Int, crashes: Int, maxRetries: Int) {
    self.attempts = attempts
    self.crashes = crashes
    self.maxRetries = maxRetries
  }
}
