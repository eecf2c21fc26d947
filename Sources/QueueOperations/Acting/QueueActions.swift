package import QueueCore
package import QueueHost

/// What is done to a queue by those who look after it: the change in the store, and all that has to
/// follow it. Workers hear of work and of orders, commands that wait hear of ends, and the output
/// of what is gone goes.
package struct QueueActions {
  private let store: any QueueOperator & QueueReader
  private let bell: any Bell
  private let logs: any LogShelf

  /// All of its parts.
  package init(store: any QueueOperator & QueueReader, bell: any Bell, logs: any LogShelf) {
    self.store = store
    self.bell = bell
    self.logs = logs
  }

  // MARK: Jobs

  /// Has jobs run again; see ``JobStore/retry(_:dryRun:at:)``.
  @discardableResult
  package func retry(_ selection: JobSelection, at now: Moment) throws(StoreError) -> SelectionStep
  {
    let step = try store.retry(selection, dryRun: false, at: now)
    if !step.jobs.isEmpty { bell.ring(.work) }
    return step
  }

  /// Cancels jobs, and has the workers of those that are being run end them; see
  /// ``JobStore/cancel(_:at:)``.
  @discardableResult
  package func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation
  {
    let result = try store.cancel(selection, at: now)
    // What waited for them, or for their place, may be ready.
    bell.ring(.work)
    bell.ring(.end)
    let running = Set(result.found.filter { $0.state == .processing }.map(\.id))
    if !running.isEmpty {
      let workers = try store.workers().filter { worker in
        worker.current.map { running.contains($0.job) } == true
      }
      bell.ring(.orders(workers.map(\.process)))
    }
    return result
  }

  /// Changes a job that waits; see ``JobStore/edit(_:_:at:)``.
  package func edit(
    _ reference: String, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> Job {
    let job = try store.edit(reference, edit, at: now)
    bell.ring(.work)
    return job
  }

  /// Removes jobs that have ended, and their logs; see
  /// ``JobStore/remove(_:limit:after:dryRun:at:)``.
  @discardableResult
  package func remove(
    _ selection: JobSelection, limit: Int = .max, after cursor: JobPage.Cursor? = nil,
    at now: Moment
  ) throws(StoreError) -> SelectionStep {
    let step = try store.remove(selection, limit: limit, after: cursor, dryRun: false, at: now)
    logs.removeLogs(of: step.runs)
    return step
  }

  // MARK: Queues and workers

  /// Holds jobs back, or gives them out again; see ``JobStore/setPaused(_:_:)``.
  package func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError) {
    try store.setPaused(isPaused, selection)
    if !isPaused { bell.ring(.work) }
  }

  /// Says how many jobs of a queue may run at once; see ``JobStore/setRunningLimit(_:of:)``.
  package func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError) {
    try store.setRunningLimit(limit, of: queue)
    bell.ring(.work)
  }

  /// Asks workers to stop; see ``JobStore/requestStop(_:of:during:)``.
  @discardableResult
  package func requestStop(
    _ order: StopOrder, of workers: [WorkerID], during run: RunID? = nil
  ) throws(StoreError) -> [WorkerRecord] {
    let asked = try store.requestStop(order, of: workers, during: run)
    bell.ring(.orders(asked.map(\.process)))
    return asked
  }
}
