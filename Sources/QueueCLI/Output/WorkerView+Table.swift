import QueueCore
import QueueHost
import QueueOperations
import QueueSession
import QueueWorker

extension WorkerView {
  static func all(in session: Session, at now: Moment) throws -> [WorkerView] {
    let records = try session.store.workers()
    guard !records.isEmpty else { return [] }
    let liveness = session.directory.liveness()
    return records.map { record in
      WorkerView(record, isLost: liveness.isGone(record, at: now)) {
        WorkerLock.note(of: $0.process, in: session.directory)
      }
    }
  }

  static func troubles(_ workers: [WorkerView]) -> [String] {
    workers.compactMap { worker in
      guard let trouble = worker.trouble, let job = worker.record.current?.job else { return nil }
      return "\(worker.record.id) can't start \"\(job)\" yet: \(trouble)"
    }
  }

  /// A note about workers of another version than this program; nil for none.
  static func versionNote(_ workers: [WorkerView]) -> String? {
    let others = workers.filter(\.isOfAnotherVersion).map { "\($0.record.id)" }
    guard !others.isEmpty else { return nil }
    let names = others.prefix(3).joined(separator: ", ") + (others.count > 3 ? " and more" : "")
    return "\(names) \(others.count == 1 ? "runs" : "run") another version than this program, "
      + "\(Queuectl.build): \"queuectl worker restart\""
  }

  private var isOfAnotherVersion: Bool {
    condition != .lost && record.version != nil && record.version != Queuectl.build
  }

  /// The run's leftover processes, or those the worker can't end.
  func leftovers(in session: Session) -> Leftovers {
    guard let current = record.current else { return .none }
    return session.runner().leftovers(
      of: current, in: record.process, isLost: condition == .lost)
  }

  static func table(
    _ workers: [WorkerView], _ supervisors: [SupervisorRecord] = [], at now: Moment
  ) -> Table {
    let hasVersions = workers.contains(where: \.isOfAnotherVersion)
    let columns: [Table.Column] = [
      .init(title: "WORKER"), .init(title: "PID", isNumber: true), .init(title: "HOST", rank: 6),
      .init(title: "STATE"), .init(title: "BEAT", isNumber: true, rank: 3),
      .init(title: "JOB", isElastic: true, isName: true),
      .init(title: "FOR", isNumber: true, rank: 2),
      .init(title: "DONE", isNumber: true, rank: 5),
      .init(title: "FAILED", isNumber: true, rank: 4),
    ]
    var table = Table(columns + (hasVersions ? [.init(title: "VERSION", rank: 7)] : []))
    for worker in workers {
      let record = worker.record
      table.add(
        [
          .init(record.id.description), .init("\(record.process.pid)"), .init(record.process.host),
          .init(worker.condition.rawValue), .init(record.silence(at: now).brief),
          .init(record.current?.job.text ?? "-"),
          .init(record.current.map { (now.wall - $0.since).brief } ?? "-"),
          .init("\(record.completed)"), .init("\(record.failed)"),
        ] + (hasVersions ? [.init(record.version ?? "-")] : []))
    }
    for supervisor in supervisors {
      table.add(
        [
          .init("supervisor"), .init("\(supervisor.process.pid)"), .init(supervisor.process.host),
          .init(supervisor.state), .init("-"), .init(supervisor.purpose(at: now)), .init("-"),
          .init("-"), .init("-"),
        ] + (hasVersions ? [.init("-")] : []))
    }
    return table
  }

  /// Writes the workers, then the supervisors, distinguished by `role`.
  static func write(
    _ workers: [WorkerView], _ supervisors: [SupervisorRecord] = [], to writer: inout JSONWriter
  ) {
    writer.array { json in
      for worker in workers { worker.write(to: &json) }
      for supervisor in supervisors { supervisor.write(to: &json) }
    }
  }
}

extension SupervisorRecord {
  fileprivate func purpose(at now: Moment) -> String {
    let workers = "\(count, of: "worker")"
    guard restartsAt != nil, let wait = restart(serving: nil, at: now) else { return workers }
    return workers + (wait > .zero ? ", one starts in \(wait.brief)" : ", one starts now")
  }

  func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("role", "supervisor")
      json.field("id", String?.none)
      json.field("pid", Int(process.pid))
      json.field("host", process.host)
      json.field("state", state)
      json.field("started_at", startedAt)
      json.field("workers", count)
      json.field("restart_at", restartsAt)
      json.field("queues", queues)
    }
  }
}
