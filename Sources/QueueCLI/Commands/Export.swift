import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print all jobs with their history, as JSON Lines.",
    discussion: """
      One job per line, in order of arrival. "queuectl import" adds them to another
      queue. Settings and logs aren't exported.

      EXAMPLES:
        $ queuectl enqueue 'echo hello'
        $ queuectl export > /tmp/jobs.jsonl
      """)

  @OptionGroup var database: DatabaseOption

  private static let pageSize = 200

  func run() throws {
    let session = try database.openReading()
    var writer = JSONWriter()
    var cursor: JobPage.Cursor?
    repeat {
      let page = try session.store.exportPage(
        limit: Self.pageSize, after: cursor, at: session.clock.now())
      for job in page.jobs {
        writer.clear()
        job.write(to: &writer)
        writer.lineEnd()
        try Output.standard.write(writer.bytes)
      }
      cursor = page.next
    } while cursor != nil
  }
}
