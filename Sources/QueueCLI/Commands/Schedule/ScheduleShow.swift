import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct ScheduleShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one schedule: its definition, its next times and its history.",
    usage: "queuectl schedule show [<options>] <name>",
    discussion: """
      The newest \(Occurrence.keptCount) entries of the history are kept; consecutive skipped or
      missed times share one. Without --show-env, the values of the job's variables
      are hidden, because they may be secrets.

      EXAMPLES:
        $ queuectl schedule add sync --every 15m 'echo sync'
        $ queuectl schedule show sync
        $ queuectl schedule show sync --json
      """
  ).below("queuectl schedule")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions
  @OptionGroup var environment: EnvironmentOption

  @Argument(help: "The schedule.", completion: ShellCompletions.schedules)
  var name: String

  @Option(
    parsing: .unconditional,
    help: "Show this many entries of the history, newest first; 0 for all. Default: 20.")
  var limit: Int?

  private static let usualLimit = 20

  func run() throws {
    try OptionParsing.check(limit: limit)
    let session = try database.openReading()
    let now = session.clock.now()
    let view = try ScheduleView(try session.store.schedule(name), in: session, at: now.wall)
    let shown = limit ?? (display.json ? 0 : Self.usualLimit)
    let history = view.history.prefix(shown == 0 ? Occurrence.keptCount : shown)
    if display.json {
      return try display.printJSON { json in
        view.schedule.write(
          to: &json, in: view.zone, last: view.line.last, occurrences: Array(history),
          showsVariables: environment.isShown)
      }
    }
    let reasons = view.reasons(try ScheduleSurroundings(of: session, at: now))
    for (label, text) in fields(of: view, reasons, settings: try session.store.settings()) {
      let space = String(repeating: " ", count: max(2, 14 - label.count))
      try Output.standard.line(label + space + TerminalText.sanitized(text))
    }
    guard !history.isEmpty else { return }
    try Output.standard.line("")
    try display.print(Self.table(of: history, view))
  }

  private func fields(
    of view: ScheduleView, _ reasons: [ScheduleExplanation.Reason], settings: Settings
  ) -> [(String, String)] {
    let (schedule, spec) = (view.schedule, view.schedule.spec)
    var fields = [("name", schedule.name), ("when", spec.words)]
    if case .cron(let cron) = spec.timing { fields.append(("cron", cron.text)) }
    if let paused = schedule.pausedAt {
      fields.append(("paused", "since \(view.clock.text(paused))"))
    }
    for reason in reasons where reason.word != "paused" { fields.append(("trouble", reason.hint)) }
    let times = view.zone.map { schedule.times(in: $0, atMost: 3) } ?? []
    fields.append(
      ("next", times.isEmpty ? view.next : times.map(view.clock.text).joined(separator: ", ")))
    if let from = spec.from { fields.append(("from", view.clock.text(from))) }
    if let until = spec.until { fields.append(("until", view.clock.text(until))) }
    if let left = spec.timesLeft { fields.append(("times left", "\(left)")) }
    if spec.spread > .zero {
      fields.append(
        ("spread", "\(spec.spread.text) (delay of this schedule: \(schedule.offset.text))"))
    }
    fields.append(("overlap", spec.overlap.rawValue))
    let limit = spec.missed == .all ? ", at most \(spec.missedLimit)" : ""
    fields.append(("missed", spec.missed.rawValue + limit))
    if let late = spec.late { fields.append(("late", "at most \(late.text)")) }
    fields.append(("command", spec.job.command))
    fields.append(("queue", spec.job.queue))
    fields.append(("priority", "\(spec.job.priority)"))
    fields.append(("attempts", "\((spec.job.maxRetries ?? settings.maxRetries) + 1)"))
    fields.append(("timeout", (spec.job.timeout ?? settings.timeout)?.text ?? "none"))
    if !spec.job.tags.isEmpty { fields.append(("tags", spec.job.tags.joined(separator: ", "))) }
    if let key = spec.job.uniqueKey { fields.append(("unique key", key)) }
    for rule in spec.job.retryRules.described + spec.job.limits.described {
      fields.append((rule.name, rule.value))
    }
    if let directory = spec.job.directory { fields.append(("directory", directory)) }
    for variable in spec.job.environment {
      let value = environment.isShown ? variable.value : "***"
      fields.append(("variable", "\(variable.name)=\(value)"))
    }
    let tally = schedule.tally
    fields.append(
      ("so far", "\(tally.enqueued) enqueued, \(tally.skipped) skipped, \(tally.missed) missed"))
    return fields
  }

  private static func table(of history: some Sequence<Occurrence>, _ view: ScheduleView) -> Table {
    var table = Table([
      .init(title: "TIME"), .init(title: "FATE"), .init(title: "LATE", isNumber: true),
      .init(title: "JOB"), .init(title: "RESULT", isElastic: true),
    ])
    for entry in history {
      let late = entry.job.map { max(.zero, $0.at - entry.at + (.zero - view.schedule.offset)) }
      let more = entry.times > 1 ? " \(entry.times) times" : ""
      let through = entry.through.map { " to \(view.clock.text($0))" } ?? ""
      table.add([
        .init(view.clock.text(entry.at) + through), .init(entry.fate.rawValue + more),
        .init(late?.brief ?? "-"), .init(entry.job?.id.text ?? "-"),
        .init(entry.job.map { ScheduleLine.text(of: $0) } ?? "-", as: entry.job?.state),
      ])
    }
    return table
  }
}
