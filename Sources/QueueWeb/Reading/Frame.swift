package import QueueCore
package import QueueOperations

/// The content of every page's frame.
package struct Frame: Sendable {
  package let now: Moment
  package let summary: QueueSummary
  package let controls: QueueControls
  package let workers: [WorkerView]
  package let schedules: ScheduleCounts

  package init(
    _ store: any JobStore, host: MonitorDependencies, at now: Moment
  ) throws(StoreError) {
    self.now = now
    summary = try store.summary()
    controls = try store.queueControls()
    workers = try WorkerView.all(in: store, host: host, at: now)
    schedules = try store.scheduleCounts(at: now)
  }

  /// The workers that aren't lost.
  package var present: [WorkerView] { workers.filter { $0.condition != .lost } }

  /// Returns the number of jobs in a state; nil for all.
  package func count(_ state: JobState?) -> Int {
    state.map { summary.count($0) } ?? JobState.allCases.reduce(0) { $0 + summary.count($1) }
  }
}
