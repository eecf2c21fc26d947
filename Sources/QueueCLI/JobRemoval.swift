import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Removes ended jobs and their logs in steps, so that workers wait for one step at most.
struct JobRemoval {
  private struct Count {
    var removed = 0
    /// The first of them.
    var jobs: [JobID] = []
    /// Jobs kept for their dependants.
    var needed = 0
  }

  let session: Session
  let selection: JobSelection

  /// Removes the jobs if the user agrees: then exactly those that were counted. Prints their
  /// number, and notes those that it keeps, also for a dry run.
  func run(
    with consent: Consent, verb: String = "remove", past: String = "removed", what: String = "job"
  ) throws {
    var seen = Count()
    let isGiven = try consent.isGiven(to: verb, past: past, what: what) {
      seen = try walk(dryRun: true, naming: consent.asks ? .max : Consent.namedCount, past)
      return (seen.jobs, seen.removed)
    }
    if isGiven {
      // Without the jobs that were kept when they were counted: those aren't counted again.
      let agreed = consent.asks ? selection.frozen(to: seen.jobs) : selection
      let count = try JobRemoval(session: session, selection: agreed)
        .walk(dryRun: false, naming: 0, past)
      try Output.standard.line("\(past) \(count.removed, of: what)")
      seen.needed += count.needed
    }
    guard seen.needed > 0 else { return }
    ErrorReport.note(
      "\(seen.needed, of: what) not \(past): unfinished jobs wait for "
        + (seen.needed == 1 ? "it" : "them"))
  }

  private func walk(dryRun: Bool, naming most: Int, _ past: String) throws -> Count {
    var count = Count()
    var progress = ProgressLine(clock: session.clock)
    defer { progress.end() }
    for part in selection.parts {
      var cursor: JobPage.Cursor?
      repeat {
        let step = try part.allOrNothing(past) { () throws(StoreError) in
          try self.step(of: part, after: cursor, dryRun: dryRun, count)
        }
        count.removed += step.jobs.count
        count.jobs += step.jobs.prefix(max(0, most - count.jobs.count))
        count.needed += step.left.count
        progress.show(count.removed, dryRun ? "jobs counted" : "jobs removed")
        cursor = step.next
      } while cursor != nil
    }
    return count
  }

  /// Executes one step. An error includes the count of jobs removed before, which stay removed.
  private func step(
    of part: JobSelection, after cursor: JobPage.Cursor?, dryRun: Bool, _ count: Count
  ) throws(StoreError) -> SelectionStep {
    let limit = JobSelection.partSize
    do {
      let now = session.clock.now()
      guard !dryRun else {
        return try session.store.remove(part, limit: limit, after: cursor, dryRun: true, at: now)
      }
      return try session.actions.remove(part, limit: limit, after: cursor, at: now)
    } catch {
      guard !dryRun, count.removed > 0 else { throw error }
      let progress = "\(count.removed, of: "job") had been removed before"
      throw StoreError(error.code, "\(error.message); \(progress)", cause: error.cause)
    }
  }
}
