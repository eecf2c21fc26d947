package import QueueCore
package import QueueOperations

/// What every page shows around its own content.
package struct Frame: Sendable {
  package let now: Moment
  package let summary: QueueSummary
  package let controls: QueueControls
  package let workers: [WorkerRow]
  package let scheduleCount: Int

  package init(
    _ store: any JobStore, host: MonitorDependencies, at now: Moment
  ) throws(StoreError) {
    self.now = now
    summary = try store.summary()
    controls = try store.queueControls()
    workers = try WorkerRow.all(in: store, host: host, at: now)
    scheduleCount = try store.schedules().count
  }

  /// The workers that aren't lost.
  package var present: [WorkerRow] { workers.filter { $0.status != .lost } }

  /// The number of jobs in a state, or of all for nil.
  package func count(_ state: JobState?) -> Int {
    state.map { summary.count($0) } ?? JobState.allCases.reduce(0) { $0 + summary.count($1) }
  }
}

/// A worker as it is shown.
package struct WorkerRow: Sendable {
  package let record: WorkerRecord
  package let status: WorkerStatus
  /// Why it can't start the job that it claimed; nil while it can.
  package let trouble: String?

  static func all(
    in store: any QueueReader, host: MonitorDependencies, at now: Moment
  ) throws(StoreError) -> [WorkerRow] {
    try store.workers().map { record in
      WorkerRow(
        record: record, status: record.condition(isLost: host.isGone(record, now)),
        trouble: record.current == nil ? nil : host.trouble(record))
    }
  }
}
