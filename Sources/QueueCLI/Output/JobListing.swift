import QueueCore
import QueueHost
import QueueSession

/// Jobs as a table or JSON, read in pages: one long read would use memory and grow the WAL.
struct JobListing {
  let session: Session
  let query: JobQuery
  let limit: Int?
  let display: DisplayOptions
  let environment: EnvironmentOption

  private static let pageSize = 500
  private static let tableLimit = 100

  enum Columns { case all, dead }

  func show(columns: Columns, whenEmpty: String) throws {
    display.json ? try showJSON() : try showTable(columns, whenEmpty: whenEmpty)
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
    try display.print(JobTable.make(jobs, columns, at: session.clock.now()))
    if hasMore { ErrorReport.note(try moreNote(shown: jobs.count)) }
  }

  private func moreNote(shown: Int) throws -> String {
    let all = "--limit 0 shows all"
    guard query.allConditions.isEmpty, query.updatedBefore == nil, query.updatedSince == nil else {
      return "only \(shown) are shown: \(all)"
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
    var rest = limit == 0 ? Int.max : limit
    // One moment for all pages: otherwise growing run times would move jobs between pages.
    let now = session.clock.now()
    repeat {
      let page = try session.store.jobs(
        query, limit: min(rest, Self.pageSize), after: cursor, at: now)
      for job in page.jobs { try body(job) }
      rest -= page.jobs.count
      cursor = page.next
    } while cursor != nil && rest > 0
    return cursor != nil
  }
}

enum JobTable {
  static func make(_ jobs: [Job], _ columns: JobListing.Columns, at now: Moment) -> Table {
    let hasQueues = jobs.contains { $0.queue != NewJob.defaultQueue }
    let hasPriorities = jobs.contains { $0.priority != 0 }
    let hasProgress = jobs.contains { $0.progress != nil }
    let hasErrors = columns == .dead || jobs.contains { $0.error != nil }
    var titles: [Table.Column] = [.init(title: "ID", least: 12)]
    if columns == .all { titles.append(.init(title: "STATE")) }
    if hasQueues { titles.append(.init(title: "QUEUE", least: 8, rank: 1)) }
    if hasPriorities { titles.append(.init(title: "PRI", isNumber: true, rank: 4)) }
    titles += [
      .init(title: "TRIES", rank: 3), .init(title: columns == .dead ? "DIED" : "WHEN", rank: 2),
      .init(title: "COMMAND", isElastic: true),
    ]
    if hasProgress { titles.append(.init(title: "PROGRESS", isElastic: true, rank: 5)) }
    if hasErrors { titles.append(.init(title: "LAST ERROR", isElastic: true, rank: 6)) }
    var table = Table(titles)
    for job in jobs {
      var cells: [Table.Cell] = [.init(job.id.text)]
      if columns == .all { cells.append(.init(job.state.rawValue, as: job.state)) }
      if hasQueues { cells.append(.init(job.queue)) }
      if hasPriorities { cells.append(.init("\(job.priority)")) }
      cells += [
        .init("\(job.attempts)/\(job.maxRetries + 1)"), .init(when(job, at: now)),
        .init(job.command),
      ]
      if hasProgress { cells.append(.init(job.progress?.text ?? "")) }
      if hasErrors { cells.append(.init(job.error ?? "")) }
      table.add(cells)
    }
    return table
  }

  /// Time until a scheduled job's start, else time in its state.
  private static func when(_ job: Job, at now: Moment) -> String {
    if job.state == .pending || job.state == .failed, let runAt = job.runAt, runAt > now.wall {
      return "in \((runAt - now.wall).brief)"
    }
    return "\((now.wall - job.updatedAt).brief) ago"
  }
}
