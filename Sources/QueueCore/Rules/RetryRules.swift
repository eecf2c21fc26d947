/// A job's own retry rules; nil where the settings or no rule apply.
public struct RetryRules: Equatable, Sendable {
  /// The backoff base.
  public var backoffBase: Double?
  /// The longest backoff.
  public var backoffMax: Duration?
  /// The random share added to a backoff.
  public var backoffJitter: Double?
  /// The only statuses that are retried; other failures are dead at once.
  public var retryOn: ExitStatusSet?
  /// Statuses that make the job dead at once.
  public var noRetryOn: ExitStatusSet?
  /// Statuses that snooze the job, without spending a retry.
  public var snoozeOn: ExitStatusSet?
  /// Statuses that count as success, besides 0.
  public var successOn: ExitStatusSet?

  /// Memberwise initializer.
  public init(
    backoffBase: Double? = nil, backoffMax: Duration? = nil, backoffJitter: Double? = nil,
    retryOn: ExitStatusSet? = nil, noRetryOn: ExitStatusSet? = nil, snoozeOn: ExitStatusSet? = nil,
    successOn: ExitStatusSet? = nil
  ) {
    self.backoffBase = backoffBase
    self.backoffMax = backoffMax
    self.backoffJitter = backoffJitter
    self.retryOn = retryOn
    self.noRetryOn = noRetryOn
    self.snoozeOn = snoozeOn
    self.successOn = successOn
  }

  /// Returns these rules, overridden by those that `other` sets.
  public func overridden(by other: RetryRules) -> RetryRules {
    RetryRules(
      backoffBase: other.backoffBase ?? backoffBase, backoffMax: other.backoffMax ?? backoffMax,
      backoffJitter: other.backoffJitter ?? backoffJitter, retryOn: other.retryOn ?? retryOn,
      noRetryOn: other.noRetryOn ?? noRetryOn, snoozeOn: other.snoozeOn ?? snoozeOn,
      successOn: other.successOn ?? successOn)
  }

  /// The rules that are set, for display.
  public var described: [(name: String, value: String)] {
    let parts = [
      ("backoff base", backoffBase.map { "\(number: $0)" }), ("backoff max", backoffMax?.text),
      ("jitter", backoffJitter.map { "\(number: $0)" }), ("retry on", retryOn?.description),
      ("no retry on", noRetryOn?.description), ("snooze on", snoozeOn?.description),
      ("success on", successOn?.description),
    ]
    return parts.compactMap { name, value in value.map { (name, $0) } }
  }

  /// Returns `end`, with a success or snooze status of this job reclassified.
  public func judged(_ end: RunEnd) -> RunEnd {
    guard case .exited(let status) = end, status != 0 else { return end }
    if successOn?.contains(status) == true { return .accepted(status) }
    return snoozeOn?.contains(status) == true ? .snoozed(status) : end
  }

  func check() throws(InvalidJob) {
    if let backoffBase, !RetryPolicy.baseRange.contains(backoffBase) {
      throw InvalidJob(
        field: "backoff_base",
        problem: "must be a number from \(RetryPolicy.baseRangeText), not \(number: backoffBase)")
    }
    if let backoffMax, !RetryPolicy.capRange.contains(backoffMax) {
      throw InvalidJob(
        field: "backoff_max",
        problem: "must be \(RetryPolicy.capRangeText), not \(backoffMax.text)")
    }
    if let backoffJitter, !RetryPolicy.jitterRange.contains(backoffJitter) {
      throw InvalidJob(
        field: "backoff_jitter",
        problem: "must be a number from \(RetryPolicy.jitterRangeText), "
          + "not \(number: backoffJitter)")
    }
  }
}
