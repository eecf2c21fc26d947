import QueueCore
import QueueWorker

/// What `status` shows, read at one moment.
struct StatusView {
  private let database: String
  private let now: Moment
  private let summary: QueueSummary
  private let workers: [WorkerView]
  private let controls: QueueControls

  init(of session: Session) throws {
    database = session.directory.database
    now = session.clock.now()
    summary = try session.store.summary()
    workers = try WorkerView.all(in: session, at: now)
    controls = try session.store.queueControls()
  }

  /// A line a state, and the workers.
  func lines(for terminal: Terminal) -> [String] {
    let widest = JobState.allCases.map { "\(summary.count($0))".count }.max() ?? 1
    var lines = JobState.allCases.map { state in
      let number = "\(summary.count(state))"
      let space = String(repeating: " ", count: 12 - state.rawValue.count + widest - number.count)
      let line = "\(state.rawValue)\(space)\(number)"
      return summary.count(state) > 0 ? terminal.colored(line, as: state) : line
    }
    let busy = workers.count {
      $0.condition == .busy || $0.condition == .stopping && $0.record.current != nil
    }
    lines.append(
      "workers: \(workers.count - lost) (\(busy) busy)" + (lost > 0 ? ", \(lost) lost" : ""))
    if !workers.isEmpty { lines += WorkerView.table(workers, at: now).lines(for: terminal) }
    return lines
  }

  /// What should be known besides.
  var notes: [String] {
    var notes = controls.notes
    let waiting = summary.unfinished()
    if workers.count == lost, waiting > 0 {
      notes.append(
        "\(waiting) \(waiting == 1 ? "job waits" : "jobs wait"), and no worker runs: \"queuectl worker start\""
      )
    }
    return notes
  }

  func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("database", database)
      json.key("jobs")
      summary.write(to: &json)
      json.key("workers")
      WorkerView.write(workers, to: &json)
    }
  }

  private var lost: Int { workers.count { $0.condition == .lost } }
}
