public import QueueCore

/// What keeps a job from running until an operator acts: a reason of the job itself, or of one that
/// it waits for, however many steps away.
public struct Hindrance: Equatable, Sendable {
  /// The job that can't go on.
  public var job: Job
  /// Why it can't.
  public var reason: Explanation.Reason

  /// More jobs than these aren't looked at.
  public static let mostJobs = 1000

  /// A job on the way, with what it still waits for.
  private struct Step {
    let job: Job
    /// What holds it back once all of these have ended.
    let own: Explanation.Reason?
    var rest: ArraySlice<UnmetPrerequisite>
  }

  /// Both parts.
  public init(of job: Job, _ reason: Explanation.Reason) {
    self.job = job
    self.reason = reason
  }

  /// The first hindrance on the way from a job to those that have to end before it; nil for none.
  ///
  /// An end that can't come any more is named before the unfinished prerequisites are looked at,
  /// and these before what holds back the job itself.
  /// - Parameters:
  ///   - reasons: what holds a job back now.
  ///   - look: the job of that id; nil if it was removed meanwhile.
  public static func find(
    for job: Job, reasons: (Job) throws -> [Explanation.Reason], look: (JobID) throws -> Job?
  ) rethrows -> Hindrance? {
    var seen: Set<JobID> = [job.id]
    var path: [Step] = []
    var next: Job? = job
    while true {
      if let job = next {
        let reasons = try reasons(job)
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

  /// Whether both name the same job and the same reason, whatever else has changed about the job.
  public static func == (one: Hindrance, other: Hindrance) -> Bool {
    one.job.id == other.job.id && one.reason == other.reason
  }

  /// What to say to the user of a job that waits.
  public func text(for waiting: Job) -> String {
    let advice = reason.advice(for: job).map { ": \"\($0)\"" } ?? ""
    let way = waiting.id == job.id ? "" : " for \(quoted: job.id.text)"
    return
      "job \(quoted: waiting.id.text) waits\(way): \(reason.text(for: job))\(advice)"
  }
}
