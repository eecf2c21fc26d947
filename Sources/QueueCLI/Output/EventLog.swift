import Glibc
import QueueCore
import QueueHost
import QueueWorker

/// The event log of `worker start`: time, process, event. Each line is a single write, because
/// several processes share the terminal. Lines that would block, as after ^S, are dropped and
/// counted.
final class EventLog {
  var name: () -> String = { "supervisor" }
  private let clock: any Clock
  /// The log file, in which lines carry dates; nil for a terminal, a pipe or the journal.
  private let file: WorkerLogFile?
  private var dropped = 0
  private var told: (text: String, until: Duration)?
  private var latest: (second: Int64, text: String) = (.min, "")

  init(clock: any Clock, file: WorkerLogFile? = nil) {
    self.clock = clock
    self.file = file
  }

  func tell(_ event: WorkerEvent) {
    switch event {
    case .ready, .left, .freedOthers: break
    case .started(let job):
      line(
        "\(job.id) started, attempt \(job.attempt) of \(job.tally.maxRetries + 1): "
          + Self.shortened(job.command))
    case .finished(let job, let report, let transition):
      line("\(job.id) \(Self.result(of: job, report, transition))")
    case .paused(let job, let isPaused): line("\(job) \(isPaused ? "paused" : "resumed")")
    case .superseded(let job):
      line("\(job.id) was reclaimed for another worker; this result is dropped")
    case .cared(let result): tell(result)
    case .unended(let job, let leftovers): trouble(leftovers.hindrance(to: job))
    case .registeredAnew(let was): line("was evicted as \(was); continues under a new id")
    case .stopping(.finishJob, _): line("stopping: takes no more jobs")
    case .orphaned: trouble("the supervisor was killed, so this worker stops")
    case .stopping(.endJob, hasJob: true): line("stopping now: the job is ended and requeued")
    case .stopping(.endJob, hasJob: false): line("stopping now")
    case .cutOff(let job, let silence):
      line(
        "\(job.id) is ended: no answer from the server for \(silence.brief), and other hosts may "
          + "take it after host-lease; no retry is spent")
    case .displaced: line("the database was moved, removed or replaced")
    case .waitingForRoom(let job, let reason): trouble("\(job.id) can't start yet: \(reason)")
    case .noticed(let job, let problem):
      if let problem {
        trouble("the on-dead command for \(job) failed: \(Self.shortened(problem))")
      }
    case .scheduled(let advance): tell(advance)
    case .zoneUnreadable(let error):
      line("\(error); schedules of this zone are left to other workers")
    case .scheduleDamaged(let schedule):
      line("\(schedule.problem); nothing is enqueued by it: \"queuectl doctor\"")
    case .rescheduled(let count, let cause): tell(count, rescheduledBy: cause)
    case .trouble(let error): trouble(error.message)
    }
  }

  private func tell(_ count: Int, rescheduledBy cause: RescheduleCause) {
    switch cause {
    case .clockSetBack(let setback):
      line(
        "the clock was set back by \(setback.brief): "
          + "\(count, of: "schedule") \(count == 1 ? "goes" : "go") on from the new time")
    case .zoneFiles:
      line(
        "time zone files changed: "
          + "\(count, of: "schedule") \(count == 1 ? "has" : "have") a new next time")
    }
  }

  /// Logs of times in a row that are skipped only the first.
  private func tell(_ advance: ScheduleAdvance) {
    let name = advance.schedule.name
    if let missed = advance.missed {
      let last = missed.times > 1 ? " to \(LocalTime.dateAndClock(missed.through))" : ""
      line(
        "\(name) missed \(missed.times, of: "time"): \(LocalTime.dateAndClock(missed.at))\(last)")
    }
    for enqueued in advance.enqueued {
      line("\(enqueued.job) enqueued by \(name) for \(LocalTime.dateAndClock(enqueued.due.at))")
    }
    if let first = advance.skipped.first,
      advance.schedule.tally.skipsInRow <= advance.skipped.count
    {
      line(
        "\(name) skips \(LocalTime.dateAndClock(first)): its earlier job is unfinished")
    }
    if let problem = advance.schedule.problem { trouble("\(name) enqueues nothing: \(problem)") }
  }

  /// Logs the same trouble at most once a minute.
  private func trouble(_ text: String) {
    let now = clock.now().uptime
    if let told, told.text == text, now < told.until { return }
    told = (text, now + .seconds(60))
    line(text)
  }

  func tell(_ event: Supervisor.Event) {
    switch event {
    case .ready(let count):
      line("\(count, of: "worker") ready; stop with ^C or \"queuectl worker stop\"")
    case .died(let pid, let cause, let pause):
      let next = pause == .zero ? "starting another" : "starting another in \(pause.brief)"
      line("worker process \(pid) died (\(cause)); \(next)")
    case .cared(let result): tell(result)
    case .endedRun(let pid, .none):
      line("the job of worker process \(pid) is ended: other hosts may take it after host-lease")
    case .endedRun(let pid, .processes(let processes)):
      line(
        "the job of worker process \(pid) can't be ended: kill "
          + processes.map { "\($0.pid)" }.joined(separator: " "))
    case .endedRun(let pid, .unknown(let reason)):
      line("the job of worker process \(pid) may still run: \(reason)")
    case .trouble(let error): line("\(error.message)")
    case .stopping(.finishJob): line("stopping: jobs finish first; repeat to end them now")
    case .stopping(.endJob): line("stopping now: jobs are ended and requeued")
    case .relieved: line("stopping: a stop of all workers was requested")
    case .obsolete(.outdated):
      line("a newer queuectl has migrated the queue: jobs finish, no worker is started")
    case .obsolete(.displaced):
      line("the database was moved, removed or replaced: jobs finish, no worker is started")
    }
  }

  private static func result(
    of job: ClaimedJob, _ report: RunReport, _ transition: Transition
  ) -> String {
    let time = report.elapsed.brief
    let error = report.error.map { shortened($0) } ?? ""
    switch transition.state {
    case .completed: return "completed in \(time)"
    case .failed where transition.attempts == job.tally.attempts:
      // The status alone, because the line already says that the job is snoozed.
      var plain = report
      if case .snoozed(let status) = report.end { plain.end = .exited(status) }
      let wait = transition.delay?.brief ?? "no time"
      return "snoozed after \(time): \(shortened(plain.error ?? "")); next run in \(wait)"
    case .failed:
      let wait = transition.delay.map(\.brief) ?? "no time"
      return "failed after \(time): \(error); retry \(transition.attempts) of "
        + "\(job.tally.maxRetries) in \(wait)"
    case .dead where transition.attempts <= job.tally.maxRetries:
      return "failed after \(time): \(error); this isn't retried: dead"
    case .dead: return "failed after \(time): \(error); no retry is left: dead"
    case .pending: return "stopped after \(time); requeued, no retry spent"
    case .cancelled: return "cancelled after \(time)"
    case .processing: return transition.state.rawValue
    }
  }

  private func tell(_ result: Reclaimer.Result) {
    if case .reclaimed = result { line(result.text) } else { trouble(result.text) }
  }

  private static func shortened(_ text: String) -> String {
    let limit = 200
    return text.utf8.count > limit && text.count > limit ? String(text.prefix(limit)) + "…" : text
  }

  func line(_ text: String) {
    guard Poll.wait(untilWritable: STDOUT_FILENO, atMost: .zero) else {
      dropped += 1
      return
    }
    let missing = dropped > 0 ? " (\(dropped) lines before this were lost)" : ""
    dropped = 0
    var line = time() + " " + name() + " "
    line += TerminalText.sanitized(text)
    line += missing
    line += "\n"
    _ = line.withUTF8 { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }

  /// The time, formatted once a second: a busy worker prints thousands of lines in one.
  private func time() -> String {
    let now = clock.now().wall
    let second = now.milliseconds / 1000
    guard second != latest.second else { return latest.text }
    file?.turn()
    latest = (second, file == nil ? LocalTime.clock(now) : LocalTime.dateAndClock(now))
    return latest.text
  }
}

extension Reclaimer.Result {
  var text: String {
    switch self {
    case .reclaimed(let reclaimed, let worker):
      "\(worker) is lost; its job \(reclaimed.job) \(reclaimed.fate)"
    case .unended(let job, let worker, let leftovers):
      "\(worker) is lost; \(leftovers.hindrance(to: job))"
    case .unknown(let worker, let reason): "unknown whether \(worker) has ended: \(reason)"
    }
  }
}

extension Leftovers {
  func hindrance(to job: JobID) -> String {
    switch self {
    case .none: "the run of \(job) has ended"
    case .processes:
      "can't end \(text ?? "it") of \(job); the job isn't run again until that has ended"
    case .unknown(let reason): "unknown whether the run of \(job) has ended: \(reason)"
    }
  }
}

extension ReclaimedJob {
  /// The outcome, to follow the job's id in a message.
  var fate: String {
    switch state {
    case .dead: "is dead: too many workers died running it"
    case .cancelled: "is cancelled"
    case .failed: "is requeued in \(delay?.brief ?? "a while"): several workers died running it"
    case .pending, .processing, .completed: "is requeued"
    }
  }
}
