import QueueCore
import QueueTestSupport
import Testing

@Suite struct RetryingDeadJobs {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// Makes these ids dead, in this order.
  private func bury(_ ids: [String], queue: String = "default", in store: any JobStore) throws {
    let worker = try store.addWorker(at: now)
    for id in ids {
      try store.add(id, command: "run \(id)", queue: queue, maxRetries: 0, at: now)
      try store.runNext(for: worker, .exited(3), lastLine: "oops", at: now)
    }
    try store.deregister(worker)
  }

  private func states(_ store: any JobStore) throws -> [String: JobState] {
    Dictionary(uniqueKeysWithValues: try store.allJobs(at: now).map { ($0.id.text, $0.state) })
  }

  @Test(arguments: StoreUnderTest.all)
  func `a dead job starts over and keeps its history`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", runAt: now.wall, maxRetries: 1, at: now)
    for _ in 1...2 {
      try store.runNext(for: worker, .exited(3), at: now)
      clock.advance(by: .seconds(2))
    }
    var expected = try store.job("job", at: now)
    #expect(expected.state == .dead)
    clock.advance(by: .seconds(60))
    #expect(try store.retry(.dead(.named(["job"])), dryRun: false, at: now).jobs.count == 1)

    expected.state = .pending
    expected.attempts = 0
    expected.runAt = nil
    expected.updatedAt = now.wall
    #expect(try store.job("job", at: now) == expected)
    #expect(expected.latestRun?.end == .exited(3))
    try expectSummaryMatchesRows(of: store, at: now)

    // It has all its retries again.
    for _ in 1...2 {
      try store.runNext(for: worker, .exited(3), at: now)
      clock.advance(by: .seconds(2))
    }
    #expect(try store.job("job", at: now).state == .dead)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retried poison job has all its crashes again`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("poison", at: now)
    for _ in 1...3 {
      let worker = try store.addWorker(at: now)
      _ = try store.claim(for: worker, at: now)
      _ = try store.reclaim(try store.record(of: worker), maxCrashes: 3, at: now)
      clock.advance(by: .seconds(2))
    }
    #expect(try store.retry(.dead(.named(["poison"])), dryRun: false, at: now).jobs.count == 1)
    let worker = try store.addWorker(at: now)
    #expect(try store.claim(for: worker, at: now).tally.crashes == 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `named jobs are retried, others stay dead`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try bury(["a", "0abcdefghjk", "c"], in: store)
    #expect(
      try store.retry(.dead(.named(["0abc", "c", "c", "0abcdefghjk"])), dryRun: false, at: now).jobs
        .count == 2)
    #expect(try states(store) == ["a": .dead, "0abcdefghjk": .pending, "c": .pending])
    #expect(try store.retry(.dead(.named([])), dryRun: false, at: now).jobs.count == 0)
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all, [false, true])
  func `if a named job is missing, none is retried`(store: StoreUnderTest, dryRun: Bool) throws {
    let store = try store.open().store
    try bury(["a", "b"], in: store)
    let before = try store.allJobs(at: now)
    let error = try refusal {
      _ = try store.retry(.dead(.named(["a", "none", "b"])), dryRun: dryRun, at: now)
    }
    #expect(error == StoreError(.notFound, "no job is called \"none\""))
    #expect(try store.allJobs(at: now) == before)
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      ("pending", JobState.pending), ("busy", .processing), ("done", .completed),
      ("flaky", .failed),
    ])
  func `if a named job isn't dead, none is retried`(
    store: StoreUnderTest, other: (id: String, state: JobState)
  ) throws {
    let store = try store.open().store
    try bury(["a"], in: store)
    let workers = try (1...2).map { _ in try store.addWorker(at: now) }
    for id in ["done", "flaky", "busy", "pending"] { try store.add(id, at: now) }
    try store.runNext(for: workers[0], at: now)
    try store.runNext(for: workers[0], .exited(1), at: now)
    _ = try store.claim(for: workers[0], at: now)
    let before = try store.allJobs(at: now)

    let error = try refusal {
      _ = try store.retry(.dead(.named(["a", other.id])), dryRun: false, at: now)
    }
    #expect(
      error
        == StoreError(
          .wrongState,
          "job \"\(other.id)\" is \(other.state.rawValue), not dead"
        ))
    #expect(try store.allJobs(at: now) == before)
  }

  @Test(arguments: StoreUnderTest.all)
  func `all matching dead jobs are retried, and no other`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try bury(["a1", "a2"], queue: "mail", in: store)
    try bury(["a3", "b"], in: store)
    let worker = try store.addWorker(at: now)
    try store.add("a-done", at: now)
    try store.runNext(for: worker, at: now)

    #expect(
      try store.retry(
        .dead(
          .matching(
            JobQuery(states: [.completed], queue: "mail", search: "RUN A", exitStatuses: .one(3)))),
        dryRun: false, at: now
      ).jobs.count == 2)
    #expect(
      try states(store)
        == ["a1": .pending, "a2": .pending, "a3": .dead, "b": .dead, "a-done": .completed])
    #expect(
      try store.retry(.dead(.matching(JobQuery(exitStatuses: .one(4)))), dryRun: false, at: now)
        .jobs.count
        == 0)
    #expect(try store.retry(.dead(.matching(JobQuery())), dryRun: false, at: now).jobs.count == 2)
    #expect(try store.retry(.dead(.matching(JobQuery())), dryRun: false, at: now).jobs.count == 0)
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      (JobSelection.Jobs.named(["a", "b", "a"]), 2), (.matching(JobQuery()), 3),
      (.matching(JobQuery(search: "run c")), 1), (.matching(JobQuery(queue: "none")), 0),
    ])
  func `a dry run only counts`(store: StoreUnderTest, dry: (jobs: JobSelection.Jobs, count: Int))
    throws
  {
    let store = try store.open().store
    try bury(["a", "b", "c"], in: store)
    let before = try store.allJobs(at: now)
    clock.advance(by: .seconds(1))
    #expect(try store.retry(.dead(dry.jobs), dryRun: true, at: now).jobs.count == dry.count)
    #expect(try store.allJobs(at: now) == before)
    #expect(try store.summary() == QueueSummary(counts: ["default": [.dead: 3]]))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retried job keeps its place in the list and in the line`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try bury(["old"], in: store)
    try store.add("new", at: now)
    _ = try store.retry(.dead(.named(["old"])), dryRun: false, at: now)
    #expect(try store.allJobs(at: now).map(\.id.text) == ["new", "old"])
    let worker = try store.addWorker(at: now)
    #expect(try store.runNext(for: worker, at: now) == "old")
  }

  /// Two dead jobs with one key, one with the key of an unfinished job, and one without a key.
  private func buryWithKeys(in store: any JobStore) throws {
    let worker = try store.addWorker(at: now)
    for (id, key) in [("a", "same"), ("b", "taken"), ("c", nil), ("d", "same")] {
      try store.add(
        [try NewJob(id: JobID(id), command: "true", uniqueKey: key, maxRetries: 0)], at: now)
      try store.runNext(for: worker, .exited(1), at: now)
    }
    try store.add([try NewJob(id: JobID("live"), command: "true", uniqueKey: "taken")], at: now)
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      JobSelection.Jobs.matching(JobQuery()), .matching(JobQuery(search: "d")), .named(["c", "d"]),
      .named(["a", "c", "d"]), .named(["b", "c"]), .named(["c", "live"]),
    ])
  func `a dry run reports the same jobs, skipped jobs or refusal as the call`(
    store: StoreUnderTest, jobs: JobSelection.Jobs
  ) throws {
    let store = try store.open().store
    try buryWithKeys(in: store)
    let before = try store.allJobs(at: now)
    let told = Result { try store.retry(.dead(jobs), dryRun: true, at: now) }
    #expect(try store.allJobs(at: now) == before)
    let done = Result { try store.retry(.dead(jobs), dryRun: false, at: now) }
    switch (told, done) {
    case (.success(let told), .success(let done)):
      #expect(told == done)
      let back = try done.jobs.map { try store.job($0.text, at: now).state }
      #expect(back.allSatisfy { $0 == .pending }, "\(back)")
    case (.failure(let told), .failure(let done)):
      #expect(told as? StoreError == done as? StoreError)
      #expect(try store.allJobs(at: now) == before)
    default: Issue.record("told \(told), done \(done)")
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `the change itself reports the number of skipped jobs`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try buryWithKeys(in: store)
    let retry = try store.retry(.dead(.matching(JobQuery())), dryRun: false, at: now)
    #expect(retry.jobs.map(\.text) == ["a", "c"])
    #expect(retry.left.count == 2)
  }

  @Test(arguments: StoreUnderTest.all)
  func `of jobs with the same key that are named together, both are reported`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try buryWithKeys(in: store)
    let message =
      #"jobs "a" and "d" have the same key "same": choose one of them"#
    let refusals = [
      try refusal { _ = try store.retry(.dead(.named(["a", "d"])), dryRun: false, at: now) },
      try refusal { _ = try store.retry(["a", "d"], at: now) },
    ]
    #expect(refusals.map(\.message) == [message, message])
    #expect(
      try refusal { _ = try store.retry(["b"], at: now) }.message
        == #"job "b" has the key "taken" of unfinished job "live": "#
        + "wait for that job first"
    )
  }

  @Test(arguments: StoreUnderTest.all)
  func `the error of a retried job stays in its history`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try bury(["job"], in: store)
    #expect(try store.job("job", at: now).error == "exit status 3: oops")
    _ = try store.retry(.dead(.named(["job"])), dryRun: false, at: now)
    #expect(try store.job("job", at: now).error == nil)
    #expect(try store.runs(of: "job").first?.error == "exit status 3: oops")

    let worker = try store.addWorker(at: now)
    let job = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(1))
    try store.end(job, by: worker, .stopped, at: now)
    #expect(try store.job("job", at: now).error == "stopped with its worker")
    _ = try store.cancel(["job"], at: now)
    clock.advance(by: .seconds(1))
    _ = try store.retry(["job"], at: now)
    #expect(try store.job("job", at: now).error == nil)
  }
}
