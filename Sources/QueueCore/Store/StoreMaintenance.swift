/// Checks and backs up a store.
public protocol StoreMaintenance: AnyObject {
  /// Checks for damage and inconsistencies; changes nothing.
  /// - Parameter thorough: whether to compare every row with its indexes; slow for a large queue.
  func findings(thorough: Bool) throws(StoreError) -> [Finding]
  /// Copies the queue to a new file while it is in use, checks the copy and counts its jobs.
  /// - Throws: if the file exists; a failed copy is removed.
  func backUp(to path: String, at now: Moment) throws(StoreError) -> Int
}

/// The result of one check.
public struct Finding: Equatable, Sendable {
  /// The severity of a finding.
  public enum Verdict: String, Sendable {
    case ok
    /// For information; no action needed.
    case note
    /// Needs action.
    case problem
  }

  /// The severity.
  public var verdict: Verdict
  /// The checked item, in a word or two.
  public var subject: String
  /// The result.
  public var detail: String
  /// The remedy; nil for none.
  public var advice: String?

  /// Memberwise initializer.
  public init(_ verdict: Verdict, _ subject: String, _ detail: String, advice: String? = nil) {
    self.verdict = verdict
    self.subject = subject
    self.detail = detail
    self.advice = advice
  }
}
