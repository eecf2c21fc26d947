import QueueCore

/// What users have asked for that holds jobs back.
struct Holds {
  var limits: [String: Int] = [:]
  private var isEverythingPaused = false
  private var paused: Set<String> = []

  mutating func setPaused(_ isPaused: Bool, _ selection: QueueSelection) {
    switch selection {
    case .everything: isEverythingPaused = isPaused
    case .named(let names) where isPaused: paused.formUnion(names)
    case .named(let names): paused.subtract(names)
    }
  }

  func isPaused(_ queue: String) -> Bool { isEverythingPaused || paused.contains(queue) }
}

extension Ledger {
  /// A job that is given out must not be held back by anything.
  func checkHolds(_ entry: Entry) throws(Violation) {
    guard !holds.isPaused(entry.queue) else {
      throw Violation(.pauseHolds, "\(entry.id) was given out, though \(entry.queue) is paused")
    }
    let running = jobs.count { $0.queue == entry.queue && $0.state == .processing }
    if let limit = holds.limits[entry.queue], running >= limit {
      throw Violation(
        .limitHolds, "\(entry.id) was given out beside \(running) of \(entry.queue), limit \(limit)"
      )
    }
    guard entry.needs.isEmpty else {
      throw Violation(.prerequisitesFirst, "\(entry.id) was given out before \(entry.needs)")
    }
  }

  /// Takes away what has been met. What was met once stays so, whatever becomes of the other job.
  /// - Returns: where the jobs stand that waited for it.
  mutating func meetPrerequisites(at now: Moment?) -> [Int] {
    jobs.indices.filter { index in
      let before = jobs[index].needs.count
      guard before > 0 else { return false }
      let unmet = jobs[index].needs.filter { need in
        state(of: need.job).map { !need.accepts.isMet(by: $0) } ?? true
      }
      jobs[index].needs = unmet
      // The last of them looks at the clock for the job, which stays ready then, whatever the clock
      // does.
      if unmet.isEmpty, let now, jobs[index].readiness.isMet(at: now) {
        jobs[index].readiness = .now
      }
      return unmet.count < before
    }
  }

  /// Whether it waits for a job that has ended otherwise than it should have, or for one that does.
  func isStuck(_ entry: Entry) -> Bool {
    entry.state == .pending
      && entry.needs.contains { need in
        guard let other = jobs.first(where: { $0.id == need.job }) else { return false }
        return !other.state.isUnfinished || isStuck(other)
      }
  }

  private func state(of job: JobID) -> JobState? { jobs.first { $0.id == job }?.state }
}
