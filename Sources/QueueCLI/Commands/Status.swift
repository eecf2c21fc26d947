import ArgumentParser
import QueueCore
import QueueWorker

/// `queuectl status`: how many jobs are in which state, and the workers.
struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show how many jobs are in which state, and the workers.",
    discussion: """
      EXAMPLES:
        $ queuectl status
        $ queuectl status --json
      """)

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let session = try database.openReading()
    let now = session.clock.now()
    let summary = try session.store.summary()
    let workers = try WorkerView.all(in: session, at: now)
    let controls = try session.store.queueControls()
    guard display.json else { return try show(summary, workers, controls, at: now) }
    try display.printJSON { json in
      json.object { json in
        json.field("database", session.directory.database)
        json.key("jobs")
        json.object { json in
          for state in JobState.allCases {
            json.key(text: state.rawValue)
            json.value(summary.count(state))
          }
        }
        json.key("workers")
        WorkerView.write(workers, to: &json)
      }
    }
  }

  private func show(
    _ summary: QueueSummary, _ workers: [WorkerView], _ controls: QueueControls, at now: Moment
  ) throws {
    let terminal = display.terminal
    let widest = JobState.allCases.map { "\(summary.count($0))".count }.max() ?? 1
    for state in JobState.allCases {
      let number = "\(summary.count(state))"
      let space = String(repeating: " ", count: 12 - state.rawValue.count + widest - number.count)
      let line = "\(state.rawValue)\(space)\(number)"
      try Output.standard.line(
        summary.count(state) > 0 ? terminal.colored(line, as: state) : line)
    }
    let busy = workers.count {
      $0.condition == .busy || $0.condition == .stopping && $0.record.current != nil
    }
    let lost = workers.count { $0.condition == .lost }
    try Output.standard.line(
      "workers: \(workers.count - lost) (\(busy) busy)" + (lost > 0 ? ", \(lost) lost" : ""))
    if !workers.isEmpty { try display.print(WorkerView.table(workers, at: now)) }
    if controls.isEverythingPaused { ErrorReport.note(QueuePause.everythingNote) }
    let paused = controls.queues.filter(\.isPaused).map(\.name)
    if !paused.isEmpty { ErrorReport.note("paused: \(paused.joined(separator: ", "))") }
    let waiting = summary.unfinished()
    if workers.count == lost, waiting > 0 {
      ErrorReport.note(
        "\(waiting) \(waiting == 1 ? "job waits" : "jobs wait"), and no worker runs: \"queuectl worker start\""
      )
    }
  }
}
