import QueueCore
import QueueOperations
import QueueTestSupport
import Testing

/// Whether a job can't run without an operator, over any number of steps.
@Suite struct Hindering {
  let now = ManualClock.start

  private func job(
    _ id: String, _ state: JobState = .pending, queue: String = "default", after: [Job] = []
  ) -> Job {
    var job = Job(
      id: JobID(trusted: id), command: "true", state: state, attempts: 0, maxRetries: 3,
      queue: queue, priority: 0, createdAt: now.wall, updatedAt: now.wall)
    job.waitsFor = after.map {
      UnmetPrerequisite(job: $0.id, state: $0.state, accepts: .success)
    }
    return job
  }

  private func find(
    _ jobs: [Job], for job: Job, _ change: (inout JobFacts) -> Void = { _ in }
  ) -> Hindrance? {
    let worker = WorkerRecord(id: WorkerID(1), process: .example(), queues: [], at: now)
    return Hindrance.find(for: job) { job in
      var facts = JobFacts(
        job: job, controls: QueueControls(), runningInQueue: 0, workers: [(worker, .idle)],
        jobsAhead: 0)
      change(&facts)
      return Explanation(facts, at: now).reasons
    } look: { id in
      jobs.first { $0.id == id }
    }
  }

  @Test(arguments: [JobState.dead, .cancelled], [1, 2, 40])
  func `a job that can't succeed any more is named, over any number of steps`(
    state: JobState, steps: Int
  ) {
    var jobs = [job("end", state)]
    for step in 1...steps { jobs.append(job("j\(step)", after: [jobs[step - 1]])) }
    let hindrance = find(jobs, for: jobs[steps])
    #expect(hindrance?.job.id.text == "j1")
    #expect(
      hindrance?.text(for: jobs[steps]) == #"job "j\#(steps)" waits"#
        + (steps > 1 ? #" for "j1": it waits"# : "")
        + #" for the success of "end", which is \#(state): "queuectl retry end""#)
  }

  @Test func `a hindrance stays the same while its time passes`() {
    let job = job("paused")
    let reasons: [Explanation.Reason] = [.frozen(for: .seconds(1)), .frozen(for: .seconds(2))]
    #expect(Hindrance(of: job, reasons[0]) == Hindrance(of: job, reasons[1]))
    #expect(Hindrance(of: job, reasons[0]) != Hindrance(of: job, .queuePaused))
  }

  @Test(arguments: [
    (QueueControl(name: "mail", isPaused: true), Explanation.Reason.queuePaused),
    (QueueControl(name: "mail", runningLimit: 0), .queueLimitedToNone),
  ])
  func `a paused queue is named, also that of a prerequisite`(
    control: QueueControl, reason: Explanation.Reason
  ) {
    let first = job("first", queue: "mail")
    let (second, free) = (job("second", after: [first]), job("free"))
    for waiting in [first, second] {
      let hindrance = find([first, second], for: waiting) { $0.controls.queues = [control] }
      #expect(hindrance == Hindrance(of: first, reason))
    }
    #expect(find([free], for: free) { $0.controls.queues = [control] } == nil)
  }

  @Test func `waiting for a time or for other jobs is no hindrance`() {
    let running = job("running", .processing)
    var failed = job("failed", .failed)
    failed.runAt = now.wall + .seconds(60)
    let last = job("last", after: [running, failed])
    #expect(find([running, failed, last], for: last) == nil)
    #expect(
      find([running, failed, last], for: last) { $0.workers[0].condition = .busy } == nil,
      "a busy worker comes free")
  }

  @Test
  func `of many prerequisites the dead one is named first, within a limit of look-ups`() {
    let many = (1...5000).map { job("j\($0)") }
    let dead = job("dead", .dead)
    let last = job("last", after: many + [dead])
    var looks = 0
    let hindrance = Hindrance.find(for: last) { job in
      job.waitsFor.map(Explanation.Reason.needs)
    } look: { id in
      looks += 1
      return many.first { $0.id == id }
    }
    #expect(hindrance?.reason == .needs(last.waitsFor[5000]))
    #expect(looks == 0)
    let without = job("last", after: many)
    let none = Hindrance.find(for: without) { job in
      job.waitsFor.map(Explanation.Reason.needs)
    } look: { id in
      looks += 1
      return many.first { $0.id == id }
    }
    #expect(none == nil)
    #expect(looks == Hindrance.mostJobs)
  }

  @Test func `a cycle of prerequisites ends the search`() {
    var (one, other) = (job("one"), job("other"))
    other.waitsFor = [UnmetPrerequisite(job: one.id, state: .pending, accepts: .success)]
    one.waitsFor = [UnmetPrerequisite(job: other.id, state: .pending, accepts: .success)]
    #expect(find([one, other], for: one) == nil)
  }

  @Test func `a run that waits for a job behind itself is a hindrance`() {
    let caller = JobFacts.Caller(worker: WorkerID(1), job: JobID(trusted: "outer"))
    let (inner, next) = (job("inner"), job("next", after: [job("outer", .processing)]))
    let busy: (inout JobFacts) -> Void = {
      $0.workers[0].condition = .busy
      $0.caller = caller
    }
    #expect(find([inner], for: inner, busy)?.reason == .onlyWorkerIsCaller(WorkerID(1)))
    #expect(find([next], for: next, busy)?.reason == .needsCaller(caller.job))
    let two: (inout JobFacts) -> Void = {
      busy(&$0)
      let other = WorkerRecord(
        id: WorkerID(2), process: .example(), queues: [], at: ManualClock.start)
      $0.workers.append((other, .busy))
    }
    #expect(find([inner], for: inner, two) == nil, "the other one comes free")
  }

  @Test func `a run that fills the limit of the queue it waits for is a hindrance`() {
    let caller = JobFacts.Caller(worker: WorkerID(9), job: JobID(trusted: "outer"), queue: "mail")
    let (inner, other) = (job("inner", queue: "mail"), job("other"))
    let last = job("last", after: [inner])
    func found(_ waiting: Job, limit: Int, _ caller: JobFacts.Caller?) -> Hindrance? {
      find([inner], for: waiting) {
        $0.controls.queues = [QueueControl(name: "mail", runningLimit: limit)]
        $0.runningInQueue = limit
        $0.caller = caller
      }
    }
    for waiting in [inner, last] {
      #expect(
        found(waiting, limit: 1, caller) == Hindrance(of: inner, .limitFilledByCaller(caller.job)))
      #expect(found(waiting, limit: 2, caller) == nil, "another job of the queue ends")
      #expect(found(waiting, limit: 1, nil) == nil, "the running job ends")
    }
    #expect(found(other, limit: 1, caller) == nil, "it is in another queue")
    #expect(
      found(inner, limit: 1, caller)?.text(for: inner)
        == #"job "inner" waits: its queue "mail" runs 1 job at a time: "outer", "#
        + #"which runs this command: "queuectl queue limit mail 2""#)
  }

  @Test func `FAULT 79: many prerequisites are counted, not listed`() {
    let others = (1...97).map { job("j\($0)") } + [job("dead", .dead)]
    let last = job("last", after: others)
    let facts = JobFacts(
      job: last, controls: QueueControls(), runningInQueue: 0, workers: [], jobsAhead: 0)
    let reasons = Explanation(facts, at: now).reasons
    #expect(reasons.first == .needs(last.waitsFor[97]), "those first that can't be met any more")
    #expect(reasons.dropFirst(10).first == .needsMore(88))
    #expect(reasons[10].text(for: last) == "it waits for 88 more jobs")
  }
}
