import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the queue into a file while workers run, and check the copy.",
    discussion: """
      Copies jobs, schedules, history and settings, but no logs. To restore it, stop
      the workers, move the database aside together with its -wal and -shm, and put
      the copy in its place.

      EXAMPLES:
        $ queuectl backup /tmp/queue-backup.db
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The file to create; it must not exist.", valueName: "file"),
    completion: .file())
  var file: String

  func run() throws {
    try FilePath.check(file)
    let session = try database.openExisting()
    let count = try session.store.backUp(to: file, at: session.clock.now())
    try Output.standard.line(
      "\(count, of: "job") copied to \(TerminalText.sanitized(file)), and checked")
  }
}
