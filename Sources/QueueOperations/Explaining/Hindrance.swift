public import QueueCore

/// An obstacle that needs an operator, of a job or of a direct or indirect prerequisite.
public struct Hindrance: Equatable, Sendable {
  /// The job that is blocked itself.
  public var job: Job
  /// Why it is blocked.
  public var reason: Explanation.Reason

  /// The most jobs that are searched.
  public static let mostJobs = 1000

  /// A job on the current path, with its unvisited prerequisites.
  private struct Step {
    let job: Job
    /// Its own obstacle, reported if no prerequisite has one.
    let own: Explanation.Reason?
    var rest: ArraySlice<UnmetPrerequisite>
  }

  /// Creates a hindrance of `job`.
  public init(of job: Job, _ reason: Explanation.Reason) {
    self.job = job
    self.reason = reason
  }

  /// Searches a job and its prerequisites depth-first for a hindrance; nil for none. Prerequisites
  /// that need an operator come first, then unfinished ones, then the job's own obstacle.
  /// - Parameter look: returns a job by its id; nil if it was removed.
  public static func find<Failure: Error>(
    for job: Job, reasons: (Job) -> [Explanation.Reason],
    look: (JobID) throws(Failure) -> Job?
  ) throws(Failure) -> Hindrance? {
    var seen: Set<JobID> = [job.id]
    var path: [Step] = []
    var next: Job? = job
    while true {
      if let job = next {
        let reasons = reasons(job)
        if let stuck = reasons.first(where: { $0.isPrerequisite && $0.needsOperator }) {
          return Hindrance(of: job, stuck)
        }
        let own = reasons.first { !$0.isPrerequisite && $0.needsOperator }
        path.append(Step(job: job, own: own, rest: job.waitsFor[...]))
        next = nil
      }
      guard let last = path.indices.last else { return nil }
      if let other = path[last].rest.popFirst() {
        guard seen.count <= mostJobs, seen.insert(other.job).inserted else { continue }
        next = try look(other.job)
        continue
      }
      let step = path.removeLast()
      if let own = step.own { return Hindrance(of: step.job, own) }
    }
  }

  /// Compares job id and reason, without the time since it began; other changes of the job are
  /// ignored.
  public static func == (one: Hindrance, other: Hindrance) -> Bool {
    guard one.job.id == other.job.id else { return false }
    if case (.frozen, .frozen) = (one.reason, other.reason) { return true }
    return one.reason == other.reason
  }

  /// The note for a user waiting for `waiting`.
  public func text(for waiting: Job) -> String {
    let advice = reason.advice(for: job).map { ": \"\($0)\"" } ?? ""
    let (subject, clause) = ("job \(quoted: waiting.id.text)", reason.text(for: job))
    guard waiting.id == job.id else {
      return "\(subject) waits for \(quoted: job.id.text): \(clause)\(advice)"
    }
    // Avoids "waits: it waits".
    let cause = clause.hasPrefix("it waits ") ? String(clause.dropFirst(3)) : "waits: \(clause)"
    return "\(subject) \(cause)\(advice)"
  }
}
