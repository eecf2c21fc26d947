import QueueCore
import QueueTestSupport
import Testing

/// Pauses and limits, which keep ready jobs from being claimed.
@Suite struct `Holding jobs back` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `no job of a paused queue is claimed until it is resumed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("held", queue: "mail", priority: 9, at: now)
    try store.add("free", at: now)
    try store.setPaused(true, .named(["mail"]))

    #expect(try store.runNext(for: worker, at: now) == "free")
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    try store.setPaused(false, .named(["mail"]))
    #expect(try store.runNext(for: worker, at: now) == "held")
  }

  @Test(arguments: StoreUnderTest.all)
  func `the global pause is independent of the queues' pauses`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("held", queue: "mail", at: now)
    try store.add("free", at: now)
    try store.setPaused(true, .named(["mail"]))
    try store.setPaused(true, .everything)
    try store.setPaused(true, .everything)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    #expect(try store.queueControls().isPaused("default"))

    try store.setPaused(false, .everything)
    #expect(
      try store.queueControls()
        == QueueControls(queues: [
          QueueControl(name: "default"), QueueControl(name: "mail", isPaused: true),
        ]))
    #expect(try store.runNext(for: worker, at: now) == "free")
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a running job of a paused queue ends normally, and its worker gets no other`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("a", at: now)
    try store.add("b", at: now)
    let job = try store.claim(for: worker, at: now)
    try store.setPaused(true, .everything)
    #expect(
      try store.end(job, by: worker, .exited(0), claimingNext: true, at: now)
        == .recorded(next: .nothing(nextDue: nil)))
    #expect(try store.job("a", at: now).state == .completed)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a queue's limit is never exceeded, over all workers`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let workers = try (1...4).map { _ in try store.addWorker(at: now) }
    for number in 1...4 { try store.add("render\(number)", queue: "render", priority: 5, at: now) }
    try store.add("other", at: now)
    try store.setRunningLimit(2, of: "render")

    let first = try store.claim(for: workers[0], at: now)
    #expect(first.id.text == "render1")
    #expect(try store.claim(for: workers[1], at: now).id.text == "render2")
    #expect(try store.claim(for: workers[2], at: now).id.text == "other")
    #expect(try store.claimNext(for: workers[3], at: now) == .nothing(nextDue: nil))

    #expect(
      try store.end(first, by: workers[0], .exited(0), at: now)
        == .recorded(next: nil, freesOthers: true))
    #expect(try store.claim(for: workers[3], at: now).id.text == "render3")
    #expect(try store.claimNext(for: workers[0], at: now) == .nothing(nextDue: nil))
    try store.setRunningLimit(nil, of: "render")
    #expect(try store.claim(for: workers[0], at: now).id.text == "render4")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a limit of zero pauses a queue, even before it has jobs`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.setRunningLimit(0, of: "later")
    try store.add("job", queue: "later", at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    #expect(
      try store.queueControls()
        == QueueControls(queues: [QueueControl(name: "later", runningLimit: 0)]))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lost run frees its place in the queue's limit`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let (lost, other) = (try store.addWorker(at: now), try store.addWorker(at: now))
    try store.setRunningLimit(1, of: "default")
    try store.add("a", at: now)
    _ = try store.claim(for: lost, at: now)
    #expect(try store.claimNext(for: other, at: now) == .nothing(nextDue: nil))
    _ = try store.reclaim(try store.record(of: lost), maxCrashes: 3, at: now)
    #expect(try store.claim(for: other, at: now).id.text == "a")
  }

  // MARK: - Jobs that may still run

  @Test(arguments: StoreUnderTest.all)
  func `paused, delayed and running jobs may still run`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    #expect(try !store.mayStillRun(in: []))
    try store.add("later", queue: "a", runAt: now.wall + .seconds(60), at: now)
    #expect(try store.mayStillRun(in: []))
    #expect(try store.mayStillRun(in: ["b", "a"]))
    #expect(try !store.mayStillRun(in: ["b"]))

    let worker = try store.addWorker(serving: ["b"], at: now)
    try store.add("b", queue: "b", maxRetries: 1, at: now)
    try store.setPaused(true, .everything)
    #expect(try store.mayStillRun(in: ["b"]))
    try store.setPaused(false, .everything)
    let job = try store.claim(for: worker, at: now)
    #expect(try store.mayStillRun(in: ["b"]), "it runs")
    try store.end(job, by: worker, .exited(1), at: now)
    #expect(try store.mayStillRun(in: ["b"]), "it is tried again")
    clock.advance(by: .seconds(10))
    try store.runNext(for: worker, .exited(1), at: now)
    #expect(try !store.mayStillRun(in: ["b"]), "it is dead")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that a worker refused may still run for another one`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let (worker, other) = (try store.addWorker(at: now), try store.addWorker(at: now))
    try store.add("big", queue: "a", at: now)
    let next = try NewJob(
      id: JobID("next"), JobSpec(command: "true"),
      prerequisites: [Prerequisite(reference: "big", accepts: .success)])
    try store.add([next], at: now)
    try store.end(try store.claim(for: worker, at: now), by: worker, .refused, at: now)
    for queues in [[], ["a"], ["default"]] {
      #expect(try !store.mayStillRun(in: queues, for: worker), "\(queues)")
      #expect(try store.mayStillRun(in: queues, for: other), "\(queues)")
    }
    clock.advance(by: .seconds(3600))
    let job = try store.claim(for: other, at: now)
    #expect(try store.mayStillRun(in: ["a"], for: worker), "it runs")
    try store.end(job, by: other, .refused, at: now)
    #expect(try store.mayStillRun(in: ["a"], for: worker), "the other refused it last")
    _ = try store.retry(["big"], at: now)
    _ = try store.claim(for: worker, at: now)
    #expect(try store.mayStillRun(in: ["a"], for: other), "it runs again")
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 79: only names of queues without jobs and settings are forgotten`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for queue in ["running", "ended", "waits", "gone1", "gone2", "gone3"] {
      try store.add("\(queue)-job", queue: queue, at: now)
    }
    _ = try store.claim(for: worker, at: now)
    let gone = (1...3).map { "gone\($0)-job" }
    _ = try store.cancel(gone + ["ended-job"], at: now)
    #expect(try !store.forgetEmptyQueues(atMost: 10), "all have jobs")
    _ = try store.remove(
      .all([.cancelled], matching: JobQuery(search: "gone")), limit: 10, after: nil,
      dryRun: false, at: now)
    try store.setPaused(true, .named(["paused"]))
    try store.setRunningLimit(2, of: "limited")
    try store.setPaused(true, .named(["resumed"]))
    try store.setPaused(false, .named(["resumed"]))

    #expect(try store.forgetEmptyQueues(atMost: 3), "there may be more")
    #expect(try !store.forgetEmptyQueues(atMost: 3))
    #expect(
      try store.queueControls().queues.map(\.name)
        == ["ended", "limited", "paused", "running", "waits"])
    try expectSummaryMatchesRows(of: store, at: now)
    // A name returns with its next job.
    try store.add("again", queue: "gone1", at: now)
    #expect(try store.runNext(for: try store.addWorker(at: now), at: now) == "waits-job")
    #expect(try store.runNext(for: try store.addWorker(at: now), at: now) == "again")
    try expectSummaryMatchesRows(of: store, at: now)
  }
}
