import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Print all jobs with their history, and all schedules, as JSON Lines.",
    discussion: """
      One job per line, in order of arrival, then one schedule per line, without its
      history. "queuectl import" adds them to another queue. Settings, logs, and the
      limits and pauses of queues aren't exported.

      EXAMPLES:
        $ queuectl enqueue 'echo hello'
        $ queuectl schedule add nightly --cron '30 2 * * *' 'echo backup'
        $ queuectl export > /tmp/jobs.jsonl
      """
  ).below("queuectl")

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
    for schedule in try session.store.schedules() {
      guard let new = try Self.renewed(schedule) else { continue }
      writer.clear()
      new.write(to: &writer)
      writer.lineEnd()
      try Output.standard.write(writer.bytes)
    }
    let controls = try session.store.queueControls()
    let isControlled = controls.queues.contains { $0.isPaused || $0.runningLimit != nil }
    if controls.isEverythingPaused || isControlled {
      ErrorReport.note(
        "the limits and pauses of queues aren't exported: \"queuectl queue list\" shows them")
    }
    let settings = try session.store.settings()
    let changed = Setting.all.filter { $0.text(in: settings) != $0.defaultText }.map(\.key)
    if !changed.isEmpty {
      ErrorReport.note("settings aren't exported: \(changed.joined(separator: ", ")) differ")
    }
  }

  /// The schedule as it could be added today; nil, with a note, if it couldn't.
  private static func renewed(_ schedule: Schedule) throws -> NewSchedule? {
    guard schedule.nextAt != nil || schedule.pausedAt != nil, schedule.spec.timesLeft != 0 else {
      ErrorReport.note("\(schedule.name) isn't exported: it has ended")
      return nil
    }
    do throws(InvalidJob) {
      return try NewSchedule(name: schedule.name, schedule.spec, pausedAt: schedule.pausedAt)
    } catch {
      ErrorReport.note("\(schedule.name) isn't exported: \(error)")
      return nil
    }
  }
}
