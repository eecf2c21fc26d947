import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Retries or edits jobs, in parts if they weren't named.
struct JobChange {
  let session: Session
  let selection: JobSelection
  let verb: String
  let past: String
  /// The changes in brackets, which follow the number of jobs; empty for none.
  var detail = ""
  /// Finds out what the change of a selection would do.
  let plan: (JobSelection) throws(StoreError) -> SelectionStep
  let change: (JobSelection) throws(StoreError) -> SelectionStep

  /// - Parameter edit: a change of each job, in the transaction of its retry; nil for none.
  static func retry(_ selection: JobSelection, with edit: JobEdit?, in session: Session) -> Self {
    JobChange(session: session, selection: selection, verb: "retry", past: "retried") {
      selection throws(StoreError) in
      try session.store.retry(selection, with: edit, dryRun: true, at: session.clock.now())
    } change: { selection throws(StoreError) in
      try session.actions.retry(selection, with: edit, at: session.clock.now())
    }
  }

  static func edit(_ selection: JobSelection, _ edit: JobEdit, in session: Session) -> Self {
    JobChange(
      session: session, selection: selection, verb: "edit", past: "edited",
      detail: " (\(edit.described))"
    ) { selection throws(StoreError) in
      try session.store.edit(selection, edit, dryRun: true, at: session.clock.now())
    } change: { selection throws(StoreError) in
      try session.actions.edit(selection, edit, at: session.clock.now())
    }
  }

  /// Changes the jobs if the user agrees, and notes those that it refuses.
  /// - Parameter what: the noun for them, such as "job".
  /// - Parameter report: prints the changed jobs; by default, their number is printed.
  func run(
    with consent: Consent, what: String = "job", report: (([JobID]) throws -> Void)? = nil
  ) throws {
    func plan() throws(StoreError) -> SelectionStep {
      try selection.allOrNothing(past) { () throws(StoreError) in try self.plan(selection) }
    }
    var seen = SelectionStep()
    let isGiven = try consent.isGiven(to: verb, past: past, what: what, detail: detail) {
      seen = try plan()
      return (Array(seen.jobs.prefix(Consent.namedCount)), seen.jobs.count)
    }
    guard isGiven else { return note(seen.left, what: what) }
    if !consent.asks, !selection.isAllOrNothing { seen = try plan() }
    let frozen = selection.frozen(to: seen.jobs)
    var (changed, left): ([JobID], [Refusal]) = ([], seen.left)
    var progress = ProgressLine(clock: session.clock)
    defer { progress.end() }
    for part in frozen.parts {
      let step = try part.allOrNothing(past) { () throws(StoreError) in try change(part) }
      changed += step.jobs
      left += step.left
      progress.show(changed.count, "jobs \(past)")
    }
    progress.end()
    if let report {
      try report(changed)
    } else {
      try Output.standard.line("\(past) \(changed.count, of: what)\(detail)")
    }
    note(left, what: what)
  }

  private func note(_ left: [Refusal], what: String) {
    for (reason, jobs) in Dictionary(grouping: left, by: \.summary).sorted(by: { $0.key < $1.key })
    {
      ErrorReport.note("\(jobs.count, of: what) not \(past): \(reason)")
    }
  }
}
