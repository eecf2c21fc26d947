package import QueueCore
import QueueHost

/// Reads snapshots of the queue with a few short index scans, whatever its size.
package struct SnapshotReader {
  package let dependencies: MonitorDependencies
  package let store: any JobStore
  private var rows = ThrottledRead<ViewRequest, JobRows>()
  private var errorGroups = ThrottledRead<ViewRequest, [ErrorGroup]>()
  private var schedules = ThrottledRead<ViewRequest, [ScheduleLine]>()
  private var lastSeen: JobDetail?

  package init(dependencies: MonitorDependencies, store: any JobStore) {
    self.dependencies = dependencies
    self.store = store
  }

  /// Whether a throttled part of the last snapshot may be outdated.
  package var isBehind: Bool { rows.isBehind || errorGroups.isBehind || schedules.isBehind }

  /// Ends throttling for the next read, which then reads everything.
  package mutating func forget() {
    rows.forget()
    errorGroups.forget()
    schedules.forget()
  }

  /// Reads the requested view in one read transaction.
  package mutating func read(_ request: ViewRequest) throws(StoreError) -> Snapshot {
    try store.reading { () throws(StoreError) in try readParts(request) }
  }

  private mutating func readParts(_ request: ViewRequest) throws(StoreError) -> Snapshot {
    let now = dependencies.now()
    var snapshot = Snapshot(time: now, summary: try store.summary())
    snapshot.utcOffsetSeconds = dependencies.utcOffsetSeconds(now.wall)
    snapshot.controls = try store.queueControls()
    snapshot.scheduleCounts = try store.scheduleCounts(at: now)
    snapshot.health = try QueueHealth(
      of: store, queue: request.queue, summary: snapshot.summary, at: now)
    snapshot.ending = try store.endingJobs()
    if request.wantsQueues { snapshot.queues = try QueueLine.read(snapshot, from: store, at: now) }
    try readSchedules(request, into: &snapshot)
    let (dependencies, store) = (dependencies, store)
    let count = snapshot.count(of: request.tab, queue: request.queue)
    snapshot.list = try rows.value(for: request.rowsAlone, uptime: { dependencies.now().uptime }) {
      () throws(StoreError) in
      try RowReader(dependencies: dependencies, store: store).read(request, of: count, at: now)
    }
    snapshot.workers = try workers(at: now)
    snapshot.detail = try detail(request, in: snapshot, at: now)
    if request.wantsGroups {
      snapshot.groups = try errorGroups.value(
        for: ViewRequest(), uptime: { dependencies.now().uptime }
      ) {
        () throws(StoreError) in try ErrorGroup.read(from: store, at: now)
      }
    } else {
      errorGroups.forget()
    }
    snapshot.files = dependencies.files()
    return snapshot
  }

  // MARK: Schedules

  private mutating func readSchedules(
    _ request: ViewRequest, into snapshot: inout Snapshot
  ) throws(StoreError) {
    guard request.wantsSchedules else { return schedules.forget() }
    let (dependencies, store) = (dependencies, store)
    snapshot.schedules = try schedules.value(
      for: ViewRequest(), uptime: { dependencies.now().uptime }
    ) { () throws(StoreError) in
      try ScheduleLine.read(from: store) { (try? dependencies.zone($0)) != nil }
    }
    guard let name = request.schedule else { return }
    do throws(StoreError) {
      snapshot.occurrences = try store.occurrences(of: name, limit: Occurrence.keptCount)
    } catch {
      // The schedule was removed after the request.
      guard error.code == .notFound else { throw error }
      snapshot.occurrences = []
    }
  }

  // MARK: Workers

  /// The most running jobs whose commands are read.
  private static let mostCommands = 200

  private func workers(at now: Moment) throws(StoreError) -> [WorkerView] {
    var workers = try WorkerView.all(in: store, host: dependencies, at: now)
    guard workers.contains(where: { $0.record.current != nil }) else { return workers }
    let running = try store.jobs(
      JobQuery(states: [.processing]), limit: Self.mostCommands, after: nil, at: now)
    let commands = Dictionary(
      running.jobs.map { ($0.id, $0.command) }, uniquingKeysWith: { first, _ in first })
    for index in workers.indices {
      workers[index].command = workers[index].record.current.flatMap { commands[$0.job] }
    }
    return workers
  }

  // MARK: One job

  /// The most runs read per job, because each change of the queue repeats the read.
  static let mostRuns = 500

  private mutating func detail(
    _ request: ViewRequest, in snapshot: Snapshot, at now: Moment
  ) throws(StoreError) -> JobDetail? {
    guard let id = request.detail else {
      lastSeen = nil
      return nil
    }
    do throws(StoreError) {
      var detail = JobDetail(job: try store.job(id.text, at: now))
      // One more shows whether there are more.
      let runs = try store.runs(of: id.text, limit: Self.mostRuns + 1, before: nil)
      detail.runs = Array(runs.prefix(Self.mostRuns))
      detail.hasMoreRuns = runs.count > Self.mostRuns
      if request.explains {
        detail.explanation = try Explanation(
          detail.job, in: snapshot, store: store, dependencies: dependencies, at: now)
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
