/// What was done when dead jobs were put back, or would be.
public struct DeadRetry: Equatable, Sendable {
  /// The jobs that were put back, in the order in which they arrived.
  public var jobs: [JobID]
  /// How many were left dead, as an unfinished job has their key.
  public var keyTakenCount: Int

  /// Both parts.
  public init(jobs: [JobID] = [], keyTakenCount: Int = 0) {
    self.jobs = jobs
    self.keyTakenCount = keyTakenCount
  }
}

/// Decides which of several ended jobs can be put back: of those with one key the first, and none
/// whose key an unfinished job has.
public struct KeysPutBack {
  /// By their keys.
  private var taken: [String: JobID] = [:]

  /// None so far.
  public init() {}

  /// Takes a key for a job, unless another one has it.
  /// - Parameter holder: the unfinished job that has the key in the store; nil for none.
  /// - Returns: why it can't be put back; nil if it can.
  public mutating func take(_ key: String?, for job: JobID, holder: JobID?) -> StoreError? {
    guard let key else { return nil }
    if let holder {
      return StoreError(
        .wrongState,
        "job \(SafeText.quoted(job.text)) has the key \(SafeText.quoted(key)), and so has "
          + "\(SafeText.quoted(holder.text)), which isn't finished: wait for it first")
    }
    if let other = taken[key] {
      return StoreError(
        .wrongState,
        "\(SafeText.quoted(other.text)) and \(SafeText.quoted(job.text)) have the same key "
          + "\(SafeText.quoted(key)): only one of them can be put back")
    }
    taken[key] = job
    return nil
  }
}
