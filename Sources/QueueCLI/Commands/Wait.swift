import ArgumentParser
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Wait: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Wait until jobs have ended, and exit with their status.",
    discussion: """
      Retries are included. The exit status is 0 for a completed job and 130 for a
      cancelled one. For a dead job it is that of its last run, 128 plus the signal
      that killed it, 124 for a timeout, or else 1. For several jobs it is the
      greatest. It is 124 if --timeout is exceeded, and 127 for a missing job
      and for a tag, queue or schedule that no job has.

      --all and filters select jobs that are unfinished now; with --tag or --state,
      ended ones, too. Inside a job, that job isn't selected.

      EXAMPLES:
        $ queuectl enqueue --id job1 --tag import-0412 true
        $ queuectl worker start --drain
        $ queuectl wait job1
        $ queuectl wait --tag import-0412 --timeout 1h
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption

  @Argument(
    help: ArgumentHelp("The jobs to wait for.", valueName: "id"),
    completion: ShellCompletions.unfinishedJobs)
  var ids: [String] = []

  @Flag(help: "Wait for all currently unfinished jobs.")
  var all = false

  @OptionGroup var states: StateFilter
  @OptionGroup var filter: JobFilterOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Stop waiting after this long; exit status 124.", valueName: "duration"))
  var timeout: String?

  private func check() throws {
    let isSelected = all || !states.isEmpty || !filter.isEmpty
    if ids.isEmpty != isSelected {
      throw ValidationError("Name the jobs by id, or pass --all or a filter like --tag.")
    }
  }

  func run() throws {
    try check()
    let limit = try timeout.map { try OptionParsing.duration($0, flag: "--timeout") }
    let session = try database.openReading()
    let watch = try EndWatch(session)
    let start = session.clock.now()
    var left = try ids.isEmpty ? selected(in: session) : named(in: session)
    if let caller = try session.caller()?.job {
      guard ids.isEmpty || !left.contains(caller) else {
        throw ValidationError(
          "Job \(quoted: caller.text) can't wait for itself to end.")
      }
      left.removeAll { $0 == caller }
    }
    var worst = 0
    var failed = 0
    defer { noteOthers(failed) }
    var notes = HindranceNotes(session)
    try notes.note(for: left.dropLast().suffix(Self.mostNoted), at: start)
    // All jobs have to end, so checking one at a time suffices.
    let areOver = try watch.wait(until: limit.map { start.uptime + $0 }) { now in
      while let id = left.last {
        let job = try session.store.job(id.text, at: now)
        guard let status = job.exitStatus else {
          try notes.look(at: job, now)
          return false
        }
        notes.startAnew()
        worst = max(worst, status)
        if status != 0 {
          failed += 1
          if !ids.isEmpty || failed <= Self.mostNoted { ErrorReport.note(job.ending) }
        }
        left.removeLast()
      }
      return true
    }
    guard areOver else {
      let verb = left.count == 1 ? "is" : "are"
      ErrorReport.note(
        "\(left.count, of: "job") \(verb) still unfinished after --timeout \(timeout ?? "")")
      throw ExitCode(124)
    }
    if worst != 0 { throw ExitCode(Int32(worst)) }
  }

  /// Of selected jobs, so many that didn't complete are named.
  private static let mostNoted = 10

  private func noteOthers(_ failed: Int) {
    guard ids.isEmpty, failed > Self.mostNoted else { return }
    ErrorReport.note("… and \(failed - Self.mostNoted, of: "more job")")
  }

  /// As in the shell's `wait`: 1 could be a job's status.
  private static let unknown = ExitCode(127)

  private func named(in session: Session) throws -> [JobID] {
    do throws(StoreError) {
      return try ids.map { id throws(StoreError) in
        try session.store.job(id, at: session.clock.now()).id
      }.reversed()
    } catch {
      guard error.code == .notFound else { throw error }
      ErrorReport.note(error.message)
      throw Self.unknown
    }
  }

  private func selected(in session: Session) throws -> [JobID] {
    let isWhole = !states.isEmpty || !filter.tag.isEmpty
    var query = try filter.query(at: session.clock.now())
    query.states = try isWhole ? states.states() : JobState.unfinished
    let hasUnknown = try filter.noteUnknown(in: session)
    let jobs = try session.ids(matching: query)
    if jobs.isEmpty {
      ErrorReport.note("no matching jobs: nothing to wait for")
      if hasUnknown || session.isMissing { throw Self.unknown }
    }
    return jobs
  }
}

extension Job {
  var ending: String {
    let reason = latestRun?.error.map { ": \($0)" } ?? ""
    return "job \(quoted: id.text) is \(state)" + (state == .dead ? reason : "")
  }
}
