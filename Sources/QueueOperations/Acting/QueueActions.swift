package import QueueCore
package import QueueHost

/// An operator's changes to a queue, with their notifications and log removal.
package struct QueueActions {
  private let store: any QueueOperator & QueueReader
  private let bell: any Bell
  private let logs: any LogShelf

  /// Creates the actions of one queue.
  package init(store: any QueueOperator & QueueReader, bell: any Bell, logs: any LogShelf) {
    self.store = store
    self.bell = bell
    self.logs = logs
  }

  // MARK: Jobs

  /// Retries jobs and wakes workers; see ``JobStore/retry(_:with:dryRun:at:)``.
  @discardableResult
  package func retry(
    _ selection: JobSelection, with edit: JobEdit? = nil, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    let step = try store.retry(selection, with: edit, dryRun: false, at: now)
    if !step.jobs.isEmpty { bell.ring(.work) }
    return step
  }

  /// Cancels jobs and notifies workers running them; see ``JobStore/cancel(_:at:)``.
  @discardableResult
  package func cancel(_ selection: JobSelection, at now: Moment) throws(StoreError) -> Cancellation
  {
    let result = try store.cancel(selection, at: now)
    // Dependants, or jobs waiting for room in the queue, may be ready now.
    bell.ring(.work)
    bell.ring(.end)
    try ringWorkers(of: result.found)
    return result
  }

  /// Pauses or resumes runs and notifies their workers; see ``JobStore/setPaused(_:runsOf:at:)``.
  @discardableResult
  package func setPaused(
    _ isPaused: Bool, runsOf selection: JobSelection, at now: Moment
  ) throws(StoreError) -> Cancellation {
    let result = try store.setPaused(isPaused, runsOf: selection, at: now)
    try ringWorkers(of: result.found)
    return result
  }

  /// Has the workers of running jobs read their orders now.
  private func ringWorkers(of jobs: [Job]) throws(StoreError) {
    let running = Set(jobs.filter { $0.state == .processing }.map(\.id))
    guard !running.isEmpty else { return }
    let workers = try store.workers().filter { worker in
      worker.current.map { running.contains($0.job) } == true
    }
    bell.ring(.orders(workers.map(\.process)))
  }

  /// Edits jobs and wakes workers; see ``JobStore/edit(_:_:dryRun:at:)``.
  package func edit(
    _ selection: JobSelection, _ edit: JobEdit, at now: Moment
  ) throws(StoreError) -> SelectionStep {
    let step = try store.edit(selection, edit, dryRun: false, at: now)
    if !step.jobs.isEmpty { bell.ring(.work) }
    return step
  }

  /// Removes ended jobs and their logs; see ``JobStore/remove(_:limit:after:dryRun:at:)``.
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

  /// Pauses or resumes queues; see ``JobStore/setPaused(_:_:)``.
  package func setPaused(_ isPaused: Bool, _ selection: QueueSelection) throws(StoreError) {
    try store.setPaused(isPaused, selection)
    if !isPaused { bell.ring(.work) }
  }

  /// Sets a queue's limit of running jobs; see ``JobStore/setRunningLimit(_:of:)``.
  package func setRunningLimit(_ limit: Int?, of queue: String) throws(StoreError) {
    try store.setRunningLimit(limit, of: queue)
    bell.ring(.work)
  }

  /// Requests workers to stop; see ``JobStore/requestStop(_:of:during:)``.
  @discardableResult
  package func requestStop(
    _ order: StopOrder, of workers: [WorkerID], during run: RunID? = nil
  ) throws(StoreError) -> [WorkerRecord] {
    let asked = try store.requestStop(order, of: workers, during: run)
    bell.ring(.orders(asked.map(\.process)))
    return asked
  }
}
