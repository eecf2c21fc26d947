import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Retries jobs, in parts if they weren't named.
struct JobRetry {
  let session: Session
  let selection: JobSelection
  /// A change of each job, in the transaction of its retry; nil for none.
  let edit: JobEdit?

  /// Retries the jobs if the user agrees, and notes those that can't be: `what`, such as "job".
  func run(with consent: Consent, what: String) throws {
    var seen = SelectionStep()
    let isGiven = try consent.isGiven(to: "retry", past: "retried", what: what) {
      seen = try plan()
      return (Array(seen.jobs.prefix(Consent.namedCount)), seen.jobs.count)
    }
    guard isGiven else { return note(seen.left, what: what) }
    if !consent.asks, !selection.isAllOrNothing { seen = try plan() }
    let frozen = selection.frozen(to: seen.jobs)
    var (count, left) = (0, seen.left)
    var progress = ProgressLine(clock: session.clock)
    defer { progress.end() }
    for part in frozen.parts {
      let step = try session.actions.retry(part, with: edit, at: session.clock.now())
      count += step.jobs.count
      left += step.left
      progress.show(count, "jobs retried")
    }
    progress.end()
    try Output.standard.line("retried \(count, of: what)")
    note(left, what: what)
  }

  private func plan() throws(StoreError) -> SelectionStep {
    try session.store.retry(selection, dryRun: true, at: session.clock.now())
  }

  private func note(_ left: [Refusal], what: String) {
    for (reason, jobs) in Dictionary(grouping: left, by: \.summary).sorted(by: { $0.key < $1.key })
    {
      ErrorReport.note("\(jobs.count, of: what) not retried: \(reason)")
    }
  }
}
