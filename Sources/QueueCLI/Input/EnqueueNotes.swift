import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// The notes of `enqueue` on standard error, about jobs that won't run soon.
extension EnqueueRequest {
  /// Names the first jobs that have ended already. Returns whether any have.
  func noteEnded(_ jobs: [JobID], in session: Session) throws -> Bool {
    let most = 10
    var count = 0
    let states = try session.store.reading { () throws(StoreError) in
      try jobs.map { job throws(StoreError) in try session.state(of: job) }
    }
    for case (let job, let state?) in zip(jobs, states) where !state.isUnfinished {
      count += 1
      guard count <= most else { continue }
      ErrorReport.note(
        "job \"\(job)\" is already \(state) and doesn't run again: pass --replace-ended to rerun it"
      )
    }
    if count > most { ErrorReport.note("… and \(count - most, of: "more job")") }
    return count > 0
  }

  /// A note that a database or queue was created, possibly because of a typo. Without a terminal,
  /// only for a database with an explicit path.
  func newQueue(in session: Session) throws -> String? {
    let isSeen = isatty(STDERR_FILENO) == 1
    if session.isNew {
      return database.isExplicit || isSeen ? "created a new queue at \(database.shown)" : nil
    }
    guard isSeen, defaults.queue != NewJob.defaultQueue else { return nil }
    let known = try session.store.queueControls().queues.map(\.name)
    guard !known.contains(defaults.queue) else { return nil }
    return "\(quoted: defaults.queue) is a new queue"
      + Suggestion.hint(for: defaults.queue, among: known)
  }

  /// Warns if a prerequisite of an unfinished job can't succeed unless it is retried.
  func noteStuck(_ id: JobID, in session: Session) throws {
    guard try session.state(of: id)?.isUnfinished == true else { return }
    let now = session.clock.now()
    let job = try session.store.job(id.text, at: now)
    let stuck = try Hindrance.find(for: job) { job in
      job.waitsFor.map(Explanation.Reason.needs)
    } look: { id in
      try session.has(id) ? try session.store.job(id.text, at: now) : nil
    }
    if let stuck { ErrorReport.note(stuck.text(for: job)) }
  }

  /// On a terminal, reports that no worker serves the job's queue.
  func noteLackOfWorkers(for id: JobID, in session: Session) throws {
    guard isatty(STDERR_FILENO) == 1, try session.has(id) else { return }
    let now = session.clock.now()
    let job = try session.store.job(id.text, at: now)
    let reasons = Explanation(try session.facts(about: job, at: now), at: now).reasons
    for reason in reasons {
      switch reason {
      case .noWorker, .noWorkerForQueue:
        ErrorReport.note("\(reason.text(for: job)): \(reason.advice(for: job) ?? "")")
      default: continue
      }
    }
  }
}
