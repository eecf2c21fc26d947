import QueueCore
import QueueOperations

/// Makes plans from forms. Throws ``RequestError``s and errors of the store.
struct Planner {
  let store: any JobStore
  let frame: Frame
  let groups: [ErrorGroup]
  let fields: FormFields

  private static let retryNote =
    "Runs begin at attempt 1 again. Earlier side effects are not undone."
  /// Each is looked up while other requests wait.
  private static let mostNamed = 256
  private static let discardNote = "History and logs are removed, too. This can't be undone."

  func plan(_ purpose: Purpose) throws -> Plan {
    switch purpose {
    case .retry: return try retry()
    case .discard: return try discard()
    case .cancel: return try cancel()
    case .pauseJob, .resumeJob: return try pauseRuns(purpose == .pauseJob)
    case .retryAll, .discardAll: return try all(isRetry: purpose == .retryAll)
    case .pause, .resume: return try queue(isPaused: purpose == .pause)
    case .pauseAll, .resumeAll: return everything(isPaused: purpose == .pauseAll)
    case .limit: return try limit()
    case .runSchedule: return try runSchedule()
    case .pauseSchedule, .resumeSchedule:
      return try pauseSchedule(isPaused: purpose == .pauseSchedule)
    case .stop, .stopNow: return try worker(isNow: purpose == .stopNow)
    case .stopAll: return try allWorkers()
    }
  }

  /// Returns nil if the store finds nothing by that name.
  private func existing<Value>(
    _ value: @autoclosure () throws(StoreError) -> Value
  ) throws(StoreError) -> Value? {
    do throws(StoreError) {
      return try value()
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }

  private var back: Link { fields["back"].flatMap { Link(returning: $0) } ?? .overview }

  // MARK: Named jobs

  /// The jobs that a request names.
  private struct Named {
    /// How many it names.
    let count: Int
    /// Those that the action changes.
    var jobs: [Job] = []
    /// How many it leaves out, and why.
    var notes: [String] = []

    /// Notes jobs that are left out.
    mutating func leaveOut(_ number: Int, _ one: String, _ several: String) {
      guard number > 0 else { return }
      notes.append("\(number) of \(count) jobs \(number == 1 ? one : several).")
    }
  }

  private func jobs(_ states: [JobState], _ participle: String) throws -> Named {
    let names = Set(fields.all("job")).sorted()
    guard !names.isEmpty else {
      throw RequestError(
        400, "No job is marked: mark some, or move to one and press the action's key.")
    }
    guard names.count <= Self.mostNamed else {
      throw RequestError(
        422,
        "\(names.count) jobs are named, more than the limit of \(Self.mostNamed): use a filter, "
          + "or the command line.", code: "too_many")
    }
    var named = Named(count: names.count)
    var others: [Job] = []
    for name in names {
      guard let job = try existing(store.job(name, at: frame.now)), job.id.text == name else {
        continue
      }
      if states.contains(job.state) { named.jobs.append(job) } else { others.append(job) }
    }
    guard !named.jobs.isEmpty else {
      guard let other = others.first else { throw RequestError(404, "These jobs no longer exist.") }
      let words = states.map(\.rawValue).asAlternatives
      throw RequestError(
        422,
        "Job \(quoted: other.id.text) is \(other.state.rawValue): only \(words) jobs can be "
          + "\(participle).")
    }
    let missing = names.count - named.jobs.count - others.count
    named.leaveOut(missing, "doesn't exist", "don't exist")
    let found = JobState.allCases.filter { state in others.contains { $0.state == state } }
      .map(\.rawValue).asAlternatives
    named.leaveOut(
      others.count, "can't be \(participle): it is \(found)",
      "can't be \(participle): they are \(found)")
    return named
  }

  private func retry() throws -> Plan {
    var named = try jobs(JobState.retryable, "retried")
    let dead = named.jobs.filter { $0.state == .dead }
    // Dead jobs come first: the others are run sooner, which is another question.
    guard !dead.isEmpty else {
      let note = "Each runs as soon as a worker is free; a cancelled job starts at attempt 1."
      return plan("Retry", named, note, .retryNow, ["queuectl", "retry"])
    }
    named.leaveOut(
      named.jobs.count - dead.count, "isn't dead: retry it separately",
      "aren't dead: retry them separately")
    named.jobs = dead
    return plan("Retry", named, Self.retryNote, .retry, ["queuectl", "dlq", "retry"])
  }

  private func discard() throws -> Plan {
    let named = try jobs([.dead], "discarded")
    return plan("Discard", named, Self.discardNote, .discard, ["queuectl", "dlq", "discard"])
  }

  private func cancel() throws -> Plan {
    let named = try jobs(JobState.unfinished, "cancelled")
    let running = named.jobs.count { $0.state == .processing }
    let some =
      named.jobs.count == 1
      ? "It runs: its" : running == 1 ? "1 of them runs: its" : "\(running) of them run: their"
    let note =
      running == 0
      ? "No run follows. A retry requeues a cancelled job."
      : "\(some) processes get TERM, and KILL after kill-grace."
    return plan(
      "Cancel", named, note, .cancel(evenRunning: running > 0), ["queuectl", "cancel"])
  }

  private func pauseRuns(_ isPaused: Bool) throws -> Plan {
    let word = isPaused ? "pause" : "resume"
    var named = try jobs([.processing], "\(word)d")
    let running = named.jobs.filter { ($0.latestRun?.freeze?.isWanted == true) != isPaused }
    guard !running.isEmpty else {
      throw RequestError(422, "These jobs \(isPaused ? "are already paused" : "aren't paused").")
    }
    named.leaveOut(
      named.jobs.count - running.count, isPaused ? "is already paused" : "isn't paused",
      isPaused ? "are already paused" : "aren't paused")
    named.jobs = running
    let note =
      isPaused
      ? "Processes stop where they are; a timeout stands still until its job is resumed."
      : "The processes continue."
    return plan(
      isPaused ? "Pause" : "Resume", named, note, isPaused ? .pause : .resume, ["queuectl", word])
  }

  private func plan(
    _ verb: String, _ named: Named, _ note: String, _ kind: JobAction, _ command: [String]
  ) -> Plan {
    let jobs = named.jobs
    let isUniform = jobs.allSatisfy { $0.state == jobs[0].state }
    let adjective = isUniform ? "\(jobs[0].state.rawValue) " : ""
    let title =
      jobs.count == 1
      ? "\(verb) \(adjective)job \(jobs[0].id)?" : "\(verb) \(jobs.count) \(adjective)jobs?"
    var plan = Plan(
      title: title, notes: [note] + named.notes, count: jobs.count,
      action: .jobs(kind, jobs.map(\.id)), back: back)
    plan.examples = Self.examples(jobs)
    plan.asksNumber = jobs.count >= Plan.manyCount
    if jobs.count <= Plan.mostExamples {
      plan.command = ShellWords.command(command + jobs.map(\.id.text))
    }
    return plan
  }

  private static func examples(_ jobs: [Job]) -> [Plan.Example] {
    jobs.prefix(Plan.mostExamples).map { job in
      Plan.Example(
        id: job.id, command: job.command, error: RunResult.detail(job.latestRun))
    }
  }

  // MARK: All dead jobs that match

  private static let pageSize = 500

  private func all(isRetry: Bool) throws -> Plan {
    let verb = isRetry ? "Retry" : "Discard"
    let filter = FilterText(fields["q"] ?? "")
    if let problem = filter.problem { throw RequestError(400, problem) }
    var query = JobQuery(states: [.dead])
    query.order = JobOrder(.updated)
    query.conditions = try filter.conditions(at: frame.now) { frame.workers.map(\.record) }
    var which = filter.isEmpty ? "" : " matching \(quoted: filter.text)"
    let group = try fields["group"].map { name in
      guard let group = groups.first(where: { $0.name == name }) else {
        throw RequestError(404, "This group has no dead jobs left.")
      }
      query.conditions += group.key.predicates
      which = " with the error \(quoted: group.key.pattern)"
      return group.key
    }
    let (ids, first) = try gather(query, group)
    guard !ids.isEmpty else { throw RequestError(422, "No dead jobs match now.") }
    let jobs = ids.count == 1 ? "the dead job" : "all \(Format.grouped(ids.count)) dead jobs"
    var plan = Plan(
      title: "\(verb) \(jobs)\(which)?",
      notes: [isRetry ? Self.retryNote : Self.discardNote], count: ids.count,
      action: .jobs(isRetry ? .retry : .discard, ids), back: back)
    plan.examples = Self.examples(first)
    plan.asksNumber = ids.count > 1
    if filter.isEmpty, group == nil { plan.command = "queuectl dlq \(verb.lowercased()) --all" }
    return plan
  }

  private func gather(
    _ query: JobQuery, _ group: ErrorGroup.Key?
  ) throws -> (ids: [JobID], first: [Job]) {
    var ids: [JobID] = []
    var first: [Job] = []
    var cursor: JobPage.Cursor?
    repeat {
      let page = try store.jobs(query, limit: Self.pageSize, after: cursor, at: frame.now)
      let matching = page.jobs.filter { group?.includes($0) ?? true }
      first += matching.prefix(Plan.mostExamples - first.count)
      ids += matching.map(\.id)
      cursor = page.next
      guard ids.count <= BulkSelection.most else {
        throw RequestError(
          422,
          "More than \(Format.grouped(BulkSelection.most)) jobs match: use \"queuectl dlq\" on the "
            + "command line.", code: "too_many")
      }
    } while cursor != nil
    return (ids, first)
  }

  // MARK: Queues

  private func queueName() throws -> String {
    guard let name = fields["queue"], frame.controls.queues.contains(where: { $0.name == name })
    else { throw RequestError(404, "There is no such queue.") }
    return name
  }

  private func queue(isPaused: Bool) throws -> Plan {
    let name = try queueName()
    let waiting = Format.grouped(frame.summary.unfinished(in: [name]))
    let note =
      isPaused
      ? "Running jobs continue; none of its other jobs start. Unfinished jobs: \(waiting)."
      : "Its unfinished jobs: \(waiting)."
    var plan = Plan(
      title: "\(isPaused ? "Pause" : "Resume") queue \(name)?", notes: [note], count: 1,
      action: .pause(queue: name, isPaused), back: back)
    plan.command = ShellWords.command(["queuectl", "queue", isPaused ? "pause" : "resume", name])
    return plan
  }

  private func everything(isPaused: Bool) -> Plan {
    let waiting = Format.grouped(frame.summary.unfinished())
    let note =
      isPaused
      ? "Running jobs continue; no other jobs start. Unfinished jobs: \(waiting)."
      : "Queues that aren't paused themselves start jobs again."
    var plan = Plan(
      title: "\(isPaused ? "Pause" : "Resume") everything?", notes: [note], count: 1,
      action: .pause(queue: nil, isPaused), back: back)
    plan.command = "queuectl queue \(isPaused ? "pause" : "resume") --all"
    return plan
  }

  /// Plans a limit; an empty one removes it.
  private func limit() throws -> Plan {
    let name = try queueName()
    let text = fields["limit"]?.filter { $0 != " " }
    let limit = text.flatMap { Int($0) }
    guard text == "" || limit.map(QueueControl.limits.contains) == true else {
      let most = Format.grouped(QueueControl.limits.upperBound)
      throw RequestError(
        400, "The limit must be a whole number from 0 to \(most), or empty for none.")
    }
    let running = frame.summary.count(.processing, queue: name)
    let title = limit.map { "Limit queue \(name) to \($0, of: "running job")?" }
    let note =
      limit == 0
      ? "None of its jobs start, as if it were paused."
      : "Running jobs continue, even above the new limit."
    var plan = Plan(
      title: title ?? "Remove the limit of queue \(name)?",
      notes: [note, "\(running, of: "job") of this queue \(running == 1 ? "runs" : "run") now."],
      count: 1, action: .limit(queue: name, limit), back: back)
    plan.command = ShellWords.command(
      ["queuectl", "queue", "limit", name, limit.map { "\($0)" } ?? "none"])
    return plan
  }

  // MARK: Schedules

  private func schedule() throws -> Schedule {
    guard let name = fields["schedule"], let schedule = try existing(store.schedule(name)) else {
      throw RequestError(404, "There is no such schedule.")
    }
    return schedule
  }

  private func runSchedule() throws -> Plan {
    let name = try schedule().name
    var plan = Plan(
      title: "Run schedule \(name) now?", notes: ScheduleNotes.ofRunning, count: 1,
      action: .runSchedule(name), back: back)
    plan.command = ShellWords.command(["queuectl", "schedule", "run", name])
    return plan
  }

  private func pauseSchedule(isPaused: Bool) throws -> Plan {
    let name = try schedule().name
    var plan = Plan(
      title: "\(isPaused ? "Pause" : "Resume") schedule \(name)?",
      notes: [ScheduleNotes.ofPausing(isPaused)], count: 1,
      action: .pauseSchedule(name, isPaused), back: back)
    plan.command = ShellWords.command(
      ["queuectl", "schedule", isPaused ? "pause" : "resume", name])
    return plan
  }

  // MARK: Workers

  private func worker(isNow: Bool) throws -> Plan {
    let found = fields["worker"].flatMap { WorkerID($0) }.flatMap { id in
      frame.present.first { $0.record.id == id }
    }
    guard let record = found?.record else { throw RequestError(404, "There is no such worker.") }
    let identity = "\(record.id) (pid \(record.process.pid), host \(record.process.host))"
    let note: String
    if let current = record.current {
      note =
        isNow
        ? "Its job \(current.job) gets TERM, and KILL after kill-grace; it is requeued."
        : "It finishes \(current.job) first, then exits."
    } else {
      note = "It is idle, and exits at once."
    }
    let staying = frame.present.count { $0.condition != .stopping && $0.record.id != record.id }
    var plan = Plan(
      title: isNow ? "End the job of worker \(identity)?" : "Stop worker \(identity)?",
      notes: [note, "\(staying, of: "worker") \(staying == 1 ? "stays" : "stay")."], count: 1,
      action: .stop(
        [record.id], isNow ? .endJob : .finishJob, during: isNow ? record.current?.run : nil),
      back: back)
    plan.command = "queuectl worker stop \(record.id)\(isNow ? " --now" : "")"
    return plan
  }

  private func allWorkers() throws -> Plan {
    let running = frame.present
    guard !running.isEmpty else { throw RequestError(422, "No worker runs.") }
    let busy = running.count { $0.record.current != nil }
    var plan = Plan(
      title: running.count == 1 ? "Stop the only worker?" : "Stop all \(running.count) workers?",
      notes: [
        StopNotes.ofAll(running.count, busy: busy),
        "Jobs then wait until workers are started again.",
      ], count: running.count, action: .stop(running.map(\.record.id), .finishJob), back: back)
    plan.asksNumber = running.count > 1
    plan.command = "queuectl worker stop"
    return plan
  }
}
