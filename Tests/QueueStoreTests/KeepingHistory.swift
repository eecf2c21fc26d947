import QueueCore
import QueueTestSupport
import Testing

/// Every run of a job is kept, with its usage and its wait.
@Suite struct KeepingHistory {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a job without runs has an empty history, an unknown one is refused`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.add("job", at: now)
    #expect(try store.runs(of: "job") == [])
    #expect(try refusal { _ = try store.runs(of: "jo") }.code == .notFound)
  }

  @Test(arguments: StoreUnderTest.all)
  func `every run is kept with its usage, newest first`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let first = try store.addWorker(at: now)
    let second = try store.addWorker(at: now)
    try store.add("other", priority: -1, at: now)
    try store.add("job", at: now)
    let start = now.wall
    let failure = RunReport(
      end: .signaled(9), elapsed: .milliseconds(1500), cpuTime: .milliseconds(120),
      peakMemoryBytes: 3 << 20, lastLine: "going")
    try store.end(try store.claim(for: first, at: now), by: first, failure, at: now)
    clock.advance(by: .seconds(2))
    let running = try store.claim(for: second, at: now)

    let runs = try store.runs(of: "job")
    #expect(runs.count == 2)
    #expect(
      runs.first
        == Run(id: running.run, attempt: 2, worker: second, startedAt: now.wall, waited: .zero))
    let ended = try #require(runs.last)
    #expect(ended.id.number < running.run.number)
    #expect(
      ended
        == Run(id: ended.id, attempt: 1, worker: first, startedAt: start, waited: .zero)
        .ended(failure, at: start))
    #expect(ended.end == .signaled(9) && ended.error == "killed by signal 9: going")
    #expect(try store.job("job", at: now).latestRun == runs.first)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lost run is kept, and its attempt number is used again`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(4))
    _ = try store.reclaim(try store.record(of: worker), maxCrashes: 3, at: now)
    try store.runNext(for: try store.addWorker(at: now), at: now)
    let runs = try store.runs(of: "job")
    #expect(runs.map(\.attempt) == [1, 1])
    #expect(runs.map(\.end) == [.exited(0), .lost])
    #expect(runs.map(\.elapsed) == [.seconds(1), .seconds(4)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `history survives the retry of a dead job`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", maxRetries: 0, at: now)
    try store.runNext(for: worker, .exited(3), at: now)
    _ = try store.retry(.dead(.named(["job"])), dryRun: false, at: now)
    try store.runNext(for: worker, .exited(0), at: now)
    #expect(try store.runs(of: "job").map(\.end) == [.exited(0), .exited(3)])
  }

  // MARK: - Waiting

  @Test(arguments: StoreUnderTest.all)
  func `a new job waits from its enqueueing`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    clock.advance(by: .milliseconds(1234))
    try store.runNext(for: worker, at: now)
    #expect(try store.runs(of: "job").map(\.waited) == [.milliseconds(1234)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a scheduled job waits from its time, or from its arrival if later`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("late", runAt: now.wall + .seconds(60), at: now)
    try store.add("past", runAt: now.wall + .seconds(-60), at: now)
    clock.advance(by: .seconds(63))
    for _ in 1...2 { try store.runNext(for: worker, at: now) }
    #expect(try store.runs(of: "late").map(\.waited) == [.seconds(3)])
    #expect(try store.runs(of: "past").map(\.waited) == [.seconds(63)])
  }

  @Test(arguments: StoreUnderTest.all, [Duration.zero, .seconds(-3600), .seconds(3600)])
  func `a failed job waits from the end of its backoff, whatever the clock`(
    store: StoreUnderTest, jump: Duration
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    clock.jumpWall(by: jump)
    clock.advance(by: .seconds(7))
    try store.runNext(for: worker, at: now)
    #expect(try store.runs(of: "job").map(\.waited) == [.seconds(5), .zero])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retried or requeued job waits from then`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", maxRetries: 0, at: now)
    clock.advance(by: .seconds(10))
    try store.runNext(for: worker, .exited(1), at: now)
    clock.advance(by: .seconds(20))
    _ = try store.retry(.dead(.named(["job"])), dryRun: false, at: now)
    clock.advance(by: .seconds(5))
    try store.runNext(for: worker, .stopped, at: now)
    clock.advance(by: .seconds(1))
    try store.runNext(for: worker, at: now)
    #expect(
      try store.runs(of: "job").map(\.waited) == [.seconds(1), .seconds(5), .seconds(10)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a clock that was set back makes no negative wait`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    clock.jumpWall(by: .seconds(-60))
    try store.runNext(for: worker, at: now)
    #expect(try store.runs(of: "job").map(\.waited) == [.zero])
  }

  @Test(arguments: StoreUnderTest.all, [1, 2, 3, 7])
  func `FAULT 79: a job's runs are read page by page, newest first`(
    store: StoreUnderTest, limit: Int
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for id in ["job", "other"] { try store.add(id, at: now) }
    for _ in 1...3 {
      for _ in 1...2 {
        try store.end(try store.claim(for: worker, at: now), by: worker, .stopped, at: now)
      }
    }
    let all = try store.runs(of: "job")
    for run in all { #expect(try store.run(run.id, of: "job") == run) }
    #expect(try store.run(RunID(999), of: "job") == nil)
    var pages: [[Run]] = []
    repeat {
      pages.append(try store.runs(of: "job", limit: limit, before: pages.last?.last?.id))
    } while pages.last?.isEmpty == false
    #expect(pages.flatMap { $0 } == all)
    #expect(pages.dropLast().dropLast().allSatisfy { $0.count == limit })
    var seen: [Run] = []
    try store.forEachRun(of: "job") { run in
      seen.append(run)
      return seen.count < limit
    }
    #expect(seen == Array(all.prefix(limit)))
  }
}
