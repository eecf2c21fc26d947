import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct StatusView {
  private let database: String
  private let now: Moment
  private let summary: QueueSummary
  private let workers: [WorkerView]
  private let supervisors: KnownSupervisors
  private let controls: QueueControls
  /// Dead jobs with a pending `on-dead` command.
  private let dueHookCount: Int
  private let schedules: ScheduleCounts

  init(of session: Session) throws {
    database = session.location.shown
    now = session.clock.now()
    summary = try session.store.summary()
    workers = try WorkerView.all(in: session, at: now)
    supervisors = KnownSupervisors(in: session)
    controls = try session.store.queueControls()
    dueHookCount = try session.store.dueHookCount()
    schedules = try session.store.scheduleCounts(at: now)
  }

  func lines(for terminal: Terminal) -> [String] {
    let widest = JobState.allCases.map { "\(summary.count($0))".count }.max() ?? 1
    var lines = JobState.allCases.map { state in
      let number = "\(summary.count(state))"
      let space = String(repeating: " ", count: 12 - state.rawValue.count + widest - number.count)
      let line = "\(state.rawValue)\(space)\(number)"
      return summary.count(state) > 0 ? terminal.colored(line, as: state) : line
    }
    if schedules.all > 0 { lines.append("schedules: \(schedules.text)") }
    let busy = workers.count {
      $0.condition == .busy || $0.condition == .stopping && $0.record.current != nil
    }
    lines.append(
      "workers: \(workers.count - lost) (\(busy) busy)" + (lost > 0 ? ", \(lost) lost" : ""))
    if !workers.isEmpty { lines += WorkerView.table(workers, at: now).lines(for: terminal) }
    return lines
  }

  var notes: [String] {
    var notes = controls.notes + WorkerView.troubles(workers)
    let waiting = summary.unfinished()
    let restart = supervisors.restart(serving: nil, at: now)
    if let trouble = supervisors.trouble {
      notes.append(trouble)
    } else if workers.count == lost, let restart {
      notes.append(
        "no worker runs; one starts " + (restart > .zero ? "in \(restart.brief)" : "now"))
    } else if workers.count == lost, waiting > 0 {
      notes.append(
        "\(waiting) \(waiting == 1 ? "job waits" : "jobs wait"), and no worker runs: \"queuectl "
          + "worker start\""
      )
    } else if workers.count == lost, schedules.all > schedules.paused {
      notes.append("no worker runs, so no schedule enqueues anything: \"queuectl worker start\"")
    }
    if dueHookCount > 0 { notes.append(Self.untold(dueHookCount)) }
    return notes
  }

  static func untold(_ count: Int) -> String {
    "the on-dead command is due for \(count, of: "dead job")"
  }

  func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("database", database)
      json.key("jobs")
      summary.write(to: &json)
      json.key("workers")
      WorkerView.write(workers, to: &json)
      json.field("on_dead_backlog", dueHookCount)
      json.key("schedules")
      schedules.write(to: &json)
      json.key("supervisors")
      if supervisors.trouble == nil {
        WorkerView.write([], supervisors.list, to: &json)
      } else {
        json.null()
      }
    }
  }

  private var lost: Int { workers.count { $0.condition == .lost } }
}
