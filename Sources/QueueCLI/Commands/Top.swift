import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession
import QueueTop
import QueueWorker

struct Top: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Watch and fix the queue in the terminal.",
    usage: "queuectl top [<options>]",
    discussion: """
      The key ? shows the keys. Every change asks first. If standard output isn't a
      terminal, one snapshot is printed as text.

      EXAMPLES:
        $ queuectl top
        $ queuectl top --readonly --delay 5s
        $ queuectl top --tab dead --filter 'exit:>1 age:<1h'
        $ queuectl top --batch --count 2 --delay 1s
        $ queuectl top --once --json
        $ queuectl top --once --fail-if 'dead>1000' --fail-if 'lost>0'
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Option(
    name: [.customShort("d", allowingJoined: true), .long], parsing: .unconditional,
    help: ArgumentHelp("Time between two refreshes; 1s by default.", valueName: "duration"))
  var delay: String?

  @Flag(help: "Change nothing, as with the environment variable QUEUECTL_READONLY=1.")
  var readonly = false

  @Flag(name: [.customShort("b"), .long], help: "Print text instead of using the full screen.")
  var batch = false

  @Option(
    name: [.customShort("n", allowingJoined: true), .long], parsing: .unconditional,
    help: "Number of snapshots to print; unlimited by default.")
  var count: Int?

  @Flag(help: "Print once; the same as --batch --count 1.")
  var once = false

  @Flag(help: "Print JSON, one object per line.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Exit with status 3 once this holds, such as 'dead>0' or 'workers<1'; may be repeated.",
      valueName: "condition"))
  var failIf: [String] = []

  @Option(
    help: ArgumentHelp(
      "Tab to begin with: \(FirstView.tabs.joined(separator: ", ")).", valueName: "tab"),
    completion: .list(FirstView.tabs))
  var tab: String?

  @Option(
    help: ArgumentHelp("Begin with this queue alone; Esc shows all.", valueName: "queue"),
    completion: ShellCompletions.queues)
  var queue: String?

  @Option(help: ArgumentHelp("Filter to begin with, as after the key /.", valueName: "filter"))
  var filter: String?

  @Flag(help: "Print without colours, as with the environment variable NO_COLOR.")
  var noColor = false

  @Option(help: .hidden)
  var dumpFrame: String?

  /// Splits `-bn1`, as accepted by top(1), into `-b -n1`.
  static func apart(_ words: [String]) -> [String] {
    words.flatMap { word in
      word.hasPrefix("-b") && word.utf8.count > 2 ? ["-b", "-\(word.dropFirst(2))"] : [word]
    }
  }

  func run() throws {
    let interval = try interval()
    let alarms = try OptionParsing.alarms(failIf)
    if let count, count < 1 { throw ValidationError("--count must be 1 or more, not \(count).") }
    var options = MonitorChoice(readonly: readonly, noColor: noColor, interval: interval)
    options.view = try view()
    if let dumpFrame { return try self.dumpFrame(size(dumpFrame), options) }
    if batch || once || json || count != nil || !alarms.isEmpty {
      return try report(options, alarms, times: once ? 1 : count)
    }
    guard let reason = try watch(options) else { return }
    ErrorReport.note("\(reason): printing one snapshot as text; --batch repeats it")
    try report(options, alarms, times: 1)
  }

  /// Runs the full-screen monitor. Returns why no screen is available, or nil after it.
  private func watch(_ choice: MonitorChoice) throws -> String? {
    guard isatty(STDOUT_FILENO) == 1 else { return "standard output isn't a terminal" }
    guard isatty(STDIN_FILENO) == 1 else { return "standard input isn't a terminal" }
    let location = try database.location()
    var dependencies = MonitorDependencies(location)
    dependencies.leftovers = { [directory = dependencies.directory] worker, isLost in
      guard let current = worker.current, let directory = directory() else { return .none }
      return ProcessRunner(in: directory)
        .leftovers(of: current, in: worker.process, isLost: isLost)
    }
    switch Monitor.run(choice.options(for: location), dependencies: dependencies) {
    case .quit(let result):
      if let result { ErrorReport.note(result) }
      return nil
    case .signal(let signal): throw ExitCode(128 + signal)
    case .noScreen(let reason): return reason
    }
  }

  // MARK: OptionParsing

  private func interval() throws -> Duration {
    let interval = try delay.map { try OptionParsing.duration($0, flag: "--delay") } ?? .seconds(1)
    guard interval >= .milliseconds(100), interval <= .seconds(3600) else {
      throw ValidationError("--delay takes 100ms to 1h, not \(interval.text).")
    }
    return interval
  }

  private func view() throws -> FirstView {
    if let queue { try OptionParsing.check(queue: queue, prefix: "--") }
    let view = FirstView(tab: tab, queue: queue, filter: filter ?? "")
    if let problem = view.problem { throw ValidationError(problem) }
    return view
  }

  private func size(_ text: String) throws -> Size {
    let numbers = text.split(separator: "x").compactMap { Int($0) }
    guard numbers.count == 2, numbers.allSatisfy({ (1...1000).contains($0) }) else {
      throw ValidationError(
        "--dump-frame takes a size like 80x24, not \(quoted: text).")
    }
    return Size(width: numbers[0], height: numbers[1])
  }

  // MARK: Without a screen

  /// - Parameter times: how often to print; nil for no limit.
  private func report(_ choice: MonitorChoice, _ alarms: [Alarm], times: Int?) throws {
    // With `--fail-if`, a missing queue is an error instead of an empty queue.
    let session = try alarms.isEmpty ? database.openReading() : database.openExisting()
    let (batch, options) = try reader(session, choice)
    var reader = batch
    var rest = times ?? .max
    while true {
      let report = try reader.read(for: alarms)
      if json {
        try Output.standard.write(report.json)
      } else {
        for line in report.lines { try Output.standard.line(line) }
      }
      guard report.alarms.isEmpty else {
        for alarm in report.alarms { ErrorReport.note(alarm) }
        throw ExitCode(3)
      }
      rest -= 1
      if rest == 0 { return }
      if !json { try Output.standard.line("") }
      try Output.standard.flush()
      Poll.pause(options.interval)
    }
  }

  private func dumpFrame(_ size: Size, _ choice: MonitorChoice) throws {
    var (batch, _) = try reader(try database.openReading(), choice)
    for line in try batch.frame(size) { try Output.standard.line(line) }
  }

  private func reader(
    _ session: Session, _ choice: MonitorChoice
  ) throws -> (Batch, Monitor.Options) {
    let location = try database.location()
    let options = choice.options(for: location)
    let width = Terminal(allowsColor: false).width ?? 100
    return (
      Batch(
        session.store, dependencies: MonitorDependencies(location), options: options, width: width),
      options
    )
  }
}
