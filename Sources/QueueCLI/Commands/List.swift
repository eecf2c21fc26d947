import ArgumentParser
import QueueCore
import QueueWorker

/// `queuectl list`: jobs, by default newest first.
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show jobs, newest first or in another order.",
    discussion: """
      An age is the time since a job came into its state. Orders but created,
      and updated for jobs that have ended, are made of at most 10000 jobs.

      EXAMPLES:
        $ queuectl list
        $ queuectl list --state pending --state failed
        $ queuectl list --search backup --limit 10
        $ queuectl list --state completed --newer-than 1h --sort runtime
        $ queuectl list --state dead --json
      """)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions
  @OptionGroup var environment: EnvironmentOption

  @Option(
    help: "Only jobs in this state: \(List.stateNames); may be repeated.",
    completion: Completing.states)
  var state: [String] = []

  @Option(help: "Only jobs of this queue.", completion: Completing.queues)
  var queue: String?

  @Option(help: "Only jobs with this text in their id, command or error.")
  var search: String?

  @Option(
    help: ArgumentHelp("Only jobs whose latest run ended with this status.", valueName: "status"))
  var exit: Int?

  @Option(help: ArgumentHelp("Only jobs in their state for longer.", valueName: "duration"))
  var olderThan: String?

  @Option(help: ArgumentHelp("Only jobs in their state for less long.", valueName: "duration"))
  var newerThan: String?

  @Option(
    help: ArgumentHelp("The largest first: \(List.orderNames).", valueName: "order"),
    completion: .list(JobOrder.Key.allCases.map(\.rawValue)))
  var sort: String?

  @Flag(help: "The smallest, oldest or lowest first.")
  var reverse = false

  @Option(
    parsing: .unconditional,
    help: "At most this many; 0 for all. Default: 100, and all with --json.")
  var limit: Int?

  private static let orderNames = JobOrder.Key.allCases.map(\.rawValue).joined(separator: ", ")
  private static let stateNames = JobState.allCases.map(\.rawValue).joined(separator: ", ")

  func run() throws {
    let states = try state.map { text in
      guard let state = JobState(rawValue: text.lowercased()) else {
        let hint = NearestWord.hint(for: text, among: JobState.allCases.map(\.rawValue))
        throw ValidationError(
          "\(SafeText.quoted(text)) isn't a state: \(Self.stateNames)\(hint.isEmpty ? "." : hint)")
      }
      return state
    }
    if let limit, limit < 0 { throw ValidationError("--limit must be 0 or more, not \(limit).") }
    let order = JobOrder(try orderKey(), isReversed: reverse)
    let ages = try (
      older: olderThan.map { try Words.duration($0, flag: "--older-than") },
      newer: newerThan.map { try Words.duration($0, flag: "--newer-than") }
    )
    let session = try database.openReading()
    let now = session.clock.now().wall
    var query = JobQuery(states: states, queue: queue, search: search, exitCode: exit)
    query.updatedBefore = ages.older.map { now + (.zero - $0) }
    query.updatedSince = ages.newer.map { now + (.zero - $0) }
    query.order = order
    try JobListing(
      session: session, query: query, limit: limit, display: display, environment: environment
    ).show(columns: .all, whenEmpty: "no such jobs")
  }

  private func orderKey() throws -> JobOrder.Key {
    guard let sort else { return .created }
    guard let key = JobOrder.Key(rawValue: sort.lowercased()) else {
      let hint = NearestWord.hint(for: sort, among: JobOrder.Key.allCases.map(\.rawValue))
      throw ValidationError(
        "\(SafeText.quoted(sort)) isn't an order: \(Self.orderNames)\(hint.isEmpty ? "." : hint)")
    }
    return key
  }
}

/// Jobs as a table or as JSON, read page by page, so that neither memory nor the database's log grows with their number.
struct JobListing {
  let session: Session
  let query: JobQuery
  let limit: Int?
  let display: DisplayOptions
  let environment: EnvironmentOption

  private static let pageSize = 500
  private static let tableLimit = 100

  /// Which columns a table has.
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
    guard query.search == nil, query.exitCode == nil, query.updatedBefore == nil,
      query.updatedSince == nil
    else {
      return "there are more than these \(shown): \(all)"
    }
    let summary = try session.store.summary()
    let states = query.states.isEmpty ? JobState.allCases : query.states
    let total = states.reduce(0) { $0 + summary.count($1, queue: query.queue) }
    return "\(shown) of \(total): \(all)"
  }

  /// - Parameter limit: 0 for all.
  /// - Returns: whether there are more than that.
  @discardableResult
  private func forEachJob(limit: Int, _ body: (Job) throws -> Void) throws -> Bool {
    var cursor: JobPage.Cursor?
    var rest = limit == 0 ? Int.max : limit
    // One moment for all pages: run times that go on would move jobs from page to page.
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

/// The table of jobs.
enum JobTable {
  static func make(_ jobs: [Job], _ columns: JobListing.Columns, at now: Moment) -> Table {
    let hasQueues = jobs.contains { $0.queue != NewJob.defaultQueue }
    let hasPriorities = jobs.contains { $0.priority != 0 }
    let hasProgress = jobs.contains { $0.progress != nil }
    let hasErrors = columns == .dead || jobs.contains { $0.latestRun?.error != nil }
    var titles: [Table.Column] = [.init(title: "ID")]
    if columns == .all { titles.append(.init(title: "STATE")) }
    if hasQueues { titles.append(.init(title: "QUEUE")) }
    if hasPriorities { titles.append(.init(title: "PRI", isNumber: true)) }
    titles += [
      .init(title: "TRIES"), .init(title: columns == .dead ? "DIED" : "WHEN"),
      .init(title: "COMMAND", isElastic: true),
    ]
    if hasProgress { titles.append(.init(title: "PROGRESS", isElastic: true)) }
    if hasErrors { titles.append(.init(title: "LAST ERROR", isElastic: true)) }
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
      if hasErrors { cells.append(.init(job.latestRun?.error ?? "")) }
      table.add(cells)
    }
    return table
  }

  /// When it runs, for a job that waits for a time; else how long ago it came into its state.
  private static func when(_ job: Job, at now: Moment) -> String {
    if job.state == .pending || job.state == .failed, let runAt = job.runAt, runAt > now.wall {
      return "in \((runAt - now.wall).brief)"
    }
    return "\((now.wall - job.updatedAt).brief) ago"
  }
}
