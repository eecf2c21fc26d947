/// What everybody asks of a queue: its jobs, its queues, its workers, its settings.
///
/// Every method is one atomic step, see ``JobStore``.
public protocol QueueReader: AnyObject {
  /// Makes all looks in `body` at one moment of the queue, whatever others change meanwhile. Short:
  /// until it is over, what they write can't be tidied up. Nothing is changed in it.
  func reading<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result
  /// Jobs that match, in the query's order: at most `limit`, after `cursor`. Throws `tooMany` where
  /// no index has that order and there are too many to sort, see ``JobOrder``.
  func jobs(_ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment)
    throws(StoreError) -> JobPage
  /// Looks through the next `examining` jobs, those after `cursor` in the query's order, for those
  /// that match. So a search through any number of jobs is made of steps that cost alike. The query
  /// names one state at most.
  /// - Parameter limit: how many of them to hand out; all are counted.
  func search(
    _ query: JobQuery, limit: Int, examining count: Int, after cursor: JobPage.Cursor?,
    at now: Moment
  ) throws(StoreError) -> JobSearchStep
  /// The job of that id, or the only one whose made id begins so. Throws `notFound` otherwise.
  func job(_ reference: String, at now: Moment) throws(StoreError) -> Job
  /// The runs of a job, newest first: at most `limit`, those before `run`, or the newest for nil.
  /// The job is named as in ``job(_:at:)``.
  func runs(of reference: String, limit: Int, before run: RunID?) throws(StoreError) -> [Run]
  /// The run of this number, if it is one of the job's; nil otherwise. The job is named as in
  /// ``job(_:at:)``.
  func run(_ run: RunID, of reference: String) throws(StoreError) -> Run?
  /// How many jobs are in which state.
  func summary() throws(StoreError) -> QueueSummary
  /// What is set about queues.
  func queueControls() throws(StoreError) -> QueueControls
  /// The unfinished jobs that wait for a job, in the order of their arrival; no more than `limit`.
  func dependants(of reference: String, atMost limit: Int) throws(StoreError) -> [JobID]
  /// The unfinished job that has this key; nil for none.
  func unfinishedJob(withKey key: String) throws(StoreError) -> JobID?
  /// How many ready jobs of its queue come before a job; counted no further than `limit`.
  func jobsAhead(of reference: String, atMost limit: Int) throws(StoreError) -> Int
  /// For how many dead jobs the command of `on-dead` is still to be run, or runs.
  func dueHookCount() throws(StoreError) -> Int
  /// All registered workers, by id.
  func workers() throws(StoreError) -> [WorkerRecord]
  /// The settings in force.
  func settings() throws(StoreError) -> Settings
  /// Whether anybody else has changed anything since this was last asked. Costs microseconds.
  func hasChanged() throws(StoreError) -> Bool
  /// Whether what was opened isn't found under its name any more, as it was moved, removed or
  /// replaced: whoever opens that name now sees nothing of what is done here.
  func hasMoved() -> Bool
  /// Whether a newer version has brought the queue up to date since it was opened, so that this one
  /// had better leave it alone.
  func isOutdated() throws(StoreError) -> Bool
}

extension QueueReader {
  /// Every run of a job, newest first.
  public func runs(of reference: String) throws(StoreError) -> [Run] {
    try runs(of: reference, limit: .max, before: nil)
  }

  /// Hands out the runs of a job, newest first, page by page, until `body` says that it needs no
  /// more.
  public func forEachRun(
    of reference: String, _ body: (Run) throws -> Bool
  ) throws {
    let pageSize = 200
    var last: RunID?
    while true {
      let page = try runs(of: reference, limit: pageSize, before: last)
      for run in page {
        guard try body(run) else { return }
      }
      guard page.count == pageSize, let next = page.last?.id else { return }
      last = next
    }
  }
}
