package import QueueCore

/// A worker as it is displayed.
package struct WorkerView: Equatable, Sendable {
  package var record: WorkerRecord
  package var condition: WorkerStatus
  /// Why it can't start the job that it claimed; nil while it can, and for a lost worker.
  package var trouble: String?
  /// The command of its job; nil when idle, or if it wasn't read.
  package var command: String?

  /// - Parameter trouble: returns the worker's own note; called only if it matters.
  package init(
    _ record: WorkerRecord, isLost: Bool, trouble: (WorkerRecord) -> String? = { _ in nil }
  ) {
    self.record = record
    condition = record.condition(isLost: isLost)
    self.trouble = isLost || record.current == nil ? nil : trouble(record)
  }

  /// Reads all registered workers.
  package static func all(
    in store: any QueueReader, host: MonitorDependencies, at now: Moment
  ) throws(StoreError) -> [WorkerView] {
    try store.workers().map {
      WorkerView($0, isLost: host.isGone($0, now), trouble: host.trouble)
    }
  }

  /// Writes it as one object of JSON.
  package func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("role", "worker")
      json.field("id", record.id.description)
      json.field("pid", Int(record.process.pid))
      json.field("host", record.process.host)
      json.field("state", condition.rawValue)
      json.field("job", record.current?.job.text)
      json.field("version", record.version)
      json.field("started_at", record.startedAt)
      json.field("heartbeat_at", record.heartbeatAt)
      json.field("completed", record.completed)
      json.field("failed", record.failed)
      json.field("queues", record.queues)
      json.field("trouble", trouble)
    }
  }
}
