import ArgumentParser
import QueueCore
import QueueSession

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the number of jobs per state, and the workers.",
    usage: "queuectl status [<options>]",
    discussion: """
      EXAMPLES:
        $ queuectl status
        $ queuectl status --json
        $ timeout 1 queuectl status --watch 200ms || test $? = 124
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  @Option(
    defaultAsFlag: "2s",
    help: ArgumentHelp(
      "Repeat at this interval, every 2s if omitted; ^C ends it.", valueName: "duration"))
  var watch: String?

  func run() throws {
    guard let watch else { return try show(try database.openReading()) }
    let pause = try OptionParsing.duration(watch, flag: "--watch")
    guard pause >= Self.shortestPause else {
      throw ValidationError("--watch takes at least \(Self.shortestPause.text), not \(pause.text).")
    }
    try show(try database.openExisting(), every: pause)
  }

  private static let shortestPause = Duration.milliseconds(100)

  private func show(_ session: Session) throws {
    let view = try StatusView(of: session)
    guard !display.json else { return try display.printJSON { view.write(to: &$0) } }
    for line in view.lines(for: display.terminal) { try Output.standard.line(line) }
    view.notes.forEach(ErrorReport.note)
  }

  /// Repeats until interrupted or until standard output loses its reader.
  private func show(_ session: Session, every pause: Duration) throws {
    var block = RepeatedBlock()
    while true {
      let view = try StatusView(of: session)
      if display.json {
        try display.printJSON { view.write(to: &$0) }
      } else {
        let terminal = display.terminal
        try block.show(view.lines(for: terminal) + view.notes, on: terminal)
      }
      try Output.standard.rest(for: pause)
    }
  }
}
