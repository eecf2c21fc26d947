import Glibc
import QueueCore
import QueueHost
import QueueSession

/// Prints a job's output as it is written, run after run, until the job has ended.
struct LogFollower {
  let job: JobID
  let session: Session
  private let saysWhatItWaitsFor: Bool
  private var isSaidBlind = false
  private var printer: LogPrinter
  private var notes: HindranceNotes

  init(job: JobID, session: Session, saysWhatItWaitsFor: Bool = true) {
    self.job = job
    self.session = session
    notes = HindranceNotes(session)
    printer = LogPrinter(session.logs)
    self.saysWhatItWaitsFor = saysWhatItWaitsFor
  }

  /// Prints from run `first`, or the next one for nil, beginning with its last `tail` lines (nil
  /// for all). With `throughRetries`, stops at the job's end instead of the run's.
  mutating func follow(from first: Run?, tail: Int?, throughRetries: Bool) throws {
    var next = first
    var tail = tail
    while let run = try next ?? firstRun(after: nil) {
      try printToEnd(of: run, tail: tail)
      tail = nil
      guard throughRetries else { return }
      next = try firstRun(after: run)
      if next == nil { break }
    }
    guard saysWhatItWaitsFor else { return }
    let state = try session.store.job(job.text, at: session.clock.now()).state
    ErrorReport.note("job \"\(job)\" is \(state.rawValue)")
  }

  /// Waits for the next run; nil if the job ends without one.
  private mutating func firstRun(after last: Run?) throws -> Run? {
    let watch = watch()
    var hasSaid = false
    while true {
      // Read the state before the runs: once the job has ended, the runs read next are all.
      let now = session.clock.now()
      let current = try session.store.job(job.text, at: now)
      let state = current.state
      var newest: Run?
      var next: Run?
      try session.store.forEachRun(of: job.text) { run in
        newest = newest ?? run
        guard run.id.number > last?.id.number ?? 0 else { return false }
        next = run
        return true
      }
      if let next { return next }
      guard state.isUnfinished else { return nil }
      if !hasSaid, saysWhatItWaitsFor {
        ErrorReport.note(waiting(after: newest, state))
        hasSaid = true
      } else if !hasSaid, let newest, newest.finishedAt != nil {
        ErrorReport.note(retrying(after: newest, current, now))
        hasSaid = true
      }
      try notes.look(at: current, now)
      try wait(watch)
    }
  }

  private func retrying(after last: Run, _ job: Job, _ now: Moment) -> String {
    let wait = job.runAt.map { max(.zero, $0 - now.wall) } ?? .zero
    return "attempt \(last.attempt) of \(job.maxRetries + 1): "
      + (last.error ?? last.end?.summary ?? "") + "; next run in \(wait.brief)"
  }

  private func waiting(after last: Run?, _ state: JobState) -> String {
    guard let last else {
      return "job \"\(job)\" is \(state.rawValue) and hasn't run yet: waiting"
    }
    let end = last.error ?? last.end?.summary ?? ""
    return "attempt \(last.attempt): \(end); job \"\(job)\" is \(state.rawValue): waiting"
  }

  private mutating func printToEnd(of run: Run, tail: Int?) throws {
    var watch = watch(run.id)
    var reader: LogReader?
    while true {
      // Read the run's end before its log, so that the log is complete.
      var latest: Run?
      try session.store.forEachRun(of: job.text) { one in
        if one.id == run.id { latest = one }
        return one.id.number > run.id.number
      }
      let isOver = latest?.finishedAt != nil
      if reader == nil {
        reader = try LogReader.open(run, in: session.logs)
        if let tail, let reader {
          try printer.skip(reader, of: run.id, toLastLines: tail)
        }
        watch = self.watch(run.id)
      }
      // Brings a copy up to date.
      _ = session.logs.log(of: run.id)
      if let reader { try printer.print(all: reader, of: run.id) }
      if isOver {
        if reader == nil {
          ErrorReport.note(LogReader.missing(run, of: job, in: session.directory))
        }
        return try printer.end()
      }
      try wait(watch)
    }
  }

  /// Creates a watch. If it can only poll, prints a note once.
  private mutating func watch(_ run: RunID? = nil) -> ActivityWatch {
    let watch = ActivityWatch(session.directory, logs: session.logs, run: run)
    if let blindness = watch.blindness, !isSaidBlind {
      isSaidBlind = true
      ErrorReport.note("\(blindness); polling instead")
    }
    return watch
  }

  private func wait(_ watch: ActivityWatch) throws {
    guard watch.wait(whileReadBy: STDOUT_FILENO) else { throw Output.Closed(code: EPIPE) }
  }
}

extension LogReader {
  /// Opens a run's log; nil if it is missing.
  static func open(_ run: Run, in logs: any LogShelf) throws -> LogReader? {
    do throws(LogFailure) {
      return try LogReader(path: logs.log(of: run.id))
    } catch {
      guard error.code == ENOENT else { throw error }
      return nil
    }
  }

  static func missing(_ run: Run, of job: JobID, in directory: QueueDirectory) -> String {
    "the log of attempt \(run.attempt) of job \"\(job)\" is missing: it was removed or couldn't be "
      + "created (\(directory.log(of: run.id)))"
  }
}
