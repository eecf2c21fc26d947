package import QueueCore
import QueueOperations
import Synchronization

/// A store in memory: the reference of the conformance suite, and the store of tests about other
/// subjects.
///
/// Several instances may share one queue, like processes that share a database. Each step works on
/// a copy of the queue, which replaces it on success.
package final class InMemoryJobStore: JobStore {
  /// A queue that several instances share.
  package final class SharedQueue: Sendable {
    fileprivate struct State {
      var queue = InMemoryQueue()
      var changes = 0
    }
    fileprivate let state = Mutex(State())
    /// Whether workers of several hosts use it, whose lease is `host-lease`.
    fileprivate let isOnServer: Bool

    package init(isOnServer: Bool = false) { self.isOnServer = isOnServer }
  }

  /// The queue of this instance.
  package let shared: SharedQueue
  var ids: JobIDSource
  private var ownChanges = 0
  private var othersChangesSeen: Int

  /// Creates a store, by default with an empty queue.
  /// - Parameter ids: generates the ids of jobs without one.
  package init(sharing shared: SharedQueue = SharedQueue(), ids: JobIDSource = JobIDSource()) {
    self.shared = shared
    self.ids = ids
    othersChangesSeen = shared.state.withLock { $0.changes }
  }

  /// Another store with the same queue, as another process would open it.
  package func anotherHandle(ids: JobIDSource = JobIDSource()) -> InMemoryJobStore {
    InMemoryJobStore(sharing: shared, ids: ids)
  }

  func step<Result: Sendable, Failure: Error>(
    _ body: (inout InMemoryQueue) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try shared.state.withLock { state throws(Failure) in
      var queue = state.queue
      let result = try body(&queue)
      if queue != state.queue {
        queue.followJobs(since: state.queue)
        state.queue = queue
        state.changes += 1
        ownChanges += 1
      }
      return result
    }
  }

  var queue: InMemoryQueue { looked ?? shared.state.withLock { $0.queue } }
  /// The queue at the moment of a snapshot.
  private var looked: InMemoryQueue?

  // MARK: Enqueueing

  package func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws {
    try step { queue in
      var prerequisites = BatchPrerequisites()
      let before = queue.lastSequence
      while let job = try next() {
        let result = queue.insert(job, at: now, settings: settings, ids: &ids)
        if case .added(let id) = result, let sequence = queue.rows.last?.sequence {
          prerequisites.add(job, as: id, sequence: sequence)
        }
        if case .keyTaken(_, let holder) = result { prerequisites.add(holder, insteadOf: job) }
        try each(result)
      }
      for refusal in try queue.connect(prerequisites) {
        try each(.refused(refusal.job, reason: refusal.reason))
      }
      queue.countEnqueued(after: before, at: now)
      try confirm()
    }
  }

  // MARK: Reading

  package func reading<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    looked = queue
    defer { looked = nil }
    return try body()
  }

  package func search(
    _ query: JobQuery, limit: Int, examining count: Int, after cursor: JobPage.Cursor?,
    at now: Moment
  ) throws(StoreError) -> JobSearchStep {
    try queue.search(query, limit: limit, examining: count, after: cursor, at: now)
  }

  package func scheduledJobs(in name: String?, atMost limit: Int, at now: Moment)
    throws(StoreError) -> Int
  {
    min(limit, queue.scheduledJobs(in: name, at: now))
  }

  package func jobs(_ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment)
    throws(StoreError) -> JobPage
  {
    try queue.page(query, limit: limit, after: cursor, at: now)
  }

  package func job(_ reference: String, at now: Moment) throws(StoreError) -> Job {
    let queue = self.queue
    return queue.shown(queue.rows[try queue.index(of: reference)], at: now)
  }

  package func runs(
    of reference: String, limit: Int, before run: RunID?
  ) throws(StoreError) -> [Run] {
    let queue = self.queue
    let row = queue.rows[try queue.index(of: reference)]
    let runs = row.earlierRuns + [row.job.latestRun].compactMap { $0 }
    return Array(
      runs.reversed().filter { one in run.map { one.id.number < $0.number } ?? true }
        .prefix(limit))
  }

  package func run(_ run: RunID, of reference: String) throws(StoreError) -> Run? {
    try runs(of: reference).first { $0.id == run }
  }

  package func forgetEmptyQueues(atMost limit: Int) throws(StoreError) -> Bool {
    step { queue in
      let used = Set(queue.rows.map(\.job.queue))
      let empty = queue.controls.values.filter { $0 == QueueControl(name: $0.name) }
        .map(\.name).filter { !used.contains($0) }.prefix(limit)
      for name in empty { queue.controls[name] = nil }
      return empty.count == limit
    }
  }

  package func summary() throws(StoreError) -> QueueSummary { queue.summary(of: queue.rows) }
  package func summary(tagged tag: String) throws(StoreError) -> QueueSummary {
    queue.summary(of: queue.rows.filter { $0.job.tags.contains(tag) })
  }

  package func tags(
    startingWith prefix: String, atMost limit: Int
  ) throws(StoreError) -> [String] {
    let tags = Set(queue.rows.flatMap(\.job.tags).filter { $0.hasPrefix(prefix) })
    return Array(tags.sorted().prefix(limit))
  }

  package func statistics(over window: StatisticsWindow, at now: Moment) throws(StoreError)
    -> Statistics
  {
    queue.statistics(over: window, at: now)
  }

  package func minutes(_ count: Int, queue name: String?, at now: Moment) throws(StoreError)
    -> [MinuteCounts]
  {
    queue.minutes(count, queue: name, at: now)
  }

  package func runTimes(_ count: Int, queue name: String?, at now: Moment) throws(StoreError)
    -> [Histogram]
  {
    queue.runTimes(count, queue: name, at: now)
  }

  package func totals() throws(StoreError) -> [String: QueueStatistics] { queue.totals() }

  package func longestWaits(at now: Moment) throws(StoreError) -> [String: Duration] {
    queue.longestWaits(at: now)
  }

  package func dependants(of reference: String, atMost limit: Int) throws(StoreError) -> [JobID] {
    let queue = self.queue
    let sequence = queue.rows[try queue.index(of: reference)].sequence
    let waiting = queue.rows.filter { row in
      row.job.state.isUnfinished && row.unmet.contains { $0.needs == sequence }
    }
    return Array(waiting.map(\.job.id).prefix(limit))
  }

  package func unfinishedJob(withKey key: String) throws(StoreError) -> JobID? {
    queue.unfinishedJob(withKey: key)
  }

  package func jobsAhead(of reference: String, atMost limit: Int) throws(StoreError) -> Int {
    let queue = self.queue
    return min(limit, queue.jobsAhead(of: try queue.index(of: reference)))
  }

  package func recentRuns(_ count: Int, queue name: String?) throws(StoreError) -> [RecentRun] {
    queue.recentRuns(count, queue: name)
  }

  /// In memory nothing is packed.
  package func foldStatistics(at now: Moment) throws(StoreError) -> Bool { false }

  package func workers() throws(StoreError) -> [WorkerRecord] { queue.workers }

  package func hasChanged() throws(StoreError) -> Bool {
    let othersChanges = shared.state.withLock { $0.changes } - ownChanges
    defer { othersChangesSeen = othersChanges }
    return othersChanges != othersChangesSeen
  }

  /// Whether the path leads to another file by now.
  package var isDisplaced = false

  package var busyTimeout = BusyTimeout.usual

  package func hasMoved() -> Bool { isDisplaced }

  /// Whether a newer version has migrated it.
  package var isNewer = false

  package func isOutdated() throws(StoreError) -> Bool { isNewer }

  // MARK: Configuring

  package func settings() throws(StoreError) -> Settings {
    var settings = Settings()
    for setting in Setting.all {
      guard let text = queue.settingTexts[setting.key] else { continue }
      // An older version's value may be out of range by now; then the default applies.
      try? setting.apply(text, to: &settings)
    }
    return settings
  }

  package func set(_ setting: Setting, to text: String?) throws(StoreError) {
    step {
      $0.settingTexts[setting.key] = text
      if setting.key == "on-dead", text == nil { $0.notices = [:] }
    }
  }

  package func queueControls() throws(StoreError) -> QueueControls {
    let queue = self.queue
    return QueueControls(
      isEverythingPaused: queue.isEverythingPaused,
      queues: queue.controls.values.sorted { $0.name < $1.name })
  }

  package func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError) {
    step { queue in
      switch selection {
      case .everything: queue.isEverythingPaused = isPaused
      case .named(let names):
        for name in names {
          queue.controls[name, default: QueueControl(name: name)].isPaused = isPaused
        }
      }
    }
  }

  package func setRunningLimit(_ limit: Int?, of name: String) throws(StoreError) {
    step { $0.controls[name, default: QueueControl(name: name)].runningLimit = limit }
  }

  // MARK: Working

  /// The error of every write of a worker, as on a full disk; nil for none.
  package var outage: StoreError?

  /// Fixes the queue time of a boot.
  package func fixSteadyTime(at now: Moment) { step { $0.fixSteadyTime(now) } }

  /// Called after each claim, because other processes may act at any moment.
  package var whenClaimed: () -> Void = {}
  /// The same for a dead job whose on-dead command is due.
  package var whenHookClaimed: () -> Void = {}

  private func work<Result: Sendable>(
    _ body: (inout InMemoryQueue) -> Result
  ) throws(StoreError) -> Result {
    if let outage { throw outage }
    return step(body)
  }

  /// Whether heartbeats are told which run the store has in the worker's hands, as on a server.
  package var tellsHeldRun = false

  private func lease() throws(StoreError) -> Duration {
    let settings = try settings()
    return shared.isOnServer ? settings.hostLease : settings.lease
  }

  package func register(
    _ process: ProcessIdentity, queues: [String], begun: Duration, version: String?,
    at now: Moment
  ) throws(StoreError) -> WorkerID {
    let lease = try lease()
    return try work {
      $0.register(process, queues: queues, begun: begun, version: version, lease: lease, at: now)
    }
  }

  package func renew(
    _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult {
    let lease = try lease()
    let result = try work { $0.renew(worker, stopping: order, lease: lease, at: now) }
    guard tellsHeldRun || shared.isOnServer,
      case .known(let order, let cancelled, _, let freeze) = result
    else { return result }
    let run = queue.workers.first { $0.id == worker }?.current?.run
    return .known(
      order, cancelled: cancelled, held: run.map { .run($0) } ?? .none, freeze: freeze)
  }

  package func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult {
    defer { whenClaimed() }
    return try work { $0.claimNext(for: worker, at: now) }
  }

  package func mayStillRun(
    in queues: [String], for worker: WorkerID
  ) throws(StoreError) -> Bool {
    queue.mayStillRun(in: queues, for: worker)
  }

  package func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult {
    try work { queue in
      let isCutShort = transition.state.isUnfinished && queue.isToBeCancelled(run)
      let transition = isCutShort ? transition.cancelled : transition
      let freesOthers = queue.finish(
        run, by: worker, report: report, transition: transition, at: now)
      guard let freesOthers else { return .superseded }
      let next = claimingNext ? queue.claimNext(for: worker, at: now) : nil
      return isCutShort
        ? .cancelled(next: next, freesOthers: freesOthers)
        : .recorded(next: next, freesOthers: freesOthers)
    }
  }

  package func deregister(_ worker: WorkerID) throws(StoreError) {
    try work { $0.workers.removeAll { $0.id == worker && !$0.isEvicted } }
  }

  package func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool {
    try work { $0.evict(expected) }
  }

  package func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment) throws(StoreError)
    -> ReclaimedJob?
  {
    let settings = try settings()
    return try work {
      $0.release(worker, settings: settings, maxCrashes: maxCrashes, at: now)
    }
  }

  package func stopAll(_ order: StopOrder, at now: Moment) throws(StoreError) -> [WorkerRecord] {
    step { $0.stopAll(order, at: now) }
  }

  package func stopOrder(
    since begun: Duration, at now: Moment
  ) throws(StoreError) -> StopOrder? {
    queue.generalStop?.order(since: begun, at: now)
  }

  package func requestStop(
    _ order: StopOrder, of workers: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord] {
    try step { queue throws(StoreError) in try queue.requestStop(order, of: workers, during: run) }
  }

  package func dueHookCount() throws(StoreError) -> Int { queue.notices.count }

  // MARK: Acting on jobs

  package func edit(
    _ selection: JobSelection, _ edit: JobEdit, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try step { queue throws(StoreError) in
      let before = queue
      let result = try queue.edit(selection, edit, at: now)
      if dryRun { queue = before }
      return result
    }
  }

  package func setProgress(_ progress: JobProgress, of runName: String, at now: Moment)
    throws(StoreError) -> Bool
  {
    step { $0.setProgress(progress, of: runName) }
  }

  package func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation
  {
    try step { queue throws(StoreError) in try queue.cancel(selection, at: now) }
  }

  package func setPaused(
    _ isPaused: Bool, runsOf selection: JobSelection, at now: Moment
  ) throws(StoreError) -> Cancellation {
    try step { queue throws(StoreError) in try queue.setPaused(isPaused, selection, at: now) }
  }

  package func setFrozen(
    _ time: Timestamp?, _ run: RunID, by freeze: () -> Void
  ) throws(StoreError) -> Bool {
    guard try work({ $0.setFrozen(time, run) }) else { return false }
    freeze()
    return true
  }

  package func retry(
    _ selection: JobSelection, with edit: JobEdit?, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try step { queue throws(StoreError) in
      let before = queue
      let result = try queue.retry(selection, with: edit, at: now)
      if dryRun { queue = before }
      return result
    }
  }

  // MARK: Dead jobs

  package func claimHook(for worker: WorkerID, at now: Moment) throws(StoreError) -> DueHook? {
    let hook = try work { $0.claimHook(for: worker, at: now) }
    if hook != nil { whenHookClaimed() }
    return hook
  }

  package func completeHook(of job: JobID, by worker: WorkerID) throws(StoreError) {
    try work { $0.completeHook(of: job, by: worker) }
  }

  // MARK: Moving

  package func exportPage(limit: Int, after cursor: JobPage.Cursor?, at now: Moment)
    throws(StoreError) -> ExportPage
  {
    queue.exportPage(limit: limit, after: cursor, at: now)
  }

  package func importJobs(
    at now: Moment, next: () throws -> ExportedJob?, each: (EnqueueResult) throws -> Void,
    schedules: () throws -> [ScheduleAddition]
  ) throws {
    try step { queue in
      var prerequisites = BatchPrerequisites()
      while let job = try next()?.atRest {
        let result = queue.restore(job, at: now)
        if case .added(let id) = result {
          prerequisites.add(job.asked, as: id, sequence: queue.lastSequence)
        }
        if case .keyTaken(_, let holder) = result {
          prerequisites.add(holder, insteadOf: job.asked)
        }
        try each(result)
      }
      for refusal in try queue.connect(prerequisites) {
        try each(.refused(refusal.job, reason: refusal.reason))
      }
      try queue.add(try schedules(), at: now)
    }
  }

  // MARK: Removing

  package func remove(
    _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try step { queue throws(StoreError) in
      try queue.remove(selection, limit: limit, after: cursor, dryRun: dryRun, at: now)
    }
  }

  package func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64> {
    let runs = queue.rows.flatMap { $0.earlierRuns + [$0.job.latestRun].compactMap { $0 } }
    return Set(runs.map(\.id.number).filter(range.contains))
  }

  // MARK: Planting bugs

  /// The next boot begins with the wall clock's time, even if that is behind.
  package func forgetSteadyTime() { step { $0.forgetSteadyTime() } }

  /// Changes a schedule against all rules, like a store with a bug.
  package func tamperSchedule(_ name: String, _ change: (inout Schedule) -> Void) {
    step { queue in
      guard var schedule = queue.schedules.all[name] else { return }
      change(&schedule)
      queue.schedules.all[name] = schedule
    }
  }

  /// Changes a job against all rules, like a store with a bug. A job that isn't processing any more
  /// has no worker.
  package func tamper(with job: JobID, _ change: (inout Job) -> Void) {
    step { queue in
      guard let index = queue.rows.firstIndex(where: { $0.job.id == job }) else { return }
      change(&queue.rows[index].job)
      guard queue.rows[index].job.state != .processing else { return }
      for worker in queue.workers.indices where queue.workers[worker].current?.job == job {
        queue.workers[worker].current = nil
      }
    }
  }
}
