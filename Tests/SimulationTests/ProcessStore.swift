import QueueCore
import QueueOperations

/// The store as one process sees it: any call may kill or stop the process, or fail.
final class ProcessStore: JobStore {
  let base: any JobStore
  private unowned let world: World
  private let process: SimulatedProcess
  /// Claims and ends whose answers were lost. Repeated, they get these answers again.
  private var lostClaims: [WorkerID: ClaimResult] = [:]
  private var lostEnds: [RunID: FinishResult] = [:]

  init(_ base: any JobStore, _ world: World, _ process: SimulatedProcess) {
    self.base = base
    self.world = world
    self.process = process
  }

  /// Makes one call, with the faults before and after it.
  func call<Result>(
    _ name: String, _ body: () throws(StoreError) -> Result,
    as change: (Result) -> Change? = { _ in nil }
  ) throws(StoreError) -> Result {
    try world.willCall(name, process)
    let result = try body()
    try world.didCall(name, process, change(result)) { Trace.text(of: result) }
    return result
  }

  // MARK: Enqueueing

  func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws {
    var jobs: [NewJob] = []
    var results: [EnqueueResult] = []
    try world.willCall("enqueue", process)
    try base.enqueue(at: now, settings: settings) {
      let job = try next()
      job.map { jobs.append($0) }
      return job
    } each: {
      results.append($0)
      try each($0)
    } confirm: {
      try confirm()
    }
    try world.didCall("enqueue", process, .enqueued(jobs, results, settings, at: now)) {
      Trace.text(of: results)
    }
  }

  // MARK: Looking

  func jobs(_ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment)
    throws(StoreError) -> JobPage
  {
    try call("jobs") { () throws(StoreError) in
      try base.jobs(query, limit: limit, after: cursor, at: now)
    }
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
    try call("search") { () throws(StoreError) in
      try base.search(query, limit: limit, examining: count, after: cursor, at: now)
    }
  }

  func scheduledJobs(
    in queue: String?, atMost limit: Int, at now: Moment
  ) throws(StoreError) -> Int {
    try call("scheduledJobs") { () throws(StoreError) in
      try base.scheduledJobs(in: queue, atMost: limit, at: now)
    }
  }

  func job(_ reference: String, at now: Moment) throws(StoreError) -> Job {
    try call("job") { () throws(StoreError) in try base.job(reference, at: now) }
  }

  func runs(
    of reference: String, limit: Int, before run: RunID?
  ) throws(StoreError) -> [Run] {
    try call("runs") { () throws(StoreError) in
      try base.runs(of: reference, limit: limit, before: run)
    }
  }

  func run(_ run: RunID, of reference: String) throws(StoreError) -> Run? {
    try call("run") { () throws(StoreError) in try base.run(run, of: reference) }
  }

  func forgetEmptyQueues(atMost limit: Int) throws(StoreError) -> Bool {
    try call("forgetEmptyQueues") { () throws(StoreError) in
      try base.forgetEmptyQueues(atMost: limit)
    }
  }

  func summary() throws(StoreError) -> QueueSummary {
    try call("summary") { () throws(StoreError) in try base.summary() }
  }

  func summary(tagged tag: String) throws(StoreError) -> QueueSummary {
    try call("summary") { () throws(StoreError) in try base.summary(tagged: tag) }
  }

  func tags(startingWith prefix: String, atMost limit: Int) throws(StoreError) -> [String] {
    try call("tags") { () throws(StoreError) in
      try base.tags(startingWith: prefix, atMost: limit)
    }
  }

  func statistics(over window: StatisticsWindow, at now: Moment) throws(StoreError) -> Statistics {
    try call("statistics") { () throws(StoreError) in try base.statistics(over: window, at: now) }
  }

  func minutes(_ count: Int, queue: String?, at now: Moment) throws(StoreError) -> [MinuteCounts] {
    try call("minutes") { () throws(StoreError) in
      try base.minutes(count, queue: queue, at: now)
    }
  }

  func runTimes(_ count: Int, queue: String?, at now: Moment) throws(StoreError) -> [Histogram] {
    try call("runTimes") { () throws(StoreError) in
      try base.runTimes(count, queue: queue, at: now)
    }
  }

  func totals() throws(StoreError) -> [String: QueueStatistics] {
    try call("totals") { () throws(StoreError) in try base.totals() }
  }

  func longestWaits(at now: Moment) throws(StoreError) -> [String: Duration] {
    try call("longestWaits") { () throws(StoreError) in try base.longestWaits(at: now) }
  }

  func dependants(of reference: String, atMost limit: Int) throws(StoreError) -> [JobID] {
    try call("dependants") { () throws(StoreError) in
      try base.dependants(of: reference, atMost: limit)
    }
  }

  func unfinishedJob(withKey key: String) throws(StoreError) -> JobID? {
    try call("unfinishedJob") { () throws(StoreError) in try base.unfinishedJob(withKey: key) }
  }

  func jobsAhead(of reference: String, atMost limit: Int) throws(StoreError) -> Int {
    try call("jobsAhead") { () throws(StoreError) in
      try base.jobsAhead(of: reference, atMost: limit)
    }
  }

  func recentRuns(_ count: Int, queue: String?) throws(StoreError) -> [RecentRun] {
    try call("recentRuns") { () throws(StoreError) in try base.recentRuns(count, queue: queue) }
  }

  func foldStatistics(at now: Moment) throws(StoreError) -> Bool {
    try call("foldStatistics") { () throws(StoreError) in
      try base.foldStatistics(at: now)
    } as: { _ in
      .other
    }
  }

  func workers() throws(StoreError) -> [WorkerRecord] {
    try call("workers") { () throws(StoreError) in try base.workers() }
  }

  func hasChanged() throws(StoreError) -> Bool {
    try call("hasChanged") { () throws(StoreError) in try base.hasChanged() }
  }

  var busyTimeout: BusyTimeout {
    get { base.busyTimeout }
    set { base.busyTimeout = newValue }
  }

  func hasMoved() -> Bool { base.hasMoved() }

  func isOutdated() throws(StoreError) -> Bool { try base.isOutdated() }

  // MARK: Configuring

  func settings() throws(StoreError) -> Settings {
    try call("settings") { () throws(StoreError) in try base.settings() }
  }

  func set(_ setting: Setting, to text: String?) throws(StoreError) {
    try call("set \(setting.key) \(text ?? "-")") { () throws(StoreError) in
      try base.set(setting, to: text)
    } as: {
      .other
    }
  }

  func queueControls() throws(StoreError) -> QueueControls {
    try call("queueControls") { () throws(StoreError) in try base.queueControls() }
  }

  func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError) {
    try call("\(isPaused ? "pause" : "resume") \(selection)") { () throws(StoreError) in
      try base.setPaused(isPaused, selection)
    } as: {
      .paused(isPaused, selection)
    }
  }

  func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError) {
    try call("limit \(queue) to \(limit?.description ?? "any")") { () throws(StoreError) in
      try base.setRunningLimit(limit, of: queue)
    } as: {
      .limited(limit, queue: queue)
    }
  }

  // MARK: Working

  func register(
    _ identity: ProcessIdentity, queues: [String], begun: Duration, version: String?,
    at now: Moment
  ) throws(StoreError) -> WorkerID {
    try call("register") { () throws(StoreError) in
      try base.register(identity, queues: queues, begun: begun, version: version, at: now)
    } as: {
      .registered($0, process, begun: begun, at: now)
    }
  }

  func renew(
    _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult {
    try call("renew \(worker)") { () throws(StoreError) in
      let result = try base.renew(worker, stopping: order, at: now)
      guard case .known(let order, let cancelled, _, let freeze) = result,
        lostClaims[worker] != nil || !lostEnds.isEmpty
      else { return result }
      return .known(order, cancelled: cancelled, held: .untold, freeze: freeze)
    } as: {
      .renewed(worker, $0, at: now)
    }
  }

  func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult {
    if let lost = lostClaims[worker] {
      let answer = try call("claim again for \(worker)") { () throws(StoreError) in
        try isKnown(worker) ? lost : .evicted
      }
      lostClaims[worker] = nil
      return answer
    }
    var answer: ClaimResult?
    do throws(StoreError) {
      return try call("claim for \(worker)") { () throws(StoreError) in
        let result = try base.claimNext(for: worker, at: now)
        answer = result
        return result
      } as: {
        .claimed(worker, $0, at: now)
      }
    } catch {
      if case .job = answer { lostClaims[worker] = answer }
      throw error
    }
  }

  private func isKnown(_ worker: WorkerID) throws(StoreError) -> Bool {
    try base.workers().contains { $0.id == worker && !$0.isEvicted }
  }

  func mayStillRun(in queues: [String], for worker: WorkerID) throws(StoreError) -> Bool {
    try call("mayStillRun") { () throws(StoreError) in
      try base.mayStillRun(in: queues, for: worker)
    }
  }

  func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult {
    if let lost = lostEnds[run] {
      let answer = try call("finish run \(run) again") { () throws(StoreError) in
        try isKnown(worker) ? lost : .recorded(next: .evicted)
      }
      lostEnds[run] = nil
      return answer
    }
    var answer: FinishResult?
    do throws(StoreError) {
      return try call("finish run \(run) by \(worker), \(report.end.word)") {
        () throws(StoreError) in
        let result = try base.finish(
          run, by: worker, report: report, transition: transition, claimingNext: claimingNext,
          at: now)
        answer = result
        return result
      } as: {
        .finished(run, by: worker, report, transition, $0, at: now)
      }
    } catch {
      if let answer { lostEnds[run] = answer }
      throw error
    }
  }

  func deregister(_ worker: WorkerID) throws(StoreError) {
    // A claim without an answer may hold a job, which is found by the worker's row.
    guard lostClaims[worker] == nil else { return }
    try call("leave \(worker)") { () throws(StoreError) in
      try base.deregister(worker)
    } as: {
      .other
    }
  }

  func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool {
    try call("evict \(expected.id)") { () throws(StoreError) in
      try base.evict(expected)
    } as: {
      $0 ? .evicted(expected) : nil
    }
  }

  func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment) throws(StoreError)
    -> ReclaimedJob?
  {
    try call("release \(worker)") { () throws(StoreError) in
      try base.requeue(worker, maxCrashes: maxCrashes, at: now)
    } as: {
      .released(worker, maxCrashes: maxCrashes, $0, at: now)
    }
  }

  func stopAll(_ order: StopOrder, at now: Moment) throws(StoreError) -> [WorkerRecord] {
    try call("stopAll \(order)") { () throws(StoreError) in
      try base.stopAll(order, at: now)
    } as: { _ in
      .stoppedAll(at: now)
    }
  }

  func stopOrder(since begun: Duration, at now: Moment) throws(StoreError) -> StopOrder? {
    try call("stopOrder") { () throws(StoreError) in try base.stopOrder(since: begun, at: now) }
  }

  func requestStop(
    _ order: StopOrder, of workers: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord] {
    try call("requestStop \(order) \(workers)") { () throws(StoreError) in
      try base.requestStop(order, of: workers, during: run)
    } as: { _ in
      .other
    }
  }

  // MARK: Acting on jobs

  func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation {
    try call("cancel \(selection.jobs)") { () throws(StoreError) in
      try base.cancel(selection, at: now)
    } as: {
      .cancelled($0.found, at: now)
    }
  }

  func edit(
    _ selection: JobSelection, _ edit: JobEdit, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try call("edit \(selection.jobs)") { () throws(StoreError) in
      try base.edit(selection, edit, dryRun: dryRun, at: now)
    } as: {
      dryRun ? .other : .edited($0, edit, at: now)
    }
  }

  func setPaused(
    _ isPaused: Bool, runsOf selection: JobSelection, at now: Moment
  ) throws(StoreError) -> Cancellation {
    try call("\(isPaused ? "pause" : "resume") \(selection.jobs)") { () throws(StoreError) in
      try base.setPaused(isPaused, runsOf: selection, at: now)
    } as: {
      .freezing($0.found.map(\.id))
    }
  }

  func setFrozen(
    _ time: Timestamp?, _ run: RunID, by freeze: () -> Void
  ) throws(StoreError) -> Bool {
    let job = try base.workers().first { $0.current?.run == run }?.current?.job
    return try call("note that run \(run) \(time == nil ? "goes on" : "is frozen")") {
      () throws(StoreError) in
      try base.setFrozen(time, run, by: freeze)
    } as: { _ in
      .freezing(job.map { [$0] } ?? [])
    }
  }

  func setProgress(_ progress: JobProgress, of runName: String, at now: Moment) throws(StoreError)
    -> Bool
  {
    try call("setProgress") { () throws(StoreError) in
      try base.setProgress(progress, of: runName, at: now)
    }
  }

  func retry(
    _ selection: JobSelection, with edit: JobEdit?, dryRun: Bool, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try call("retry \(selection.jobs)") { () throws(StoreError) in
      try base.retry(selection, with: edit, dryRun: dryRun, at: now)
    } as: {
      dryRun ? .other : .retried(selection, edit, $0)
    }
  }

  // MARK: Removing

  func remove(
    _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> SelectionStep {
    try call("remove \(selection.states)") { () throws(StoreError) in
      try base.remove(selection, limit: limit, after: cursor, dryRun: dryRun, at: now)
    } as: {
      dryRun ? .other : .removed($0)
    }
  }

  func exportPage(limit: Int, after cursor: JobPage.Cursor?, at now: Moment) throws(StoreError)
    -> ExportPage
  {
    try call("exportPage") { () throws(StoreError) in
      try base.exportPage(limit: limit, after: cursor, at: now)
    }
  }

  func importJobs(
    at now: Moment, next: () throws -> ExportedJob?, each: (EnqueueResult) throws -> Void,
    schedules: () throws -> [ScheduleAddition]
  ) throws {
    var jobs: [ExportedJob] = []
    var results: [EnqueueResult] = []
    try world.willCall("restore", process)
    try base.importJobs(at: now) {
      let job = try next()
      job.map { jobs.append($0) }
      return job
    } each: {
      results.append($0)
      try each($0)
    } schedules: {
      try schedules()
    }
    try world.didCall("restore", process, .restored(jobs, results, at: now)) {
      Trace.text(of: results)
    }
  }

  func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64> {
    try call("knownRuns") { () throws(StoreError) in try base.knownRuns(range) }
  }

  // MARK: Dead jobs

  func claimHook(for worker: WorkerID, at now: Moment) throws(StoreError) -> DueHook? {
    try call("claimHook for \(worker)") { () throws(StoreError) in
      try base.claimHook(for: worker, at: now)
    }
  }

  func dueHookCount() throws(StoreError) -> Int { try base.dueHookCount() }

  func completeHook(of job: JobID, by worker: WorkerID) throws(StoreError) {
    try call("completeHook of \(job)") { () throws(StoreError) in
      try base.completeHook(of: job, by: worker)
    }
  }

  // MARK: Schedules

  func addSchedule(_ new: NewSchedule, in zone: ZoneRules, at now: Moment) throws -> Schedule {
    try world.willCall("addSchedule", process)
    let schedule = try base.addSchedule(new, in: zone, at: now)
    try world.didCall("addSchedule", process, .scheduleAdded(schedule, at: now)) {
      Trace.text(of: schedule)
    }
    return schedule
  }

  func schedules() throws(StoreError) -> [Schedule] {
    try call("schedules") { () throws(StoreError) in try base.schedules() }
  }

  func damagedSchedules() throws(StoreError) -> [DamagedSchedule] {
    try call("damagedSchedules") { () throws(StoreError) in try base.damagedSchedules() }
  }

  func schedulePage(after id: ScheduleID?, limit: Int) throws(StoreError) -> SchedulePage {
    try call("schedulePage") { () throws(StoreError) in
      try base.schedulePage(after: id, limit: limit)
    }
  }

  func runSchedule(
    _ name: String, isBesideOthers: Bool, settings: Settings, at now: Moment
  ) throws -> JobID {
    try world.willCall("runSchedule \(name)", process)
    let id = try base.runSchedule(
      name, isBesideOthers: isBesideOthers, settings: settings, at: now)
    try world.didCall(
      "runSchedule \(name)", process, .scheduleRun(name, id, settings, at: now)
    ) { Trace.text(of: id) }
    return id
  }

  func recordClocks(at now: Moment, replacing known: ClockRecord) throws(StoreError) {
    try call("recordClocks") { () throws(StoreError) in
      try base.recordClocks(at: now, replacing: known)
    }
  }

  func schedule(_ name: String) throws(StoreError) -> Schedule {
    try call("schedule") { () throws(StoreError) in try base.schedule(name) }
  }

  func occurrences(of name: String, limit: Int) throws(StoreError) -> [Occurrence] {
    try call("occurrences") { () throws(StoreError) in
      try base.occurrences(of: name, limit: limit)
    }
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
    try world.willCall("changeSchedule", process)
    let changed = try base.changeSchedule(name, at: now, body)
    try world.didCall(
      "changeSchedule", process, .scheduleChanged(changed.schedule, at: now)
    ) { Trace.text(of: changed) }
    return changed
  }

  func removeSchedule(_ name: String) throws(StoreError) -> [JobID] {
    try call("removeSchedule") { () throws(StoreError) in
      try base.removeSchedule(name)
    } as: { _ in
      .scheduleRemoved(name)
    }
  }

  func dueSchedules(
    atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
  ) throws(StoreError) -> DueSchedules {
    try call("dueSchedules") { () throws(StoreError) in
      try base.dueSchedules(atMost: limit, except: excluded, at: now)
    }
  }

  func advance(
    _ moves: [ScheduleMove], settings: Settings, at now: Moment
  ) throws(StoreError) -> [ScheduleAdvance] {
    try call("advance \(moves.count)") { () throws(StoreError) in
      try base.advance(moves, settings: settings, at: now)
    } as: {
      .advanced($0, settings, at: now)
    }
  }
}
