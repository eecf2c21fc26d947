import QueueCore
import QueueOperations

/// The pane and the tab of workers.
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

  /// The table of the workers' tab.
  func workerPage(rows: Int) -> [Line] {
    let workers = state.sortedWorkers
    guard !workers.isEmpty else {
      return emptyTable("no workers: \"queuectl worker start\"", isRead: state.snapshot?.workers)
    }
    let selection = state.workerTable.selection
    return table(
      workerColumns(isPage: true), workers.dropFirst(selection.top).prefix(rows),
      chosen: selection.index, shift: state.shift)
  }

  private func workerColumns(isPage: Bool = false) -> Columns<WorkerView> {
    let now = now
    let idWidth = state.workers.map { $0.record.id.description.count }.max() ?? 2
    let jobWidth = state.workers.compactMap { $0.record.current.map { TextWidth.of($0.job.text) } }
    let queuesWidth = state.workers.map { TextWidth.of(Self.queues(of: $0)) }.max() ?? 0
    func column(
      _ sort: WorkerSort, _ width: Int, isNumber: Bool = false, rank: Int? = nil,
      cell: @escaping (WorkerView) -> (text: String, style: Style)
    ) -> Column<WorkerView> {
      let isSorted = isPage && state.workerTable.sort == sort
      let title = sort.title + (isSorted ? mark(isReversed: state.workerTable.isReversed) : "")
      return Column(
        title: title, width: max(width, title.count), isNumber: isNumber,
        isName: sort == .job, dropRank: rank, target: isPage ? .workers(sort) : nil, cell: cell)
    }
    var all = [
      column(.worker, max(6, idWidth)) { ($0.record.id.description, .plain) },
      Column(title: "PID", width: 7, isNumber: true, dropRank: 10) {
        ("\($0.record.process.pid)", .plain)
      },
    ]
    if width >= 110 || state.showsAllColumns || isPage {
      all.append(column(.host, 10, rank: 5) { ($0.record.process.host, .plain) })
    }
    if isPage {
      all.append(
        Column(title: "QUEUES", width: max(6, min(queuesWidth, width / 5)), dropRank: 6) {
          (Self.queues(of: $0), .plain)
        })
    }
    all += [
      column(.state, 5) { worker in
        worker.trouble == nil
          ? (Self.word(worker.condition), Self.style(worker.condition)) : ("HELD", .alarm)
      },
      column(.silence, 5, isNumber: true) { worker in
        (Format.elapsed(worker.record.silence(at: now)), .plain)
      },
      column(.job, max(9, min(24, jobWidth.max() ?? 0)), rank: isPage ? 8 : nil) { worker in
        (worker.record.current?.job.text ?? "-", .plain)
      },
      column(.elapsed, 5, isNumber: true) { worker in
        (worker.record.current.map { Format.elapsed(now.wall - $0.since) } ?? "-", .plain)
      },
      column(.done, 5, isNumber: true, rank: 11) { (Format.short($0.record.completed), .plain) },
    ]
    if width >= 110 || state.showsAllColumns || isPage {
      all += [
        column(.failed, 5, isNumber: true, rank: 7) { worker in
          (Format.short(worker.record.failed), .plain)
        },
        column(.age, 5, isNumber: true, rank: 4) { worker in
          (Format.elapsed(now.wall - worker.record.startedAt), .plain)
        },
      ]
    }
    let versions = Set(state.workers.map(\.record.version))
    if isPage, versions != [nil] {
      // Where workers differ, an update is under way.
      let rank = versions.count > 1 ? 9 : 2
      all.append(
        Column(title: "VERSION", width: 15, dropRank: rank) { ($0.record.version ?? "-", .plain) })
    }
    all.append(
      Column(title: "COMMAND", width: 0, isElastic: true, dropRank: 1) {
        $0.trouble.map { ("can't start it: \($0)", .alarm) } ?? ($0.command ?? "-", .plain)
      })
    return Columns(all, room: width - 4)
  }

  private static func queues(of worker: WorkerView) -> String {
    let queues = worker.record.queues
    return queues.isEmpty ? "all" : queues.joined(separator: " ")
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
