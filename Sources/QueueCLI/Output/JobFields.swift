import QueueCore
import QueueHost
import QueueOperations

struct JobFields {
  private static let labelWidth = 12
  private let state: JobState
  private var fields: [(label: String, text: String)] = []

  /// - Parameter reasons: why it isn't running; shown for a waiting job.
  init(
    _ job: Job, _ reasons: [Explanation.Reason], showsVariables: Bool, at now: Moment
  ) {
    state = job.state
    add("id", job.id.text)
    add("state", job.state.rawValue)
    if job.state == .pending || job.state == .failed {
      for reason in reasons { add("waits", reason.text(for: job)) }
    }
    for case .unended(let leftovers) in reasons {
      add("leftovers", Explanation.Reason.unended(leftovers).text(for: job))
    }
    add("command", job.command)
    add("queue", job.queue)
    add("priority", "\(job.priority)")
    add("tries", "\(job.attempts) of \(job.maxRetries + 1)")
    if let progress = job.progress { add("progress", progress.text) }
    add("created", Self.time(job.createdAt, at: now))
    add("updated", Self.time(job.updatedAt, at: now))
    if let runAt = job.runAt { add("run at", Self.time(runAt, at: now)) }
    if let origin = job.origin { add("schedule", Self.text(of: origin, at: now)) }
    add("timeout", job.timeout?.text ?? "none")
    if let key = job.uniqueKey { add("unique key", key) }
    for rule in job.retryRules.described { add(rule.name, rule.value) }
    if let directory = job.directory { add("directory", directory) }
    for variable in job.environment {
      add("variable", "\(variable.name)=\(showsVariables ? variable.value : "***")")
    }
  }

  func lines(for terminal: Terminal) -> [String] {
    fields.map { label, text in
      let space = String(repeating: " ", count: Self.labelWidth + 2 - label.count)
      let shown = TerminalText.sanitized(text)
      return label + space + (label == "state" ? terminal.colored(shown, as: state) : shown)
    }
  }

  private mutating func add(_ label: String, _ text: String) { fields.append((label, text)) }

  static func text(of origin: JobOrigin, at now: Moment) -> String {
    let missed =
      origin.standsFor > 0 ? "; stands for \(origin.standsFor, of: "earlier time"), too" : ""
    return "\(origin.schedule), for \(time(origin.time, at: now))\(missed)"
  }

  private static func time(_ time: Timestamp, at now: Moment) -> String {
    let distance =
      time > now.wall ? "in \((time - now.wall).brief)" : "\((now.wall - time).brief) ago"
    return "\(LocalTime.dateAndClock(time)) (\(distance))"
  }
}

/// A job's runs with the last line of their logs.
struct RunTable {
  private let runs: [(run: Run, lastLine: String?)]

  init(_ runs: some Sequence<Run>, in directory: QueueDirectory) {
    self.runs = runs.map { ($0, directory.lastLine(of: $0.id)) }
  }

  func table(at now: Moment) -> Table {
    var table = Table([
      .init(title: "RUN", isNumber: true), .init(title: "TRY", isNumber: true),
      .init(title: "STARTED"), .init(title: "WAITED", isNumber: true),
      .init(title: "RAN", isNumber: true), .init(title: "CPU", isNumber: true),
      .init(title: "MEMORY", isNumber: true), .init(title: "WORKER"),
      .init(title: "RESULT", isElastic: true),
    ])
    for (run, lastLine) in runs {
      let elapsed = run.elapsed ?? now.wall - run.startedAt
      table.add([
        .init(run.id.description), .init("\(run.attempt)"),
        .init("\((now.wall - run.startedAt).brief) ago"), .init(run.waited?.brief ?? "-"),
        .init(elapsed.brief), .init(run.cpuTime?.brief ?? "-"),
        .init(run.peakMemoryBytes.map(ByteCount.brief) ?? "-"), .init(run.worker.description),
        .init(
          run.error
            ?? [run.end?.summary ?? "running", lastLine].compactMap { $0 }.joined(separator: ": ")),
      ])
    }
    return table
  }
}
