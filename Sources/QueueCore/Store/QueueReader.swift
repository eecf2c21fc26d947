/// Reads jobs, queues, workers and settings; every method is atomic, see ``JobStore``.
public protocol QueueReader: AnyObject {
  /// Runs all reads of `body` on one snapshot. Keep it short, because it delays checkpoints.
  func reading<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result
  /// Returns up to `limit` matching jobs after `cursor`, in the query's order.
  /// - Throws: `tooMany` if there are too many to sort without an index, see ``JobOrder``.
  func jobs(_ query: JobQuery, limit: Int, after cursor: JobPage.Cursor?, at now: Moment)
    throws(StoreError) -> JobPage
  /// Searches the next `examining` jobs after `cursor`, so that each step costs the same.
  /// Returns up to `limit` matches, but counts all. The query names at most one state.
  func search(
    _ query: JobQuery, limit: Int, examining count: Int, after cursor: JobPage.Cursor?,
    at now: Moment
  ) throws(StoreError) -> JobSearchStep
  /// Returns the job with this id or a unique prefix of a generated one; else throws `notFound`.
  func job(_ reference: String, at now: Moment) throws(StoreError) -> Job
  /// Returns up to `limit` runs of a job, newest first, starting before `run` or at the newest.
  func runs(of reference: String, limit: Int, before run: RunID?) throws(StoreError) -> [Run]
  /// Returns the run if it belongs to the job; else nil.
  func run(_ run: RunID, of reference: String) throws(StoreError) -> Run?
  /// Returns the number of jobs by queue and state.
  func summary() throws(StoreError) -> QueueSummary
  /// Returns the number of jobs with a tag by queue and state, by counting them.
  func summary(tagged tag: String) throws(StoreError) -> QueueSummary
  /// Returns up to `limit` tags of jobs that begin with `prefix`, in order.
  func tags(startingWith prefix: String, atMost limit: Int) throws(StoreError) -> [String]
  /// Returns the controls of all queues.
  func queueControls() throws(StoreError) -> QueueControls
  /// Returns up to `limit` unfinished jobs that wait for a job, in order of arrival.
  func dependants(of reference: String, atMost limit: Int) throws(StoreError) -> [JobID]
  /// Returns the unfinished job that holds a unique key.
  func unfinishedJob(withKey key: String) throws(StoreError) -> JobID?
  /// Counts the ready jobs ahead of a job in its queue, up to `limit`.
  func jobsAhead(of reference: String, atMost limit: Int) throws(StoreError) -> Int
  /// Counts the dead jobs whose `on-dead` command hasn't completed.
  func dueHookCount() throws(StoreError) -> Int
  /// Returns all registered workers, by id.
  func workers() throws(StoreError) -> [WorkerRecord]
  /// Returns the settings in force.
  func settings() throws(StoreError) -> Settings
  /// Whether another connection has committed since the last call. Costs microseconds.
  func hasChanged() throws(StoreError) -> Bool
  /// Whether the open store was moved, removed or replaced; new processes don't see its changes.
  func hasMoved() -> Bool
  /// Whether a newer version has migrated the queue since it was opened; stop using it then.
  func isOutdated() throws(StoreError) -> Bool
}

extension QueueReader {
  /// Returns every run of a job, newest first.
  public func runs(of reference: String) throws(StoreError) -> [Run] {
    try runs(of: reference, limit: .max, before: nil)
  }

  /// Pages through the runs of a job, newest first, until `body` returns false.
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
