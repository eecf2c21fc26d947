package import QueueCore
import QueueHost

/// Reads a snapshot of the queue: a few short looks along indexes, whatever the size of the queue.
package struct Reader {
  package let host: MonitorHost
  package let store: any JobStore
  private var rows = CostlyReading<Look, JobRows>()
  private var errorGroups = CostlyReading<Look, [ErrorGroup]>()
  private var lastSeen: JobDetail?

  package init(host: MonitorHost, store: any JobStore) {
    self.host = host
    self.store = store
  }

  /// Whether some of what was read last may be older than the rest of it.
  package var isBehind: Bool { rows.isBehind || errorGroups.isBehind }

  /// Has the next look read everything, whatever that costs.
  package mutating func forget() {
    rows.forget()
    errorGroups.forget()
  }

  /// What the screen asks for, all of it as it was at one moment.
  package mutating func read(_ look: Look) throws(StoreError) -> Snapshot {
    try store.reading { () throws(StoreError) in try readParts(look) }
  }

  private mutating func readParts(_ look: Look) throws(StoreError) -> Snapshot {
    let now = host.now()
    var snapshot = Snapshot(time: now, summary: try store.summary())
    snapshot.utcOffsetSeconds = host.utcOffsetSeconds(now.wall)
    snapshot.controls = try store.queueControls()
    snapshot.scheduleCounts = try store.scheduleCounts(at: now)
    snapshot.pulse = try Pulse(of: store, backlog: snapshot.summary.unfinished(), at: now)
    let (host, store, count) = (host, store, snapshot.summary.count(look.tab))
    snapshot.list = try rows.value(for: look.rowsAlone, uptime: { host.now().uptime }) {
      () throws(StoreError) in
      try RowReader(host: host, store: store).read(look, of: count, at: now)
    }
    snapshot.workers = try workers(at: now)
    snapshot.detail = try detail(look, in: snapshot, at: now)
    if look.wantsGroups {
      snapshot.groups = try errorGroups.value(for: Look(), uptime: { host.now().uptime }) {
        () throws(StoreError) in try ErrorGroup.read(from: store, at: now)
      }
    } else {
      errorGroups.forget()
    }
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
        trouble: record.current == nil ? nil : host.trouble(record),
        command: record.current.flatMap { commands[$0.job] })
    }
  }

  // MARK: One job

  /// More runs of a job than these aren't read: it is done anew at each change of the queue.
  static let mostRuns = 500

  private mutating func detail(
    _ look: Look, in snapshot: Snapshot, at now: Moment
  ) throws(StoreError) -> JobDetail? {
    guard let id = look.detail else {
      lastSeen = nil
      return nil
    }
    do throws(StoreError) {
      var detail = JobDetail(job: try store.job(id.text, at: now))
      // One more than wanted tells whether there are more.
      let runs = try store.runs(of: id.text, limit: Self.mostRuns + 1, before: nil)
      detail.runs = Array(runs.prefix(Self.mostRuns))
      detail.hasMoreRuns = runs.count > Self.mostRuns
      if look.explains {
        detail.explanation = try Explanation(
          detail.job, in: snapshot, store: store, host: host, at: now)
      }
      lastSeen = detail
      return detail
    } catch {
      guard error.code == .notFound else { throw error }
      guard var detail = lastSeen, detail.job.id == id else { return nil }
      detail.isGone = true
      return detail
    }
  }
}
