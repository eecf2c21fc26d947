package import QueueCore

extension WorkerRecord {
  /// Writes the worker as one object of JSON, for every face alike.
  /// - Parameters:
  ///   - status: its status, which depends on whether its process lives.
  ///   - trouble: why it can't start the job that it claimed; nil while it can.
  package func write(to writer: inout JSONWriter, as status: WorkerStatus, trouble: String?) {
    writer.object { json in
      json.field("role", "worker")
      json.field("id", id.description)
      json.field("pid", Int(process.pid))
      json.field("host", process.host)
      json.field("state", status.rawValue)
      json.field("job", current?.job.text)
      json.field("started_at", startedAt)
      json.field("heartbeat_at", heartbeatAt)
      json.field("completed", completed)
      json.field("failed", failed)
      json.field("queues", queues)
      json.field("trouble", trouble)
    }
  }
}
