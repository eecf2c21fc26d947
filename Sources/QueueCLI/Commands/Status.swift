import ArgumentParser
import QueueCore
import QueueOperations
import QueueSession

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the number of jobs per state, and the workers.",
    usage: "queuectl status [<options>]",
    discussion: """
      --fail-if exits with status 3 if a condition such as 'dead>0', 'workers<1' or
      'oldest>10m' holds. It compares numbers of jobs (by state, unfinished), of
      workers (workers, busy, idle, stopping, lost) and of schedules (failing), and
      two durations: oldest, the longest wait of a job that could run, and late, the
      delay of the most overdue schedule.

      EXAMPLES:
        $ queuectl status
        $ queuectl status --json
        $ queuectl enqueue true && queuectl status --fail-if 'dead>0'
        $ queuectl status --tag import-0412
        $ timeout 1 queuectl status --watch 200ms || test $? = 124
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  @Option(
    defaultAsFlag: "2s",
    help: ArgumentHelp(
      "Repeat at this interval; ^C ends it.", valueName: "duration"))
  var watch: String?

  @Option(
    help: ArgumentHelp("Count only the jobs with this tag.", valueName: "name"),
    completion: ShellCompletions.tags)
  var tag: String?

  @Option(
    help: ArgumentHelp(
      "Exit with status 3 if this holds; may be repeated.", valueName: "condition"))
  var failIf: [String] = []

  func run() throws {
    let alarms = try OptionParsing.alarms(failIf)
    if let tag { try OptionParsing.check(tag: tag) }
    guard let watch else {
      // With `--fail-if`, a missing queue is an error instead of an empty queue.
      let session = try alarms.isEmpty ? database.openReading() : database.openExisting()
      return try show(session, alarms)
    }
    let pause = try OptionParsing.duration(watch, flag: "--watch")
    guard pause >= Self.shortestPause else {
      throw ValidationError("--watch takes at least \(Self.shortestPause.text), not \(pause.text).")
    }
    try show(try database.openExisting(), every: pause, alarms)
  }

  /// Joins `--watch` with a negative number after it, which the parser would take for an option,
  /// because the value may be omitted.
  static func joined(_ words: [String]) -> [String] {
    guard words.first == configuration.commandName else { return words }
    return words.reduce(into: []) { joined, word in
      let isNegative = word.hasPrefix("-") && word.dropFirst().first?.isNumber == true
      if isNegative, joined.last == "--watch" {
        joined[joined.count - 1] += "=\(word)"
      } else {
        joined.append(word)
      }
    }
  }

  private static let shortestPause = Duration.milliseconds(100)

  private func show(_ session: Session, _ alarms: [Alarm]) throws {
    if let tag, let note = try session.unknown(tag: tag) { ErrorReport.note(note) }
    let view = try StatusView(of: session, tag: tag)
    if display.json {
      try display.printJSON { view.write(to: &$0) }
    } else {
      for line in view.lines(for: display.terminal) { try Output.standard.line(line) }
      view.notes.forEach(ErrorReport.note)
    }
    try check(view, of: session, alarms)
  }

  /// - Throws: the exit status 3 if a condition holds.
  private func check(_ view: StatusView, of session: Session, _ alarms: [Alarm]) throws {
    guard !alarms.isEmpty else { return }
    let snapshot = try view.snapshot(of: session)
    let raised = alarms.filter { $0.isRaised(by: snapshot) }
    for alarm in raised { ErrorReport.note(alarm.message(for: snapshot)) }
    if !raised.isEmpty { throw ExitCode(3) }
  }

  /// Repeats until interrupted or until standard output loses its reader.
  private func show(
    _ session: Session, every pause: Duration, _ alarms: [Alarm]
  ) throws {
    var block = RepeatedBlock()
    while true {
      let view = try StatusView(of: session, tag: tag)
      if display.json {
        try display.printJSON { view.write(to: &$0) }
        try Output.standard.flush()
      } else {
        let terminal = display.terminal
        try block.show(view.lines(for: terminal) + view.notes, on: terminal)
      }
      try check(view, of: session, alarms)
      try Output.standard.rest(for: pause)
    }
  }
}
