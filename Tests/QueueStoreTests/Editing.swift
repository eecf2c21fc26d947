import QueueCore
import QueueTestSupport
import Testing

@Suite struct Editing {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `each part is changed by itself, and the others stay`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("job", priority: 2, runAt: now.wall + .seconds(60), at: now)
    var expected = try store.job("job", at: now)
    clock.advance(by: .seconds(1))

    expected.priority = 7
    #expect(try store.edit("job", try JobEdit(priority: 7), at: now) == expected)
    expected.command = "echo new"
    #expect(try store.edit("job", try JobEdit(command: "echo new"), at: now) == expected)
    expected.runAt = now.wall + .seconds(5)
    #expect(try store.edit("job", try JobEdit(runAt: expected.runAt), at: now) == expected)
    #expect(try store.job("job", at: now) == expected)
    let worker = try store.addWorker(at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(5)))
    clock.advance(by: .seconds(5))
    #expect(try store.claim(for: worker, at: now).command == "echo new")
  }

  @Test(arguments: StoreUnderTest.all)
  func `priority and time change the order`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for id in ["a", "b", "c"] { try store.add(id, at: now) }
    try store.add("later", runAt: now.wall + .seconds(3600), at: now)
    _ = try store.edit("c", try JobEdit(priority: 1), at: now)
    _ = try store.edit("a", try JobEdit(runAt: now.wall + .seconds(10)), at: now)
    _ = try store.edit("later", try JobEdit(runAt: now.wall), at: now)
    let worker = try store.addWorker(at: now)
    #expect(
      try (1...3).map { _ in try store.runNext(for: worker, at: now) } == ["c", "b", "later"])
    clock.advance(by: .seconds(10))
    #expect(try store.runNext(for: worker, at: now) == "a")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a failed job can be delayed, and keeps its attempts`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    let job = try store.edit("job", try JobEdit(runAt: now.wall + .seconds(60)), at: now)
    #expect(job.state == .failed)
    #expect(job.runAt == now.wall + .seconds(60))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(60)))
    clock.jumpWall(by: .seconds(3600))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(60)))
    clock.advance(by: .seconds(60))
    #expect(try store.claim(for: worker, at: now).attempt == 2)
  }

  @Test(arguments: StoreUnderTest.all, [true, false])
  func `a time in the past means now, and counts no long wait`(
    store: StoreUnderTest, isFailed: Bool
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    if isFailed { try store.runNext(for: worker, .exited(1), at: now) }
    clock.advance(by: .seconds(1))
    let past = Timestamp(milliseconds: 0)
    #expect(try store.edit("job", try JobEdit(runAt: past), at: now).runAt == now.wall)
    clock.advance(by: .seconds(3))
    _ = try store.claim(for: worker, at: now)
    let waited = try #require(try store.runs(of: "job").first?.waited)
    #expect((.zero ... .seconds(4)).contains(waited), "\(waited)")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a new time doesn't run a job before its prerequisite`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("first", at: now)
    let needs = Prerequisite(reference: "first", accepts: .success)
    try store.add(
      [try NewJob(id: JobID("second"), command: "true", prerequisites: [needs])], at: now)
    _ = try store.edit("second", try JobEdit(priority: 9, runAt: now.wall), at: now)
    let worker = try store.addWorker(at: now)
    #expect(try store.runNext(for: worker, at: now) == "first")
    #expect(try store.runNext(for: worker, at: now) == "second")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a dead job stays dead with its changes, until it is retried`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", maxRetries: 0, at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    var expected = try store.job("job", at: now)
    var edit = try JobEdit(command: "echo new", priority: 3)
    edit.queue = "other"
    edit.maxRetries = 5
    edit.timeout = .seconds(9)
    edit.retryRules.backoffBase = 1.5
    edit.limits.niceness = 3
    edit.directory = "/tmp"
    edit.environment = [try EnvironmentVariable(name: "A", value: "1")]
    expected.spec = edit.applied(to: expected.spec)
    #expect(try store.edit("job", edit, at: now) == expected)
    #expect(expected.state == .dead && expected.queue == "other" && expected.maxRetries == 5)
    #expect(try store.summary().count(.dead, queue: "other") == 1)
    #expect(try store.summary().count(.dead, queue: "default") == 0)
    #expect(try store.queueControls().queues.map(\.name).contains("other"))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    _ = try store.retry(["job"], at: now)
    let claim = try store.claim(for: worker, at: now)
    #expect(claim.command == "echo new" && claim.timeout == .seconds(9))
    #expect(claim.queue == "other" && claim.environment == edit.environment)
    #expect(claim.limits == ResourceLimits(niceness: 3))
    try store.end(claim, by: worker, .exited(0), at: now)
    #expect(try store.summary().count(.completed, queue: "other") == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retry changes its jobs first, and no others`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    func keyed(_ id: String) throws -> NewJob {
      try NewJob(id: JobID(id), command: "true", uniqueKey: "key", maxRetries: 0)
    }
    try store.add([keyed("blocked")], at: now)
    try store.add("dead", maxRetries: 0, at: now)
    try store.add("failed", at: now)
    for _ in 1...3 { try store.runNext(for: worker, .exited(1), at: now) }
    try store.add([keyed("holder")], at: now)
    let before = try store.job("blocked", at: now)
    var edit = try JobEdit(command: "echo new", priority: 5)
    edit.queue = "other"
    edit.maxRetries = 7

    let ids = ["blocked", "dead", "failed", "gone"].map(JobID.init(trusted:))
    let selection = JobSelection(.listed(ids), in: JobState.retryable)
    let dry = try store.retry(selection, with: edit, dryRun: true, at: now)
    #expect(try store.job("dead", at: now).command == "true")
    let step = try store.retry(selection, with: edit, dryRun: false, at: now)
    #expect(step.jobs.map(\.text) == ["dead", "failed"] && step.left.count == 2)
    #expect(step == dry)
    #expect(try store.job("blocked", at: now) == before)
    #expect(try store.summary().count(.pending, queue: "other") == 1)
    #expect(try store.summary().count(.failed, queue: "other") == 1)
    let other = try store.addWorker(serving: ["other"], at: now)
    for _ in 1...2 {
      let claim = try store.claim(for: other, at: now)
      #expect(claim.command == "echo new" && claim.priority == 5 && claim.maxRetries == 7)
      try store.end(claim, by: other, .exited(0), at: now)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retry whose change is refused changes no job`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("failed", at: now)
    try store.add("dead", maxRetries: 0, at: now)
    for _ in 1...2 { try store.runNext(for: worker, .exited(1), at: now) }
    let before = try store.allJobs(at: now)
    let error = try refusal {
      _ = try store.retry(
        JobSelection(.named(["failed", "dead"]), in: JobState.retryable),
        with: try JobEdit(command: "false", runAt: now.wall), dryRun: false, at: now)
    }
    #expect(error.message.contains("only waiting jobs have a start time"))
    #expect(try store.allJobs(at: now) == before)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a waiting job moves to another queue with its place`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for id in ["a", "b"] { try store.add(id, at: now) }
    var edit = try JobEdit()
    edit.queue = "other"
    for _ in 1...2 { _ = try store.edit("a", edit, at: now) }
    #expect(try store.summary().count(.pending, queue: "other") == 1)
    let worker = try store.addWorker(serving: ["other"], at: now)
    #expect(try store.runNext(for: worker, at: now) == "a")
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    #expect(try store.summary().count(.pending, queue: "default") == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs of a selection are changed together, and others are left`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let before = try store.allJobs(at: now)
    var edit = try JobEdit(command: "echo new", priority: 5)
    edit.queue = "other"
    edit.tags = ["t"]
    let ids = before.map(\.id) + [JobID(trusted: "gone")]
    let selection = JobSelection(.listed(ids), in: JobState.editable)
    let dry = try store.edit(selection, edit, dryRun: true, at: now)
    #expect(try store.allJobs(at: now) == before)
    let step = try store.edit(selection, edit, dryRun: false, at: now)
    #expect(step == dry)
    let editable = before.filter { JobState.editable.contains($0.state) }.map(\.id)
    #expect(Set(step.jobs) == Set(editable) && step.jobs.count == editable.count)
    #expect(step.left.count == ids.count - editable.count)
    for job in before {
      var expected = job
      if editable.contains(job.id) { expected.spec = edit.applied(to: expected.spec) }
      #expect(try store.job(job.id.text, at: now) == expected)
    }
    try expectSummaryMatchesRows(of: store, at: now)

    let matching = JobSelection(.matching(JobQuery(queue: "other")), in: [.pending])
    let again = try store.edit(matching, try JobEdit(priority: 6), dryRun: false, at: now)
    let pending = try store.allJobs(at: now).filter { $0.priority == 6 }
    #expect(Set(pending.map(\.id)) == Set(again.jobs) && !again.jobs.isEmpty)
    #expect(pending.allSatisfy { $0.state == .pending && $0.queue == "other" })
  }

  @Test(arguments: StoreUnderTest.all)
  func `of jobs that aren't named, ended ones are left when the run time changes`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let edit = try JobEdit(priority: 9, runAt: now.wall + .seconds(60))
    let step = try store.edit(
      JobSelection(.matching(JobQuery()), in: JobState.editable), edit, dryRun: false, at: now)
    let (changed, others) = try store.allJobs(at: now).reduce(into: ([JobID](), [Job]())) {
      if $1.priority == 9 { $0.0.append($1.id) } else { $0.1.append($1) }
    }
    #expect(Set(step.jobs) == Set(changed) && !changed.isEmpty)
    let ended = others.filter { [.dead, .cancelled].contains($0.state) }
    #expect(step.left.count == ended.count && !ended.isEmpty)
    #expect(step.left.allSatisfy { if case .hasNoStartTime = $0 { true } else { false } })
  }

  @Test(arguments: StoreUnderTest.all)
  func `if a named job can't be edited, none is`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let before = try store.allJobs(at: now)
    for other in ["busy", "done", "none"] {
      let error = try refusal {
        _ = try store.edit(
          JobSelection(.named(["waiting", "buried", other]), in: JobState.editable),
          try JobEdit(priority: 9), dryRun: false, at: now)
      }
      #expect(error.code == (other == "none" ? .notFound : .wrongState))
    }
    #expect(try store.allJobs(at: now) == before)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an ended job has no run time to change`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let error = try refusal {
      _ = try store.edit("buried", try JobEdit(priority: 1, runAt: now.wall), at: now)
    }
    #expect(error.code == .wrongState)
    #expect(error.message.contains("only waiting jobs have a start time"))
    #expect(try store.job("buried", at: now).priority == 0)
  }

  @Test(arguments: StoreUnderTest.all, ["busy", "done", "none"])
  func `a running or completed job stays unchanged`(store: StoreUnderTest, id: String) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let before = try store.allJobs(at: now)
    let error = try refusal {
      _ = try store.edit(
        id, try JobEdit(command: "false", priority: 9, runAt: now.wall), at: now)
    }
    #expect(error.code == (id == "none" ? .notFound : .wrongState))
    #expect(try store.allJobs(at: now) == before)
  }

  @Test(arguments: [(" ", 0), ("a\0", 0), ("true", 1_000_001)])
  func `values that are invalid for a new job are refused`(command: String, priority: Int) {
    #expect(throws: InvalidJob.self) { try JobEdit(command: command, priority: priority) }
  }
}
