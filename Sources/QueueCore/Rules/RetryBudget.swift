/// A job's retry limit, and the share of it used before a run.
public struct RetryBudget: Equatable, Sendable {
  /// Completed and failed runs before this one.
  public var attempts: Int
  /// Lost runs in a row before this one.
  public var crashes: Int
  /// The number of retries allowed.
  public var maxRetries: Int

  /// Memberwise initializer.
  public init(attempts: Int, crashes: Int, maxRetries: Int) {
    self.attempts = attempts
    self.crashes = crashes
    self.maxRetries = maxRetries
  }
}
