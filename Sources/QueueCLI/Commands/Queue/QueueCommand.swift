import ArgumentParser
import QueueCore
import QueueOperations
import QueueSession

struct QueueCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue",
    abstract: "Show, pause, resume and limit queues.",
    discussion: """
      EXAMPLES:
        $ queuectl queue limit render 2
        $ queuectl queue list
      """,
    subcommands: [
      QueueList.self, QueuePause.self, QueueResume.self, QueueLimit.self,
      QueueForget.self,
    ]
  ).below("queuectl")
}

struct QueueList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show every queue and its number of jobs per state.",
    discussion: """
      EXAMPLES:
        $ queuectl queue list
        $ queuectl queue list --json
      """
  ).below("queuectl queue")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  func run() throws {
    let session = try database.openReading()
    let controls = try session.store.queueControls()
    let summary = try session.store.summary()
    if display.json {
      return try display.printJSON { json in
        json.array { json in
          for queue in controls.queues { write(queue, controls, summary, to: &json) }
        }
      }
    }
    if controls.isEverythingPaused { ErrorReport.note(QueuePause.everythingNote) }
    guard !controls.queues.isEmpty else {
      if !session.isMissing { ErrorReport.note("no queues yet") }
      return
    }
    var table = Table(
      [
        .init(title: "QUEUE", least: 12, isName: true), .init(title: "STATE"),
        .init(title: "LIMIT", isNumber: true, rank: 3),
      ]
        + JobState.allCases.map {
          .init(title: $0.rawValue.uppercased(), isNumber: true, rank: Self.rank(of: $0))
        })
    for queue in controls.queues {
      table.add(
        [
          .init(queue.name),
          .init(controls.isEverythingPaused || queue.givesOutNothing ? "paused" : "open"),
          .init(queue.runningLimit.map(String.init) ?? "-"),
        ] + JobState.allCases.map { .init("\(summary.count($0, queue: queue.name))") })
    }
    try display.print(table)
  }

  /// The order in which columns are dropped on a narrow terminal, highest first.
  private static func rank(of state: JobState) -> Int? {
    switch state {
    case .cancelled: 5
    case .completed: 4
    case .failed: 2
    case .processing: 1
    case .pending, .dead: nil
    }
  }

  private func write(
    _ queue: QueueControl, _ controls: QueueControls, _ summary: QueueSummary,
    to json: inout JSONWriter
  ) {
    json.object { json in
      json.field("name", queue.name)
      json.field("paused", controls.isEverythingPaused || queue.givesOutNothing)
      json.field("limit", queue.runningLimit)
      json.key("jobs")
      summary.write(to: &json, queue: queue.name)
    }
  }
}

struct QueueNames: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The queues.", valueName: "name"), completion: ShellCompletions.queues)
  var names: [String] = []

  @Flag(help: "Everything; queues that are paused by name stay paused.")
  var all = false

  func validate() throws {
    if names.isEmpty != all {
      throw ValidationError(
        all ? "Names can't be combined with --all." : "Give queue names, or --all.")
    }
    for name in names { try OptionParsing.check(queue: name) }
  }

  var selection: QueueSelection { all ? .everything : .named(names) }

  var text: String { all ? "everything" : names.joined(separator: ", ") }
}

struct QueuePause: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Stop starting jobs of a queue, or of all queues; running jobs continue.",
    discussion: """
      EXAMPLES:
        $ queuectl queue pause render
        $ queuectl queue pause --all
      """
  ).below("queuectl queue")

  static let everythingNote = "everything is paused: \"queuectl queue resume --all\" resumes it"

  @OptionGroup var database: DatabaseOption
  @OptionGroup var queues: QueueNames

  func run() throws {
    let session = try database.openCreating()
    let new = try session.unknownQueues(queues.names)
    try session.actions.setPaused(true, queues.selection)
    try Output.standard.line("paused \(queues.text)")
    for (name, hint) in new {
      ErrorReport.note("queue \(quoted: name) has had no jobs yet: new ones will wait\(hint)")
    }
  }
}

struct QueueResume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Resume paused queues.",
    discussion: """
      EXAMPLES:
        $ queuectl queue pause render
        $ queuectl queue resume render
        $ queuectl queue resume --all
      """
  ).below("queuectl queue")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var queues: QueueNames

  func run() throws {
    let session = try database.openExisting()
    for name in queues.names { try session.checkIsKnown(queue: name) }
    try session.actions.setPaused(false, queues.selection)
    let controls = try session.store.queueControls()
    let closed = controls.queues.filter {
      (queues.all || queues.names.contains($0.name)) && $0.runningLimit == 0
    }
    let resumed = queues.names.filter { name in !closed.contains { $0.name == name } }
    if queues.all || !resumed.isEmpty {
      try Output.standard.line(
        "resumed \(queues.all ? queues.text : resumed.joined(separator: ", "))")
    }
    for queue in closed {
      let advice = ShellWords.command(["queuectl", "queue", "limit", queue.name, "1"])
      ErrorReport.note("\(queue.name) stays paused because its limit is 0: \"\(advice)\"")
    }
    if !queues.all, controls.isEverythingPaused { ErrorReport.note(QueuePause.everythingNote) }
    let paused = controls.queues.filter(\.isPaused).map(\.name)
    if queues.all, !paused.isEmpty {
      ErrorReport.note("still paused by name: \(paused.joined(separator: ", "))")
    }
  }
}

struct QueueLimit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit",
    abstract: "Limit how many jobs of a queue run at once, over all workers.",
    usage: "queuectl queue limit [<options>] <name> <limit>",
    discussion: """
      A limit of 0 pauses the queue.

      EXAMPLES:
        $ queuectl queue limit render 2
        $ queuectl queue limit render none
      """
  ).below("queuectl queue")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The queue.", valueName: "name"), completion: ShellCompletions.queues)
  var name: String

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp("A number of jobs, or none for no limit.", valueName: "limit"))
  var limits: [String]

  func run() throws {
    guard let limit = limits.first, limits.count == 1 else {
      throw ValidationError("Give one limit.")
    }
    let number = Int(limit)
    guard limit == "none" || number.map(QueueControl.limits.contains) == true else {
      throw ValidationError(
        "The limit must be 0 to \(QueueControl.limits.upperBound), or none, not \(quoted: limit)."
      )
    }
    try OptionParsing.check(queue: name)
    let session = try number == nil ? database.openExisting() : database.openCreating()
    if number == nil { try session.checkIsKnown(queue: name) }
    let new = try session.unknownQueues([name])
    try session.actions.setRunningLimit(number, of: name)
    let text =
      switch number {
      case nil: "no limit for \(name)"
      case 0?: "paused \(name): at most 0 at once"
      case let number?: "at most \(number) of \(name) at once"
      }
    try Output.standard.line(text)
    // A limit before the first job is usual.
    for (name, hint) in new where !hint.isEmpty {
      ErrorReport.note("queue \(quoted: name) has had no jobs yet\(hint)")
    }
  }
}

extension QueueControls {
  /// The controls of these queues; of all queues if `names` is empty.
  func serving(_ names: [String]) -> QueueControls {
    var controls = self
    if !names.isEmpty { controls.queues.removeAll { !names.contains($0.name) } }
    return controls
  }

  var notes: [String] {
    let paused = queues.filter(\.givesOutNothing).map { queue in
      queue.name + (queue.isPaused ? "" : " (limit 0)")
    }
    return (isEverythingPaused ? [QueuePause.everythingNote] : [])
      + (paused.isEmpty ? [] : ["paused: \(paused.joined(separator: ", "))"])
  }
}

extension Session {
  /// Refuses unknown names: a typo would report success for a queue that was never paused.
  func checkIsKnown(queue name: String) throws {
    for note in try unknown([name]) { throw Failure(note) }
  }

  /// A note if the queue is unknown; empty for nil or if no database exists.
  func unknown(_ name: String?) throws -> [String] {
    isMissing ? [] : try unknown(name.map { [$0] } ?? [])
  }

  /// A note for each unknown queue, with the most similar known name.
  func unknown(_ names: [String]) throws -> [String] {
    try unknownQueues(names).map { "no queue is called \(quoted: $0.name)\($0.hint)" }
  }

  fileprivate func unknownQueues(
    _ names: [String]
  ) throws -> [(name: String, hint: String)] {
    guard !names.isEmpty else { return [] }
    let known = try store.queueControls().queues.map(\.name)
    return names.filter { !known.contains($0) && $0 != NewJob.defaultQueue }.map {
      ($0, Suggestion.hint(forName: $0, among: known))
    }
  }
}
