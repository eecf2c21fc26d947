import QueueCore
import QueueWorker

/// A worker and whether it is still there, ready to be shown.
struct WorkerView {
  let record: WorkerRecord
  let condition: WorkerCondition

  static func all(in session: Session, at now: Moment) throws -> [WorkerView] {
    let records = try session.store.workers()
    guard !records.isEmpty else { return [] }
    let liveness = session.liveness()
    return records.map { record in
      let isLost = liveness.isGone(record, at: now)
      return WorkerView(record: record, condition: record.condition(isLost: isLost))
    }
  }

  static func table(_ workers: [WorkerView], at now: Moment) -> Table {
    var table = Table([
      .init(title: "WORKER"), .init(title: "PID", isNumber: true), .init(title: "HOST", rank: 6),
      .init(title: "STATE"), .init(title: "BEAT", isNumber: true, rank: 3),
      .init(title: "JOB", isElastic: true), .init(title: "FOR", isNumber: true, rank: 2),
      .init(title: "DONE", isNumber: true, rank: 5),
      .init(title: "FAILED", isNumber: true, rank: 4),
    ])
    for worker in workers {
      let record = worker.record
      table.add([
        .init(record.id.description), .init("\(record.process.pid)"), .init(record.process.host),
        .init(worker.condition.rawValue), .init(record.silence(at: now).brief),
        .init(record.current?.job.text ?? "-"),
        .init(record.current.map { (now.wall - $0.since).brief } ?? "-"),
        .init("\(record.completed)"), .init("\(record.failed)"),
      ])
    }
    return table
  }

  static func write(_ workers: [WorkerView], to writer: inout JSONWriter) {
    writer.array { json in
      for worker in workers { worker.write(to: &json) }
    }
  }

  private func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("id", record.id.description)
      json.field("pid", Int(record.process.pid))
      json.field("host", record.process.host)
      json.field("state", condition.rawValue)
      json.field("job", record.current?.job.text)
      json.field("started_at", record.startedAt)
      json.field("heartbeat_at", record.heartbeatAt)
      json.field("completed", record.completed)
      json.field("failed", record.failed)
      json.key("queues")
      json.array { json in record.queues.forEach { json.value($0) } }
    }
  }
}
