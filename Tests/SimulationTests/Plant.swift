import QueueCore
import QueueOperations
import QueueTestSupport
import QueueWorker

/// A bug that is put between the processes and their store or runner; by default none.
struct Plant {
  /// What a process gets for its own handle on the queue.
  var store: (any JobStore, SimulatedHost) -> any JobStore = { store, _ in store }
  /// What ends the leftovers of lost runs.
  var reclaimingRunner: (any JobRunner) -> any JobRunner = { $0 }
  /// How long workers of other hosts have been silent, for each process that judges them; nil for
  /// as long as it observed it.
  var silence: (() -> (WorkerRecord, Moment) -> Duration)?
  /// Whether a worker reads the clock for each step of its own, as it does.
  var readsClockForEachStep = true
}

/// A store that hands every call on; the bugs override one or two.
class BuggyStore: JobStore {
  let base: InMemoryJobStore

  init(_ base: InMemoryJobStore) { self.base = base }

  func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws {
    try base.enqueue(at: now, settings: settings, next: next, each: each, confirm: confirm)
  }

  func jobs(_ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment)
    throws(StoreError) -> JobPage
  {
    try base.jobs(query, limit: limit, after: cursor, at: now)
  }

  func reading<Result>(
    _ body: () throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    try base.reading(body)
  }

  func search(
    _ query: JobQuery, limit: Int, examining count: Int, after cursor: JobPage.Cursor?,
    at now: Moment
  ) throws(StoreError) -> JobSearchStep {
    try base.search(query, limit: limit, examining: count, after: cursor, at: now)
  }

  func scheduledJobs(
    in queue: String?, atMost limit: Int, at now: Moment
  ) throws(StoreError) -> Int {
    try base.scheduledJobs(in: queue, atMost: limit, at: now)
  }

  func job(_ reference: String, at now: Moment) throws(StoreError) -> Job {
    try base.job(reference, at: now)
  }

  func runs(
    of reference: String, limit: Int, before run: RunID?
  ) throws(StoreError) -> [Run] {
    try base.runs(of: reference, limit: limit, before: run)
  }

  func run(_ run: RunID, of reference: String) throws(StoreError) -> Run? {
    try base.run(run, of: reference)
  }

  func forgetEmptyQueues(atMost limit: Int) throws(StoreError) -> Bool {
    try base.forgetEmptyQueues(atMost: limit)
  }

  func summary() throws(StoreError) -> QueueSummary { try base.summary() }

  func summary(tagged tag: String) throws(StoreError) -> QueueSummary {
    try base.summary(tagged: tag)
  }

  func tags(startingWith prefix: String, atMost limit: Int) throws(StoreError) -> [String] {
    try base.tags(startingWith: prefix, atMost: limit)
  }

  func statistics(over window: StatisticsWindow, at now: Moment) throws(StoreError) -> Statistics {
    try base.statistics(over: window, at: now)
  }

  func minutes(_ count: Int, queue: String?, at now: Moment) throws(StoreError) -> [MinuteCounts] {
    try base.minutes(count, queue: queue, at: now)
  }

  func runTimes(_ count: Int, queue: String?, at now: Moment) throws(StoreError) -> [Histogram] {
    try base.runTimes(count, queue: queue, at: now)
  }

  func totals() throws(StoreError) -> [String: QueueStatistics] { try base.totals() }

  func longestWaits(at now: Moment) throws(StoreError) -> [String: Duration] {
    try base.longestWaits(at: now)
  }

  func dependants(of reference: String, atMost limit: Int) throws(StoreError) -> [JobID] {
    try base.dependants(of: reference, atMost: limit)
  }

  func unfinishedJob(withKey key: String) throws(StoreError) -> JobID? {
    try base.unfinishedJob(withKey: key)
  }

  func jobsAhead(of reference: String, atMost limit: Int) throws(StoreError) -> Int {
    try base.jobsAhead(of: reference, atMost: limit)
  }

  func recentRuns(_ count: Int, queue: String?) throws(StoreError) -> [RecentRun] {
    try base.recentRuns(count, queue: queue)
  }

  func foldStatistics(at now: Moment) throws(StoreError) -> Bool {
    try base.foldStatistics(at: now)
  }

  func workers() throws(StoreError) -> [WorkerRecord] { try base.workers() }

  func hasChanged() throws(StoreError) -> Bool { try base.hasChanged() }

  var busyTimeout: BusyTimeout {
    get { base.busyTimeout }
    set { base.busyTimeout = newValue }
  }

  func hasMoved() -> Bool { base.hasMoved() }

  func isOutdated() throws(StoreError) -> Bool { try base.isOutdated() }

  func settings() throws(StoreError) -> Settings { try base.settings() }

  func set(_ setting: Setting, to text: String?) throws(StoreError) {
    try base.set(setting, to: text)
  }

  func queueControls() throws(StoreError) -> QueueControls { try base.queueControls() }

  func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError) {
    try base.setPaused(isPaused, selection)
  }

  func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError) {
    try base.setRunningLimit(limit, of: queue)
  }

  func mayStillRun(in queues: [String], for worker: WorkerID) throws(StoreError) -> Bool {
    try base.mayStillRun(in: queues, for: worker)
  }

  func register(
    _ process: ProcessIdentity, queues: [String], begun: Duration, version: String?,
    at now: Moment
  ) throws(StoreError) -> WorkerID {
    try base.register(process, queues: queues, begun: begun, version: version, at: now)
  }

  func stopAll(_ order: StopOrder, at now: Moment) throws(StoreError) -> [WorkerRecord] {
    try base.stopAll(order, at: now)
  }

  func stopOrder(since begun: Duration, at now: Moment) throws(StoreError) -> StopOrder? {
    try base.stopOrder(since: begun, at: now)
  }

  func renew(
    _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult {
    try base.renew(worker, stopping: order, at: now)
  }

  func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult {
    try base.claimNext(for: worker, at: now)
  }

  func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult {
    try base.finish(
      run, by: worker, report: report, transition: transition, claimingNext: claimingNext, at: now)
  }

  func deregister(_ worker: WorkerID) throws(StoreError) { try base.deregister(worker) }

  func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool { try base.evict(expected) }

  func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment) throws(StoreError)
    -> ReclaimedJob?
  {
    try base.requeue(worker, maxCrashes: maxCrashes, at: now)
  }

  func requestStop(
    _ order: StopOrder, of workers: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord] {
    try base.requestStop(order, of: workers, during: run)
  }

  func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation {
    try base.cancel(selection, at: now)
  }

  func edit(
    _ selection: JobSelection, _ edit: JobEdit, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try base.edit(selection, edit, dryRun: dryRun, at: now)
  }

  func setPaused(
    _ isPaused: Bool, runsOf selection: JobSelection, at now: Moment
  ) throws(StoreError) -> Cancellation {
    try base.setPaused(isPaused, runsOf: selection, at: now)
  }

  func setFrozen(
    _ time: Timestamp?, _ run: RunID, by freeze: () -> Void
  ) throws(StoreError) -> Bool {
    try base.setFrozen(time, run, by: freeze)
  }

  func setProgress(_ progress: JobProgress, of runName: String, at now: Moment) throws(StoreError)
    -> Bool
  {
    try base.setProgress(progress, of: runName, at: now)
  }

  func exportPage(limit: Int, after cursor: JobPage.Cursor?, at now: Moment) throws(StoreError)
    -> ExportPage
  {
    try base.exportPage(limit: limit, after: cursor, at: now)
  }

  func importJobs(
    at now: Moment, next: () throws -> ExportedJob?, each: (EnqueueResult) throws -> Void,
    schedules: () throws -> [ScheduleAddition]
  ) throws {
    try base.importJobs(at: now, next: next, each: each, schedules: schedules)
  }

  func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64> {
    try base.knownRuns(range)
  }

  func retry(
    _ selection: JobSelection, with edit: JobEdit?, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try base.retry(selection, with: edit, dryRun: dryRun, at: now)
  }

  func remove(
    _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try base.remove(selection, limit: limit, after: cursor, dryRun: dryRun, at: now)
  }

  func claimHook(for worker: WorkerID, at now: Moment) throws(StoreError) -> DueHook? {
    try base.claimHook(for: worker, at: now)
  }

  func dueHookCount() throws(StoreError) -> Int { try base.dueHookCount() }

  func completeHook(of job: JobID, by worker: WorkerID) throws(StoreError) {
    try base.completeHook(of: job, by: worker)
  }

  func addSchedule(_ new: NewSchedule, in zone: ZoneRules, at now: Moment) throws -> Schedule {
    try base.addSchedule(new, in: zone, at: now)
  }

  func schedules() throws(StoreError) -> [Schedule] { try base.schedules() }

  func schedule(_ name: String) throws(StoreError) -> Schedule { try base.schedule(name) }

  func damagedSchedules() throws(StoreError) -> [DamagedSchedule] { try base.damagedSchedules() }

  func schedulePage(after id: ScheduleID?, limit: Int) throws(StoreError) -> SchedulePage {
    try base.schedulePage(after: id, limit: limit)
  }

  func runSchedule(
    _ name: String, isBesideOthers: Bool, settings: Settings, at now: Moment
  ) throws -> JobID {
    try base.runSchedule(name, isBesideOthers: isBesideOthers, settings: settings, at: now)
  }

  func recordClocks(at now: Moment, replacing known: ClockRecord) throws(StoreError) {
    try base.recordClocks(at: now, replacing: known)
  }

  func occurrences(of name: String, limit: Int) throws(StoreError) -> [Occurrence] {
    try base.occurrences(of: name, limit: limit)
  }

  func addSchedules(_ additions: [ScheduleAddition], at now: Moment) throws -> [Schedule] {
    try base.addSchedules(additions, at: now)
  }

  func scheduleCounts(at now: Moment) throws(StoreError) -> ScheduleCounts {
    try base.scheduleCounts(at: now)
  }

  func changeSchedule(
    _ name: String, at now: Moment,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed {
    try base.changeSchedule(name, at: now, body)
  }

  func removeSchedule(_ name: String) throws(StoreError) -> [JobID] {
    try base.removeSchedule(name)
  }

  func dueSchedules(
    atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
  ) throws(StoreError) -> DueSchedules {
    try base.dueSchedules(atMost: limit, except: excluded, at: now)
  }

  func advance(
    _ moves: [ScheduleMove], settings: Settings, at now: Moment
  ) throws(StoreError) -> [ScheduleAdvance] {
    try base.advance(moves, settings: settings, at: now)
  }
}
