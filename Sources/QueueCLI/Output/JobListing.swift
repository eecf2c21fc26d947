import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Jobs as a table or JSON, read in pages: one long read would use memory and grow the WAL.
struct JobListing {
  let session: Session
  let query: JobQuery
  let limit: Int?
  let display: DisplayOptions
  let environment: EnvironmentOption

  private static let tableLimit = 100

  enum Columns {
    /// - times: instead of ages.
    case all(times: Bool)
    case dead
  }

  func show(columns: Columns, whenEmpty: String) throws {
    display.json ? try showJSON() : try showTable(columns, whenEmpty: whenEmpty)
  }

  /// Prints a line for each job: all jobs, unless a person reads them.
  func show(_ columns: FieldColumns) throws {
    let most = display.terminal.width == nil ? 0 : Self.tableLimit
    var count = 0
    let hasMore = try forEachJob(limit: limit ?? most) { job in
      count += 1
      try Output.standard.line(columns.line(of: job, showsVariables: environment.isShown))
    }
    if hasMore, limit == nil { ErrorReport.note(try moreNote(shown: count)) }
  }

  private func showJSON() throws {
    var writer = JSONWriter()
    var isFirst = true
    try forEachJob(limit: limit ?? 0) { job in
      try Output.standard.write(Array((isFirst ? "[\n" : ",\n").utf8))
      isFirst = false
      writer.clear()
      job.write(to: &writer, showsVariables: environment.isShown)
      try Output.standard.write(writer.bytes)
    }
    try Output.standard.line(isFirst ? "[]" : "\n]")
  }

  private func showTable(_ columns: Columns, whenEmpty: String) throws {
    var jobs: [Job] = []
    let hasMore = try forEachJob(limit: limit ?? Self.tableLimit) { jobs.append($0) }
    guard !jobs.isEmpty else {
      if !session.isMissing { ErrorReport.note(whenEmpty) }
      return
    }
    let now = session.clock.now()
    switch columns {
    case .all(let times):
      try display.print(JobTable.all(jobs, try notes(at: now), times: times, at: now))
    case .dead: try display.print(JobTable.dead(jobs, at: now))
    }
    if hasMore { ErrorReport.note(try moreNote(shown: jobs.count)) }
  }

  private func notes(at now: Moment) throws -> JobNotes {
    var snapshot = Snapshot(at: now, try session.store.summary())
    snapshot.controls = try session.store.queueControls()
    snapshot.workers = try WorkerView.all(in: session, at: now)
    snapshot.ending = try session.store.endingJobs()
    return JobNotes(snapshot, at: now, omitsTimes: true)
  }

  private func moreNote(shown: Int) throws -> String {
    let all = "--limit 0 shows all"
    guard !query.isNarrow else {
      return "only \(shown) \(shown == 1 ? "is" : "are") shown: \(all)"
    }
    let summary = try session.store.summary()
    let states = query.states.isEmpty ? JobState.allCases : query.states
    let total = states.reduce(0) { $0 + summary.count($1, queue: query.queue) }
    return "\(shown) of \(total): \(all)"
  }

  /// Returns whether more than `limit` jobs exist (0 for no limit).
  @discardableResult
  private func forEachJob(limit: Int, _ body: (Job) throws -> Void) throws -> Bool {
    var cursor: JobPage.Cursor?
    let most = limit == 0 ? Int.max : limit
    var count = 0
    // One moment for all pages: otherwise growing run times would move jobs between pages.
    let now = session.clock.now()
    repeat {
      let page = try session.store.jobs(
        query, limit: min(most - count, query.pageSize(after: count)), after: cursor, at: now)
      for job in page.jobs { try body(job) }
      count += page.jobs.count
      cursor = page.next
    } while cursor != nil && count < most
    return cursor != nil
  }
}
