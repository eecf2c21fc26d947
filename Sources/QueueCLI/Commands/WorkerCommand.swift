import ArgumentParser
import Glibc
import QueueCore
import QueueWorker

/// `queuectl worker`: the processes that run jobs.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Start, stop and list the workers that run jobs.",
    discussion: """
      EXAMPLES:
        $ queuectl worker start --count 3 --detach
        $ queuectl worker list
        $ queuectl worker stop
      """,
    subcommands: [WorkerStart.self, WorkerStop.self, WorkerList.self, WorkerRun.self])
}

/// What `worker start` hands on to each of its workers.
struct WorkerOptions: ParsableArguments {
  @Option(help: "Take jobs of this queue only; may be repeated.", completion: Completing.queues)
  var queue: [String] = []

  @Flag(help: "Leave when nothing is left to run, retries and scheduled jobs included.")
  var drain = false

  var arguments: [String] {
    queue.flatMap { ["--queue", $0] } + (drain ? ["--drain"] : [])
  }
}

/// `queuectl worker list`.
struct WorkerList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show the workers and what they do.",
    discussion: """
      EXAMPLES:
        $ queuectl worker list
        $ queuectl worker list --json
      """)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let session = try database.openReading()
    let now = session.clock.now()
    let workers = try WorkerView.all(in: session, at: now)
    guard !display.json else { return try display.printJSON { WorkerView.write(workers, to: &$0) } }
    guard !workers.isEmpty else {
      if !session.isMissing {
        ErrorReport.note("no workers: \"queuectl worker start\" starts some")
      }
      return
    }
    try display.print(WorkerView.table(workers, at: now))
  }
}

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
      .init(title: "WORKER"), .init(title: "PID", isNumber: true), .init(title: "HOST"),
      .init(title: "STATE"), .init(title: "BEAT", isNumber: true),
      .init(title: "JOB", isElastic: true), .init(title: "FOR", isNumber: true),
      .init(title: "DONE", isNumber: true), .init(title: "FAILED", isNumber: true),
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
