/// What whoever looks after a stored queue can ask of it, besides what ``JobStore`` is for.
public protocol StoreMaintenance: AnyObject {
  /// Looks for damage and for what doesn't fit together. Changes nothing.
  /// - Parameter thorough: whether every page is compared with every index, which takes time for a
  ///   large queue.
  func findings(thorough: Bool) throws(StoreError) -> [Finding]
  /// Copies the whole queue into a new file while others go on, and checks the copy. Throws if the
  /// file exists; none is left then.
  /// - Returns: how many jobs the copy has.
  func backUp(to path: String, at now: Moment) throws(StoreError) -> Int
}

/// Something that was checked.
public struct Finding: Equatable, Sendable {
  /// How it was found.
  public enum Verdict: String, Sendable {
    /// As it should be.
    case ok
    /// Worth knowing; nothing is wrong.
    case note
    /// Something to be done about.
    case problem
  }

  /// How it was found.
  public var verdict: Verdict
  /// What was looked at, in a word or two.
  public var subject: String
  /// What was found.
  public var detail: String
  /// What to do about it; nil when there is nothing.
  public var advice: String?

  /// All of its parts.
  public init(_ verdict: Verdict, _ subject: String, _ detail: String, advice: String? = nil) {
    self.verdict = verdict
    self.subject = subject
    self.detail = detail
    self.advice = advice
  }
}
