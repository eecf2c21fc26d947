/// What a job says of its own failures. Nil where the settings hold, or where there is no such
/// rule.
public struct RetryRules: Equatable, Sendable {
  /// The base of its backoff.
  public var backoffBase: Double?
  /// Its longest backoff.
  public var backoffMax: Duration?
  /// How much of its backoff is added at random.
  public var backoffJitter: Double?
  /// Only these statuses are retried; any other failure makes it dead at once.
  public var retryOn: ExitStatusSet?
  /// These statuses make it dead at once.
  public var noRetryOn: ExitStatusSet?
  /// These statuses mean "not now": it waits, and no retry is spent.
  public var snoozeOn: ExitStatusSet?
  /// These statuses are a success as 0 is.
  public var successOn: ExitStatusSet?

  /// All of its parts; none by default.
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

  /// What is set, as it is shown to people.
  public var described: [(name: String, value: String)] {
    let parts = [
      ("backoff base", backoffBase.map { "\($0)" }), ("backoff max", backoffMax?.text),
      ("jitter", backoffJitter.map { "\($0)" }), ("retry on", retryOn?.description),
      ("no retry on", noRetryOn?.description), ("snooze on", snoozeOn?.description),
      ("success on", successOn?.description),
    ]
    return parts.compactMap { name, value in value.map { (name, $0) } }
  }

  /// How a run is to be taken, as the job sees it: statuses that it counts as success or as "not
  /// now" are no failure.
  public func judged(_ end: RunEnd) -> RunEnd {
    guard case .exited(let status) = end, status != 0 else { return end }
    if successOn?.contains(status) == true { return .accepted(status) }
    return snoozeOn?.contains(status) == true ? .snoozed(status) : end
  }

  /// - Throws: ``InvalidJob`` naming the first number that isn't allowed.
  func check() throws(InvalidJob) {
    if let backoffBase, !RetryPolicy.baseRange.contains(backoffBase) {
      throw InvalidJob(
        field: "backoff_base", problem: "must be a number from \(RetryPolicy.baseRangeText)")
    }
    if let backoffMax, !RetryPolicy.capRange.contains(backoffMax) {
      throw InvalidJob(field: "backoff_max", problem: "must be \(RetryPolicy.capRangeText)")
    }
    if let backoffJitter, !RetryPolicy.jitterRange.contains(backoffJitter) {
      throw InvalidJob(
        field: "backoff_jitter", problem: "must be a number from \(RetryPolicy.jitterRangeText)")
    }
  }
}
