import QueueCore
import QueueOperations

/// The workers: their title, and a row each.
extension Renderer {
  func workersPane(rows: Int) -> [Line] {
    guard !state.workers.isEmpty else { return [noWorkers()] }
    return [workersTitle()] + workerTable(rows: rows)
  }

  private func workersTitle() -> Line {
    rule { line in
      line.put(" WORKERS ", state.pane == .workers ? .strong : .plain)
      putWorkerCounts(on: &line)
      if let paused = state.pausedText { line.put("   \(paused)", .warning) }
      line.put(" ")
    } right: { line in
      let hidden = state.workers.count - state.layout.workerRows
      if hidden > 0 { line.put(" +\(hidden) more ") }
      line.put(" busy \(busy)/\(up) ")
    }
  }

  func putWorkerCounts(on line: inout Line) {
    line.put("\(up) up", .plain)
    if lost > 0 {
      line.put(", ")
      line.put("\(lost) LOST", .alarm)
    }
  }

  private var lost: Int { state.workers.count { $0.condition == .lost } }
  private var up: Int { state.workers.count - lost }
  private var busy: Int {
    state.workers.count { $0.condition != .lost && $0.record.current != nil }
  }

  private func noWorkers() -> Line {
    let waiting = state.summary.unfinished()
    return rule { line in
      line.put(" WORKERS none", waiting > 0 ? .alarm : .plain)
      if waiting > 0 {
        line.put(", \(Format.grouped(waiting)) \(waiting == 1 ? "job waits" : "jobs wait"): ")
        line.put("\"queuectl worker start\"")
      }
      if let paused = state.pausedText { line.put("   \(paused)", .warning) }
      line.put(" ")
    }
  }

  /// The headings and the rows.
  func workerTable(rows: Int) -> [Line] {
    let selection = state.workerSelection
    let lines = table(
      workerColumns(), state.workers.dropFirst(selection.top).prefix(rows),
      chosen: state.pane == .workers && hasCursor ? selection.index : nil, shift: state.shift)
    return filled(lines, to: rows + 1)
  }

  private func workerColumns() -> Columns<WorkerLine> {
    let now = now
    let idWidth = state.workers.map { $0.record.id.description.count }.max() ?? 2
    let jobWidth = state.workers.compactMap { $0.record.current.map { TextWidth.of($0.job.text) } }
    var all: [Column<WorkerLine>] = [
      Column(title: "WORKER", width: max(6, idWidth)) { ($0.record.id.description, .plain) },
      Column(title: "PID", width: 7, isNumber: true) { ("\($0.record.process.pid)", .plain) },
      Column(title: "STATE", width: 5) { worker in
        worker.trouble == nil
          ? (Self.word(worker.condition), Self.style(worker.condition)) : ("HELD", .alarm)
      },
      Column(title: "BEAT", width: 5, isNumber: true) { worker in
        (Format.elapsed(worker.record.silence(at: now)), .plain)
      },
      Column(title: "JOB", width: max(9, min(24, jobWidth.max() ?? 0))) { worker in
        (worker.record.current?.job.text ?? "-", .plain)
      },
      Column(title: "FOR", width: 5, isNumber: true) { worker in
        (worker.record.current.map { Format.elapsed(now.wall - $0.since) } ?? "-", .plain)
      },
      Column(title: "DONE", width: 5, isNumber: true) {
        (Format.short($0.record.completed), .plain)
      },
    ]
    if width >= 110 || state.showsAllColumns {
      all.insert(
        Column(title: "HOST", width: 10, dropRank: 5) { ($0.record.process.host, .plain) }, at: 2)
      all += [
        Column(title: "FAIL", width: 5, isNumber: true, dropRank: 7) { worker in
          (Format.short(worker.record.failed), .plain)
        },
        Column(title: "UP", width: 5, isNumber: true, dropRank: 6) { worker in
          (Format.elapsed(now.wall - worker.record.startedAt), .plain)
        },
      ]
    }
    all.append(
      Column(title: "COMMAND", width: 0, isElastic: true, dropRank: 1) {
        $0.trouble.map { ("can't start it: \($0)", .alarm) } ?? ($0.command ?? "-", .plain)
      })
    return Columns(all, room: width - 4)
  }

  private static func word(_ condition: WorkerStatus) -> String {
    switch condition {
    case .idle: "idle"
    case .busy: "busy"
    case .stopping: "DRAIN"
    case .lost: "LOST"
    }
  }

  private static func style(_ condition: WorkerStatus) -> Style {
    switch condition {
    case .idle: .faint
    case .busy: .plain
    case .stopping: .warning
    case .lost: .alarm
    }
  }
}
