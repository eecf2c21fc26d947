/// The stored queue, as everything above it sees it.
///
/// Every method is one atomic step: it happens whole or, when it throws, not at all. Time always comes in. A
/// store belongs to one thread; other processes, and other stores on the same data, may work beside it at any
/// moment. What a store must do is written down in the conformance suite of the tests, which every store passes.
public protocol JobStore: AnyObject {
  /// How long a change waits for those of others before it throws `busy`.
  var patience: StorePatience { get set }

  // MARK: Enqueueing

  /// Stores every job that `next` gives, in one step.
  ///
  /// Jobs may wait for others of the same step, in any order. `each` hears of each job in turn, though maybe only after some more were
  /// given, and at the end again of those that have to be refused because of what they wait for. `confirm` has the last word. If one of the three throws, nothing is stored and the
  /// error goes on to the caller.
  func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
  ) throws

  // MARK: Looking

  /// Makes all looks in `body` at one moment of the queue, whatever others change meanwhile. Short: until it is over, what they write
  /// can't be tidied up. Nothing is changed in it.
  func reading<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result
  /// Jobs that match, in the query's order: at most `limit`, after `cursor`. Throws `tooMany` where no index has that order and there are too
  /// many to sort, see ``JobOrder``.
  func jobs(_ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment)
    throws(StoreError) -> JobPage
  /// Looks through the next `examining` jobs, those after `cursor` in the query's order, for those that match. So a search through any
  /// number of jobs is made of steps that cost alike. The query names one state at most.
  /// - Parameter limit: how many of them to hand out; all are counted.
  func search(
    _ query: JobQuery, limit: Int, examining count: Int, after cursor: JobPage.Cursor?,
    at now: Moment
  ) throws(StoreError) -> JobSearchStep
  /// The job of that id, or the only one whose made id begins so. Throws `notFound` otherwise.
  func job(_ reference: String, at now: Moment) throws(StoreError) -> Job
  /// The runs of a job, newest first: at most `limit`, those before `run`, or the newest for nil.
  /// The job is named as in ``job(_:at:)``.
  func runs(of reference: String, limit: Int, before run: RunID?) throws(StoreError) -> [Attempt]
  /// The run of this number, if it is one of the job's; nil otherwise. The job is named as in
  /// ``job(_:at:)``.
  func run(_ run: RunID, of reference: String) throws(StoreError) -> Attempt?
  /// How many jobs are in which state.
  func summary() throws(StoreError) -> QueueSummary
  /// What is set about queues.
  func queueControls() throws(StoreError) -> QueueControls
  /// What happened in a stretch of time up to now, from maintained figures. The longest one is a day.
  func statistics(over window: StatisticsWindow, at now: Moment) throws(StoreError) -> Statistics
  /// What happened in each of the last minutes, oldest first; the last one isn't over yet. At most 120.
  /// - Parameter queue: which to look at; nil for all.
  func minutes(_ count: Int, queue: String?, at now: Moment) throws(StoreError) -> [MinuteCounts]
  /// For each queue in which a job could run and doesn't: how long the first in line has waited, or the longest of them where there are
  /// several priorities.
  func longestWaits(at now: Moment) throws(StoreError) -> [String: Duration]
  /// How many jobs wait for a time that is yet to come, as was asked for; counted no further than `limit`.
  /// - Parameter queue: which to look at; nil for all.
  func scheduledJobs(in queue: String?, atMost limit: Int, at now: Moment) throws(StoreError) -> Int
  /// The unfinished jobs that wait for a job, in the order of their arrival; no more than `limit`.
  func dependants(of reference: String, atMost limit: Int) throws(StoreError) -> [JobID]
  /// The unfinished job that has this key; nil for none.
  func unfinishedJob(withKey key: String) throws(StoreError) -> JobID?
  /// How many ready jobs of its queue come before a job; counted no further than `limit`.
  func jobsAhead(of reference: String, atMost limit: Int) throws(StoreError) -> Int
  /// Those of the latest runs that have ended, newest first: of at most `count`, the running ones not left out before counting.
  /// - Parameter queue: which to look at; nil for all.
  func recentRuns(_ count: Int, queue: String?) throws(StoreError) -> [RecentRun]
  /// Packs the figures of an hour that is long over, and drops those that no window reaches. A small step.
  /// - Returns: whether there may be more to do.
  func foldStatistics(at now: Moment) throws(StoreError) -> Bool
  /// All registered workers, by id.
  func workers() throws(StoreError) -> [WorkerRecord]
  /// Whether anybody else has changed anything since this was last asked. Costs microseconds.
  func hasChanged() throws(StoreError) -> Bool
  /// Whether what was opened isn't found under its name any more, as it was moved, removed or replaced: whoever opens that name now sees
  /// nothing of what is done here.
  func hasMoved() -> Bool
  /// Whether a newer version has brought the queue up to date since it was opened, so that this one had better leave it alone.
  func isOutdated() throws(StoreError) -> Bool

  // MARK: Configuring

  /// The settings in force.
  func settings() throws(StoreError) -> Settings
  /// The keys that were set, with their texts.
  func changedSettings() throws(StoreError) -> [String: String]
  /// Sets `setting`, or puts its default back for nil. The text was checked before.
  func set(_ setting: Setting, to text: String?) throws(StoreError)

  /// Holds jobs back, or gives them out again. Running jobs go on.
  func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError)
  /// Says how many jobs of a queue may run at once, over all workers; nil for any number. Running jobs go on.
  func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError)

  // MARK: Working

  /// Makes a worker known. Its id is never given out again.
  /// - Parameter begun: when the command that started it began, by the uptime of this boot: if all
  ///   workers were asked to stop since, this one is too.
  func register(
    _ process: ProcessIdentity, queues: [String], begun: Duration, at now: Moment
  ) throws(StoreError) -> WorkerID
  /// Says that the worker lives. Synced to disk, and with it all that was committed before.
  /// - Parameter order: by which it is stopping already, whoever gave it, so that others see it; nil if it isn't.
  /// - Returns: its orders; `evicted` when it isn't known any more.
  func renew(
    _ worker: WorkerID, stopping order: StopOrder?, at now: Moment
  ) throws(StoreError) -> RenewResult
  /// Gives the worker the next job that is ready, if it may have one, and opens a run.
  func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError) -> ClaimResult
  /// Whether anything may still come to run in these queues, or in any for none, unless somebody does something: what is paused may,
  /// what waits for a job that died may not.
  func mayStillRun(in queues: [String]) throws(StoreError) -> Bool
  /// Ends a run: writes its report and what becomes of the job, and claims the next in the same step if wanted. A job
  /// that was cancelled meanwhile doesn't go on, whatever the transition says.
  /// Nothing is changed when the run isn't the job's latest any more.
  func finish(
    _ run: RunID, by worker: WorkerID, report: RunReport, transition: Transition,
    claimingNext: Bool, at now: Moment
  ) throws(StoreError) -> FinishResult
  /// Forgets a worker that leaves. Does nothing if it isn't known or was evicted.
  func leave(_ worker: WorkerID) throws(StoreError)
  /// Shuts out a worker that is gone: it can't renew, claim or finish any more. It stays known, with the job in its hands, until it is
  /// released.
  /// - Parameter expected: the record by which it was taken for gone.
  /// - Returns: whether it is evicted, by this call or an earlier one; false, and nothing changed, if it spoke since or isn't known.
  func evict(_ expected: WorkerRecord) throws(StoreError) -> Bool
  /// Forgets an evicted worker and gives its job back, by the settings in force. The run's
  /// processes must have been ended before.
  /// - Returns: the job and its new state; nil if it had none, or if nothing was changed as there is no such evicted worker.
  func release(_ worker: WorkerID, maxCrashes: Int, at now: Moment) throws(StoreError)
    -> ReclaimedJob?
  /// Asks all workers to stop, those included that are yet to register and whose command has begun
  /// before `now`. A more urgent order stands.
  /// - Returns: the workers that are known.
  func stopAll(_ order: StopOrder, at now: Moment) throws(StoreError) -> [WorkerRecord]
  /// What all workers whose command began at `begun`, by the uptime of this boot, were asked to do
  /// since; nil for nothing.
  func stopOrder(since begun: Duration, at now: Moment) throws(StoreError) -> StopOrder?
  /// Asks workers to stop. A more urgent order stands.
  /// - Returns: the workers asked. Throws `notFound` for an id that isn't known, and asks none then.
  /// - Parameter run: asks them only if that is the run in their hands, as the order is about its job; nil asks them in any case. Throws
  ///   `wrongState`, and asks none, if it isn't.
  func requestStop(
    _ order: StopOrder, of workers: [WorkerID], during run: RunID?
  ) throws(StoreError) -> [WorkerRecord]

  // MARK: Acting on jobs

  /// Cancels jobs: those that wait at once. Those that are being run are marked, their workers hear of it with the next ``renew(_:at:)``
  /// and end them. Those that have ended stay as they are.
  /// - Returns: the jobs as they were found, each once. Throws `notFound` if one isn't there; none is cancelled then.
  /// - Parameter onlyWaiting: whether a job that is being run is none of those that are meant. Throws `wrongState` for one then, and
  ///   cancels none.
  func cancel(_ references: [String], onlyWaiting: Bool, at now: Moment) throws(StoreError) -> [Job]
  /// Has jobs run again: one that failed waits for its backoff no longer; one that is dead or was
  /// cancelled starts anew with 0 attempts, its history stays. The time of a cancelled one is kept
  /// while it lies ahead. All of those named, or none.
  /// - Returns: the jobs as they were found, each once. Throws `notFound`, or `wrongState` for one in another state.
  func retry(_ references: [String], at now: Moment) throws(StoreError) -> [Job]

  /// Changes a job that waits, and nothing of one that doesn't. A time in the past stands for now.
  /// - Returns: the job as it is now. Throws `notFound`, or `wrongState` for one that is neither pending nor failed.
  func edit(_ reference: String, _ edit: JobEdit, at now: Moment) throws(StoreError) -> Job
  /// Keeps what a run says of itself until the job is run again.
  /// - Parameter runName: the run's name among all databases.
  /// - Returns: false, and nothing is changed, when that run isn't going on.
  func setProgress(_ progress: JobProgress, of runName: String, at now: Moment) throws(StoreError)
    -> Bool

  // MARK: Dead jobs

  /// A dead job for which the command of `on-dead` is still to be run. It is kept from other workers as long as this one is known.
  /// - Returns: nil when there is none.
  func takeNotice(for worker: WorkerID, at now: Moment) throws(StoreError) -> DeathNotice?
  /// For how many dead jobs the command of `on-dead` is still to be run, or runs.
  func noticeCount() throws(StoreError) -> Int
  /// Says that the command was run for a job. Does nothing to a notice that this worker hasn't taken: the job was put back meanwhile, and
  /// has died again.
  func dropNotice(of job: JobID, by worker: WorkerID) throws(StoreError)
  /// Puts dead jobs back to pending with 0 attempts; their history stays. All of those named, or none.
  /// - Parameter dryRun: only tell, without any lock: the same answer, or the same error.
  /// - Throws: `notFound` or `wrongState` for a named job that doesn't exist, isn't dead, or whose
  /// key an
  ///   unfinished job has.
  func retryDead(_ selection: DeadSelection, dryRun: Bool, at now: Moment) throws(StoreError)
    -> DeadRetry

  // MARK: Moving

  /// All jobs with their history, in the order in which they were enqueued: at most `limit`, after `cursor`.
  func storedJobs(limit: Int, after cursor: JobPage.Cursor?, at now: Moment) throws(StoreError)
    -> StoredPage
  /// Stores jobs as they were in another queue, behind those that are here: all that `next` gives, in one step.
  ///
  /// They are taken ``StoredJob/atRest``. `each` hears of each in turn, and at the end again of those that wait for a job that isn't
  /// here. If `next` or `each` throws, nothing is stored and the error goes on to the caller.
  func restore(
    at now: Moment, next: () throws -> StoredJob?, each: (EnqueueResult) throws -> Void
  ) throws

  // MARK: Removing

  /// Removes dead jobs with their history: all of those named, or none.
  /// - Parameter dryRun: only tell, without any lock.
  /// - Returns: what was removed. Throws `notFound`, or `wrongState` for one that isn't dead, or
  /// that an
  ///   unfinished job waits for.
  func discardDead(_ references: [String], dryRun: Bool) throws(StoreError) -> RemovalStep
  /// Removes jobs that have ended, with their history: at most `limit`, those first that ended
  /// first, after `cursor`. Those that unfinished jobs wait for are left.
  /// - Parameter dryRun: only tell, without any lock.
  func removeEnded(
    _ query: RemovalQuery, limit: Int, after cursor: RemovalStep.Cursor?, dryRun: Bool,
    at now: Moment
  ) throws(StoreError) -> RemovalStep
  /// Forgets the names of queues that have neither jobs nor a setting, as figures and drains look
  /// at each: so many in one step.
  /// - Returns: whether there may be more.
  func forgetEmptyQueues(atMost limit: Int) throws(StoreError) -> Bool
  /// Which of these runs are known: what else is left of a run is left of one that was removed.
  func knownRuns(_ range: ClosedRange<Int64>) throws(StoreError) -> Set<Int64>
}

extension JobStore {
  /// Stores every job that `next` gives, in one step, whatever `each` hears.
  public func enqueue(
    at now: Moment, settings: Settings, next: () throws -> NewJob?,
    each: (EnqueueResult) throws -> Void
  ) throws {
    try enqueue(at: now, settings: settings, next: next, each: each, confirm: {})
  }

  /// Every run of a job, newest first.
  public func runs(of reference: String) throws(StoreError) -> [Attempt] {
    try runs(of: reference, limit: .max, before: nil)
  }

  /// Hands out the runs of a job, newest first, page by page, until `body` says that it needs no
  /// more.
  public func forEachRun(
    of reference: String, _ body: (Attempt) throws -> Bool
  ) throws {
    let pageSize = 200
    var last: RunID?
    while true {
      let page = try runs(of: reference, limit: pageSize, before: last)
      for run in page {
        guard try body(run) else { return }
      }
      guard page.count == pageSize, let next = page.last?.run else { return }
      last = next
    }
  }

  /// Asks workers to stop, whatever they have in hand.
  public func requestStop(
    _ order: StopOrder, of workers: [WorkerID]
  ) throws(StoreError) -> [WorkerRecord] {
    try requestStop(order, of: workers, during: nil)
  }

  /// Makes a worker known whose command begins now.
  public func register(
    _ process: ProcessIdentity, queues: [String], at now: Moment
  ) throws(StoreError) -> WorkerID {
    try register(process, queues: queues, begun: now.uptime, at: now)
  }

  /// Cancels jobs, whether they wait or are being run.
  public func cancel(_ references: [String], at now: Moment) throws(StoreError) -> [Job] {
    try cancel(references, onlyWaiting: false, at: now)
  }
}

/// How long a change of a store waits for others.
public enum StorePatience: Sendable {
  /// Longer than any change of ours takes but a bulk load of millions of jobs.
  case usual
  /// Not for so long that a run would miss to be looked after meanwhile, or a worker to be heard; it is tried again.
  case besideARun

  /// As a time.
  public var duration: Duration {
    switch self {
    case .usual: .seconds(60)
    case .besideARun: .milliseconds(500)
    }
  }
}

/// What became of one job that was to be stored.
public enum EnqueueResult: Equatable, Sendable {
  /// It is stored under this id.
  case added(JobID)
  /// The id is taken; the stored job is as it was.
  case exists(JobID)
  /// The key is taken by this job, which is unfinished; it is as it was.
  case keyTaken(String, by: JobID)
  /// It was stored, and is taken out again, for this reason: the rest of a sentence that starts with the job.
  case refused(JobID, reason: String)
}

/// What a worker that says it lives is told.
public enum RenewResult: Equatable, Sendable {
  /// Go on; or stop, if there is an order. And end the run in its hands, if its job was cancelled.
  case known(StopOrder?, cancelled: RunID? = nil)
  /// It was taken for dead, and has to register anew.
  case evicted
}

/// A job taken from a worker that is gone.
public struct ReclaimedJob: Equatable, Sendable {
  /// The job.
  public var job: JobID
  /// Pending; failed while it waits because it cost several workers; cancelled when its user asked
  /// for that; dead when it cost too many.
  public var state: JobState
  /// How long it waits; nil for not at all.
  public var delay: Duration?

  /// All of its parts.
  public init(job: JobID, state: JobState, delay: Duration? = nil) {
    self.job = job
    self.state = state
    self.delay = delay
  }
}
