import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Cancels jobs, in parts if they weren't named. A job doesn't cancel itself by a filter.
struct JobCancellation {
  let session: Session
  let selection: JobSelection

  /// Cancels the jobs if the user agrees, and returns them as they were; nil if nothing was to be
  /// cancelled, as for a dry run. Named jobs may have ended.
  func run(with consent: Consent) throws -> [Job]? {
    var seen: [JobID] = []
    let isGiven = try consent.isGiven(to: "cancel", past: "cancelled", what: "job") {
      seen = try plan()
      return (Array(seen.prefix(Consent.namedCount)), seen.count)
    }
    guard isGiven else { return nil }
    if !consent.asks, !selection.isAllOrNothing { seen = try plan() }
    var found: [Job] = []
    var progress = ProgressLine(clock: session.clock)
    defer { progress.end() }
    for part in selection.frozen(to: seen).parts {
      found += try part.allOrNothing("cancelled") { () throws(StoreError) in
        try session.actions.cancel(part, at: session.clock.now()).found
      }
      progress.show(found.count, "jobs cancelled")
    }
    return found
  }

  private func plan() throws -> [JobID] {
    switch selection.jobs {
    case .listed(let jobs): return jobs
    case .named(let references):
      let jobs = try selection.allOrNothing("cancelled") { () throws(StoreError) in
        try references.map { name throws(StoreError) in
          try session.store.job(name, at: session.clock.now())
        }
      }
      return jobs.filter(\.state.isUnfinished).map(\.id)
    case .matching(let query):
      let caller = try session.caller()?.job
      return try session.ids(matching: query.restricted(to: selection, at: session.clock.now()))
        .reversed().filter { $0 != caller }
    }
  }
}
