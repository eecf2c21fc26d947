import QueueCore

/// Reads a snapshot of the queue: a few short looks along indexes, whatever the size of the queue.
struct Reader {
  let host: MonitorHost
  let store: any JobStore
  private var log: LogTail?
  private var lastSeen: JobDetail?

  init(host: MonitorHost, store: any JobStore) {
    self.host = host
    self.store = store
  }

  /// What the screen asks for, all of it as it was at one moment.
  mutating func read(_ look: Look) throws(StoreError) -> Snapshot {
    try store.reading { () throws(StoreError) in try readParts(look) }
  }

  private mutating func readParts(_ look: Look) throws(StoreError) -> Snapshot {
    let now = host.now()
    var snapshot = Snapshot(time: now, summary: try store.summary())
    snapshot.utcOffsetSeconds = host.utcOffsetSeconds(now.wall)
    snapshot.controls = try store.queueControls()
    snapshot.pulse = try Pulse(of: store, backlog: snapshot.summary.unfinished(), at: now)
    snapshot.list = try rows(look, of: snapshot.summary.count(look.tab), at: now)
    snapshot.workers = try workers(at: now)
    snapshot.detail = try detail(look, at: now)
    if look.wantsGroups { snapshot.groups = try groups(at: now) }
    snapshot.files = host.files()
    return snapshot
  }

  // MARK: Workers

  /// More running jobs than these aren't looked up for their commands.
  private static let mostCommands = 200

  private func workers(at now: Moment) throws(StoreError) -> [WorkerLine] {
    let records = try store.workers()
    var commands: [JobID: String] = [:]
    if records.contains(where: { $0.current != nil }) {
      let running = try store.jobs(
        JobQuery(states: [.processing]), limit: Self.mostCommands, after: nil, at: now)
      for job in running.jobs { commands[job.id] = job.command }
    }
    return records.map { record in
      WorkerLine(
        record: record, condition: record.condition(isLost: host.isGone(record, now)),
        command: record.current.flatMap { commands[$0.job] })
    }
  }

  // MARK: Jobs

  private func rows(_ look: Look, of count: Int, at now: Moment) throws(StoreError) -> JobRows {
    let query = look.query(of: count, at: now)
    var rows: JobRows
    if let group = look.group {
      rows = try search(query, for: group, look, at: now)
    } else if look.isFiltered {
      rows = try search(query, look, at: now)
    } else {
      rows = try page(query, look, at: now)
    }
    if look.sort.orders.contains(query.order.key) {
      rows.order = query.order
    } else {
      rows.order = nil
      rows.jobs.sort(by: look)
    }
    return rows
  }

  private func page(
    _ query: JobQuery, _ look: Look, at now: Moment
  ) throws(StoreError) -> JobRows {
    let page = try store.jobs(query, limit: look.rowLimit, after: nil, at: now)
    return JobRows(jobs: page.jobs, hasMore: page.next != nil)
  }

  /// How many jobs are looked through at once: a few milliseconds.
  private static let searchStep = 5000

  /// From the first one on, until all are looked through or the time is over.
  private func search(
    _ query: JobQuery, _ look: Look, at now: Moment
  ) throws(StoreError) -> JobRows {
    let deadline = now.uptime + look.searchTime
    var rows = JobRows()
    var searched = 0
    var cursor: JobPage.Cursor?
    repeat {
      let step = try store.search(
        query, limit: look.rowLimit - rows.jobs.count, examining: Self.searchStep, after: cursor,
        at: now)
      rows.jobs += step.jobs
      rows.found += step.found
      searched += step.examined
      cursor = step.next
    } while cursor != nil && host.now().uptime < deadline
    if cursor != nil { rows.searched = searched }
    rows.hasMore = rows.found > rows.jobs.count
    return rows
  }

  private static let pageSize = 500

  /// The same, where a store can only narrow down what is looked for.
  private func search(
    _ query: JobQuery, for group: ErrorGroup.Key, _ look: Look, at now: Moment
  ) throws(StoreError) -> JobRows {
    let deadline = now.uptime + look.searchTime
    var rows = JobRows()
    var searched = 0
    var cursor: JobPage.Cursor?
    repeat {
      let page = try store.jobs(query, limit: Self.pageSize, after: cursor, at: now)
      let matching = page.jobs.filter { ErrorGroup.Key($0) == group }
      rows.jobs += matching.prefix(look.rowLimit - rows.jobs.count)
      rows.found += matching.count
      searched += page.jobs.count
      cursor = page.next
    } while cursor != nil && host.now().uptime < deadline
    if cursor != nil { rows.searched = searched }
    rows.hasMore = rows.found > rows.jobs.count
    return rows
  }

  /// All jobs that an action on everything would be done to, up to ``Gathering/most``.
  func gather(_ gathering: Gathering) throws(StoreError) -> (ids: [JobID], isComplete: Bool) {
    var look = Look()
    look.tab = .dead
    look.filter = gathering.filter
    look.group = gathering.group
    var ids: [JobID] = []
    var cursor: JobPage.Cursor?
    repeat {
      let now = host.now()
      let query = look.query(of: .max, at: now)
      let page = try store.jobs(query, limit: Self.pageSize, after: cursor, at: now)
      ids += page.jobs.filter { look.group == nil || ErrorGroup.Key($0) == look.group }.map(\.id)
      cursor = page.next
    } while cursor != nil && ids.count <= Gathering.most
    return (ids, ids.count <= Gathering.most)
  }

  private func groups(at now: Moment) throws(StoreError) -> [ErrorGroup] {
    var query = JobQuery(states: [.dead])
    query.order = JobOrder(.updated)
    let dead = try store.jobs(query, limit: ErrorGroup.mostJobs, after: nil, at: now)
    return ErrorGroup.groups(of: dead.jobs, at: now)
  }

  // MARK: One job

  private mutating func detail(_ look: Look, at now: Moment) throws(StoreError) -> JobDetail? {
    guard let id = look.detail else {
      (lastSeen, log) = (nil, nil)
      return nil
    }
    do throws(StoreError) {
      var detail = JobDetail(job: try store.job(id.text, at: now))
      detail.runs = try store.runs(of: id.text)
      detail.log = readLog(of: look.run ?? detail.runs.first?.run)
      lastSeen = detail
      return detail
    } catch {
      guard error.code == .notFound else { throw error }
      guard var detail = lastSeen, detail.job.id == id else { return nil }
      detail.isGone = true
      return detail
    }
  }

  private mutating func readLog(of run: RunID?) -> LogText? {
    guard let run else { return nil }
    if log?.run != run { log = LogTail(of: run, at: host.logPath(run)) }
    return log?.read()
  }
}

extension [Job] {
  /// Puts rows into an order that no store has them in. They come newest first.
  fileprivate mutating func sort(by look: Look) {
    switch look.sort {
    case .age: sort { $0.updatedAt > $1.updatedAt }
    case .job: sort { $0.id < $1.id }
    case .tries: sort { $0.attempts > $1.attempts }
    case .exit: sort { RunResult.short($0.latestRun) < RunResult.short($1.latestRun) }
    case .priority: sort { $0.priority > $1.priority }
    case .command: sort { $0.command < $1.command }
    case .error: sort { RunResult.detail($0.latestRun) < RunResult.detail($1.latestRun) }
    }
    if look.isReversed { reverse() }
  }
}
