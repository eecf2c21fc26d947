import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueSession

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Add jobs, their history and schedules from the output of \"export\".",
    discussion: """
      Jobs keep their ids, states, attempts and times, and run after existing ones
      of the same priority. A job exported while running waits again. Schedules are
      imported paused, so that they don't run in two queues; "schedule resume"
      starts them. Everything is imported, or nothing. "queuectl enqueue" takes
      the JSON of new jobs.

      EXAMPLES:
        $ queuectl export | queuectl import --if-absent -
        $ queuectl export | queuectl import --if-absent --resume -
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The file; - for standard input.", valueName: "file"), completion: .file())
  var file: String

  @Flag(
    help: "Skip existing schedules, and jobs whose id or unique key is taken.")
  var ifAbsent = false

  @Flag(help: "Don't pause schedules; for when the old queue's workers are stopped.")
  var resume = false

  func run() throws {
    let isInput = file == "-"
    let name = isInput ? "standard input" : file
    let now = try database.now()
    let lines = LineReader(
      descriptor: try InputFile.spool(
        isInput ? STDIN_FILENO : try InputFile.open(file), name: name), name: name)
    let defaults = JobDefaults(
      directory: try WorkingDirectory.current(), time: LocalTime.text(from: now.wall))
    var first = try lines.next(where: { !$0.isBlank })
    // An invalid job must not create a database.
    if let first, !ImportedSchedules.isSchedule(first.bytes) {
      _ = try Self.job(in: first, at: "\(name), line \(first.number)", defaults)
    }
    let session = try database.openCreating()
    var progress = ProgressLine(clock: session.clock)
    defer { progress.end() }
    var (added, leftOut) = (0, 0)
    var hasUnfinished = false
    var place = name
    var schedules = ImportedSchedules(
      known: Set(try session.store.schedules().map(\.name)), zones: session.zones,
      jobs: defaults, pausedAt: resume ? nil : now.wall, now: now.wall)
    do {
      try session.store.importJobs(at: now) {
        while let line = try first ?? lines.next(where: { !$0.isBlank }) {
          first = nil
          place = "\(name), line \(line.number)"
          guard ImportedSchedules.isSchedule(line.bytes) else {
            let job = try Self.job(in: line, at: place, defaults)
            if job.state.isUnfinished { hasUnfinished = true }
            return job
          }
          do {
            try schedules.add(line.bytes, ifAbsent: ifAbsent)
          } catch let error as Failure {
            throw Self.failure(error.message, at: place, error.status)
          } catch {
            throw Self.failure("\(error)", at: place, .usage)
          }
        }
        return nil
      } each: { result in
        switch result {
        case .added: added += 1
        case .exists, .keyTaken:
          guard ifAbsent else { throw Taken(result: result) }
          leftOut += 1
        case .refused(let id, let reason):
          throw Self.failure("job \(quoted: id.text) \(reason)", at: name)
        }
        progress.show(added + leftOut, "jobs read")
      } schedules: {
        schedules.additions
      }
    } catch let error as Taken {
      throw Self.failure(try error.text(isStored: session.has), at: place)
    }
    progress.end()
    let count = schedules.additions.count
    let and = count > 0 ? " and \(count, of: "schedule")" : ""
    try Output.standard.line("imported \(added, of: "job")\(and)")
    schedules.notes.forEach(ErrorReport.note)
    leftOut += schedules.knownCount
    if leftOut > 0 { ErrorReport.note("\(leftOut) skipped: already in this queue") }
    if hasUnfinished, added > 0, !resume {
      ErrorReport.note("unfinished jobs run here, too: stop the old queue's workers first")
    }
    if count > 0, !resume {
      ErrorReport.note(
        "\(count, of: "schedule") imported paused: once the old queue's workers are stopped, "
          + "\"queuectl schedule resume --all\"")
    }
    if count > 0 { session.bell.ring(.work) }
  }

  private static func job(
    in line: LineReader.Line, at place: String, _ defaults: JobDefaults
  ) throws -> ExportedJob {
    do {
      var reader = JSONReader(line.bytes)
      let job = try ExportedJob(from: &reader, defaults: defaults)
      try reader.expectEnd()
      return job
    } catch let error as JSONError {
      throw failure("\(error)", at: place, .usage)
    } catch let error as InvalidJob {
      throw failure("\(error)", at: place, .usage)
    }
  }

  private static func failure(
    _ problem: String, at place: String, _ status: Failure.Status = .failed
  ) -> Failure {
    Failure("\(place): \(problem); nothing was imported", status: status)
  }
}

/// A duplicate id or key. The message is worded after the rollback, for the remaining jobs.
private struct Taken: Error {
  let result: EnqueueResult

  func text(isStored: (JobID) throws -> Bool) throws -> String {
    switch result {
    case .keyTaken(let key, let holder):
      try isStored(holder)
        ? "unfinished job \(quoted: holder.text) has the key \(quoted: key): pass --if-absent"
        : "an earlier line has the key \(quoted: key): pass --if-absent"
    case .exists(let id), .added(let id), .refused(let id, _):
      try isStored(id)
        ? "job \(quoted: id.text) already exists: pass --if-absent"
        : "an earlier line has the id \(quoted: id.text): pass --if-absent"
    }
  }
}
