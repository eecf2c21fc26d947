import ArgumentParser
import QueueCore
import QueueSession

struct QueueForget: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forget",
    abstract: "Remove the name of a queue that has no jobs, limit or pause.",
    discussion: """
      Workers forget such names, too, after a while.

      EXAMPLES:
        $ queuectl queue limit render 2 && queuectl queue limit render none
        $ queuectl queue forget render
      """
  ).below("queuectl queue")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The queue.", valueName: "name"), completion: ShellCompletions.queues)
  var name: String

  func run() throws {
    try OptionParsing.check(queue: name)
    let session = try database.openExisting()
    try session.checkIsKnown(queue: name)
    let stepSize = 1000
    while try session.store.forgetEmptyQueues(atMost: stepSize) {}
    if let queue = try session.store.queueControls().queues.first(where: { $0.name == name }) {
      throw try refusal(of: queue, in: session)
    }
    try Output.standard.line("forgot \(name)")
  }

  private func refusal(of queue: QueueControl, in session: Session) throws -> Failure {
    let summary = try session.store.summary()
    let count = JobState.allCases.reduce(0) { $0 + summary.count($1, queue: name) }
    if count > 0 { return Failure("\(name) has \(count, of: "job"): cancel or remove them first") }
    let words = queue.isPaused ? ["resume", name] : ["limit", name, "none"]
    let advice = ShellWords.command(["queuectl", "queue"] + words)
    return Failure("\(name) \(queue.isPaused ? "is paused" : "has a limit"): \"\(advice)\"")
  }
}
