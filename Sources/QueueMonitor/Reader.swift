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

  /// What the screen asks for, as it is now.
  mutating func read(_ look: Look) throws(StoreError) -> Snapshot {
    let now = host.now()
    var snapshot = Snapshot(time: now, summary: try store.summary())
    snapshot.utcOffsetSeconds = host.utcOffsetSeconds(now.wall)
    snapshot.controls = try store.queueControls()
    snapshot.pulse = try pulse(backlog: snapshot.summary.unfinished(), at: now)
    snapshot.list = try rows(look, at: now)
    snapshot.workers = try workers(at: now)
    snapshot.detail = try detail(look, at: now)
    if look.wantsGroups { snapshot.groups = try groups(at: now) }
    return snapshot
  }

  private func pulse(backlog: Int, at now: Moment) throws(StoreError) -> Pulse {
    Pulse(
      lastMinute: try store.statistics(over: .minute, at: now),
      recent: try store.statistics(over: Pulse.window, at: now),
      minutes: try store.minutes(Pulse.trendMinutes, queue: nil, at: now),
      waits: try store.longestWaits(at: now), backlog: backlog)
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

  private static let pageSize = 500

  private func rows(_ look: Look, at now: Moment) throws(StoreError) -> JobRows {
    var rows = try !look.isFiltered ? page(look, at: now) : search(look, at: now)
    rows.jobs.sort(by: look)
    return rows
  }

  private func page(_ look: Look, at now: Moment) throws(StoreError) -> JobRows {
    let page = try store.jobs(look.query, limit: look.limit, after: nil, at: now)
    return JobRows(jobs: page.jobs, hasMore: page.next != nil)
  }

  /// Newest first, until there are enough or the time is over.
  private func search(_ look: Look, at now: Moment) throws(StoreError) -> JobRows {
    let deadline = now.uptime + look.searchTime
    var rows = JobRows()
    var searched = 0
    var cursor: JobPage.Cursor?
    repeat {
      let page = try store.jobs(look.query, limit: Self.pageSize, after: cursor, at: now)
      rows.jobs += page.jobs.filter { look.shows($0, at: now) }
      searched += page.jobs.count
      cursor = page.next
      if cursor != nil, host.now().uptime >= deadline {
        rows.searched = searched
        break
      }
    } while cursor != nil && rows.jobs.count < look.limit
    rows.hasMore = cursor != nil || rows.jobs.count > look.limit
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
      let page = try store.jobs(look.query, limit: Self.pageSize, after: cursor, at: now)
      ids += page.jobs.filter { look.shows($0, at: now) }.map(\.id)
      cursor = page.next
    } while cursor != nil && ids.count <= Gathering.most
    return (ids, ids.count <= Gathering.most)
  }

  private func groups(at now: Moment) throws(StoreError) -> [ErrorGroup] {
    let dead = try store.jobs(
      JobQuery(states: [.dead]), limit: ErrorGroup.mostJobs, after: nil, at: now)
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
  /// Puts rows into the order that the screen asks for. They come newest first.
  fileprivate mutating func sort(by look: Look) {
    switch look.sort {
    case .age: break
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
