import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct StatusView {
  private let database: String
  private let now: Moment
  private let tag: String?
  private let summary: QueueSummary
  private let workers: [WorkerView]
  private let supervisors: KnownSupervisors
  private let controls: QueueControls
  /// Dead jobs with a pending `on-dead` command.
  private let dueHookCount: Int
  private let schedules: ScheduleCounts

  /// - Parameter tag: the only jobs that are counted; nil for all.
  init(of session: Session, tag: String? = nil) throws {
    self.tag = tag
    database = session.location.shown
    now = session.clock.now()
    summary = try tag.map { try session.store.summary(tagged: $0) } ?? session.store.summary()
    workers = try WorkerView.all(in: session, at: now)
    supervisors = KnownSupervisors(in: session)
    controls = try session.store.queueControls()
    dueHookCount = try session.store.dueHookCount()
    schedules = try session.store.scheduleCounts(at: now)
  }

  func lines(for terminal: Terminal) -> [String] {
    let total = JobState.allCases.reduce(0) { $0 + summary.count($1) }
    let width = "\(total)".count
    var lines = JobState.allCases.map { state in
      let count = summary.count(state)
      let line = Self.line(state.rawValue, count, width: width)
      return count > 0 ? terminal.colored(line, as: state) : line
    }
    lines.append(Self.line("total", total, width: width))
    if schedules.all > 0 { lines.append("schedules: \(schedules.text)") }
    let busy = workers.count {
      $0.condition == .busy || $0.condition == .stopping && $0.record.current != nil
    }
    lines.append(
      "workers: \(workers.count - lost) (\(busy) busy)" + (lost > 0 ? ", \(lost) lost" : ""))
    if frozen > 0 { lines.append("frozen: \(frozen, of: "job")") }
    if !workers.isEmpty { lines += WorkerView.table(workers, at: now).lines(for: terminal) }
    return lines
  }

  private static func line(_ name: String, _ count: Int, width: Int) -> String {
    let space = 12 - "\(name):".count + width - "\(count)".count
    return "\(name):\(String(repeating: " ", count: space))\(count)"
  }

  /// The facts that conditions of `--fail-if` compare.
  func snapshot(of session: Session) throws -> Snapshot {
    var snapshot = Snapshot(at: now, summary)
    snapshot.workers = workers
    snapshot.scheduleCounts = schedules
    snapshot.health = try QueueHealth(of: session.store, summary: summary, at: now)
    return snapshot
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
    if let note = WorkerView.versionNote(workers) { notes.append(note) }
    if dueHookCount > 0 { notes.append(Self.untold(dueHookCount)) }
    return notes
  }

  static func untold(_ count: Int) -> String {
    "the on-dead command is due for \(count, of: "dead job")"
  }

  func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("database", database)
      if let tag { json.field("tag", tag) }
      json.key("jobs")
      summary.write(to: &json)
      json.key("workers")
      WorkerView.write(workers, to: &json)
      json.field("on_dead_backlog", dueHookCount)
      json.field("frozen", frozen)
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

  /// Paused running jobs.
  private var frozen: Int { workers.count { $0.record.current?.freeze?.frozenSince != nil } }

  private var lost: Int { workers.count { $0.condition == .lost } }
}
