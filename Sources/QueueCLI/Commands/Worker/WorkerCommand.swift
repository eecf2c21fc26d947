import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Start, stop, restart and list the workers that run jobs.",
    discussion: """
      EXAMPLES:
        $ queuectl worker start --count 3 --detach
        $ queuectl worker list
        $ queuectl worker stop
      """,
    subcommands: [
      WorkerStart.self, WorkerStop.self, WorkerRestart.self, WorkerList.self, WorkerRun.self,
    ]
  ).below("queuectl")
}

struct WorkerOptions: ParsableArguments {
  @Option(
    help: "Take jobs of this queue only; may be repeated.", completion: ShellCompletions.queues)
  var queue: [String] = []

  @Flag(help: "Exit once no job is left to run, including retries and delayed jobs.")
  var drain = false

  var arguments: [String] {
    queue.flatMap { ["--queue", $0] } + (drain ? ["--drain"] : [])
  }
}

struct WorkerList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show the workers and their jobs.",
    discussion: """
      EXAMPLES:
        $ queuectl worker list
        $ queuectl worker list --json
      """
  ).below("queuectl worker")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  func run() throws {
    do {
      try list()
    } catch let error as StoreError {
      let queue = UnusableQueue(error, at: try database.location())
      for supervisor in try queue?.supervisors() ?? [] {
        ErrorReport.note(
          "supervisor \(supervisor.process.pid) on \(supervisor.process.host) is "
            + "\(supervisor.state): \"queuectl worker stop\" stops it")
      }
      throw error
    }
  }

  private func list() throws {
    let session = try database.openReading()
    let now = session.clock.now()
    let workers = try WorkerView.all(in: session, at: now)
    let known = KnownSupervisors(in: session)
    guard !display.json else {
      try display.printJSON { WorkerView.write(workers, known.list, to: &$0) }
      return try known.reportTrouble()
    }
    let supervisors = known.list
    guard !workers.isEmpty || !supervisors.isEmpty || known.trouble != nil else {
      if !session.isMissing {
        ErrorReport.note("no workers: start some with \"queuectl worker start\"")
      }
      return
    }
    try display.print(WorkerView.table(workers, supervisors, at: now))
    (WorkerView.troubles(workers) + [WorkerView.versionNote(workers)].compactMap { $0 })
      .forEach(ErrorReport.note)
    try known.reportTrouble()
  }
}
