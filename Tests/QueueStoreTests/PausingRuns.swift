import QueueCore
import QueueTestSupport
import Testing

@Suite struct `Pausing runs` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `the worker gets the order with its heartbeat, and reports what it did`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let (store, other) = (fixture.store, try fixture.anotherHandle())
    let workers = try (1...2).map { _ in try store.addWorker(at: now) }
    for id in ["job", "neighbour"] { try store.add(id, at: now) }
    let run = try store.claim(for: workers[0], at: now).run
    _ = try store.claim(for: workers[1], at: now)
    var expected = try store.job("job", at: now)
    #expect(try store.renew(workers[0], at: now) == .known(nil))

    try other.setPaused(true, runOf: "job", at: now)
    expected.latestRun?.freeze = .requested
    #expect(try store.job("job", at: now) == expected, "and nothing else has changed")
    #expect(
      try store.renew(workers[0], at: now)
        == .known(nil, freeze: FreezeOrder(run: run, state: .requested)))
    #expect(try store.renew(workers[1], at: now) == .known(nil))

    clock.advance(by: .seconds(1))
    let since = now.wall
    #expect(try store.setFrozen(since, run))
    expected.latestRun?.freeze = .frozen(since: since)
    #expect(try other.job("job", at: now) == expected)
    #expect(expected.frozenSince == since)
    #expect(try other.allJobs(at: now).map(\.frozenSince) == [nil, since])
    #expect(try other.runs(of: "job").map(\.freeze) == [.frozen(since: since)])
    #expect(try other.workers().map(\.current?.freeze) == [.frozen(since: since), nil])
    #expect(
      try store.renew(workers[0], at: now)
        == .known(nil, freeze: FreezeOrder(run: run, state: .frozen(since: since))))

    try other.setPaused(false, runOf: "job", at: now)
    #expect(try store.job("job", at: now).latestRun?.freeze == .thawing)
    #expect(
      try store.renew(workers[0], at: now)
        == .known(nil, freeze: FreezeOrder(run: run, state: .thawing)))
    #expect(try store.setFrozen(nil, run))
    expected.latestRun?.freeze = nil
    #expect(try other.job("job", at: now) == expected)
    #expect(try store.renew(workers[0], at: now) == .known(nil))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a report that an order has overtaken changes nothing`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    let run = try store.claim(for: worker, at: now).run
    #expect(try !store.setFrozen(now.wall, run), "nobody ordered it")
    try store.setPaused(true, runOf: "job", at: now)
    try store.setPaused(false, runOf: "job", at: now)
    #expect(try store.job("job", at: now).latestRun?.freeze == nil)
    #expect(try !store.setFrozen(now.wall, run))

    try store.setPaused(true, runOf: "job", at: now)
    #expect(try store.setFrozen(now.wall, run))
    try store.setPaused(false, runOf: "job", at: now)
    try store.setPaused(true, runOf: "job", at: now)
    #expect(try !store.setFrozen(nil, run))
    #expect(try store.job("job", at: now).latestRun?.freeze == .requested)
    #expect(try !store.setFrozen(now.wall, RunID(run.number + 1)))
  }

  @Test(arguments: StoreUnderTest.all)
  func `only running jobs are paused, all or none`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for id in ["runs", "waits"] { try store.add(id, at: now) }
    _ = try store.claim(for: worker, at: now)
    let before = try store.allJobs(at: now)
    let error = try refusal {
      _ = try store.setPaused(
        true, runsOf: JobSelection(.named(["runs", "waits"]), in: [.processing]), at: now)
    }
    #expect(error.code == .wrongState)
    let unknown = try refusal { try store.setPaused(true, runOf: "nosuch", at: now) }
    #expect(unknown.code == .notFound)
    #expect(try store.allJobs(at: now) == before)

    let result = try store.setPaused(
      true, runsOf: JobSelection(.listed(before.map(\.id)), in: [.processing]), at: now)
    #expect(result.found.map(\.id.text) == ["runs"])
    #expect(result.left.count == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order doesn't keep a silent worker from being evicted`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let worker = try fixture.store.addWorker(at: now)
    try fixture.store.add("job", at: now)
    _ = try fixture.store.claim(for: worker, at: now)
    let record = try fixture.store.record(of: worker)
    try fixture.anotherHandle().setPaused(true, runOf: "job", at: now)
    #expect(try fixture.store.evict(record))
  }

  @Test(arguments: StoreUnderTest.all)
  func `the end of a run ends its pause, and the next run isn't paused`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    let claimed = try store.claim(for: worker, at: now)
    try store.setPaused(true, runOf: "job", at: now)
    #expect(try store.setFrozen(now.wall, claimed.run))
    try store.end(claimed, by: worker, .exited(1), at: now)
    #expect(try store.job("job", at: now).latestRun?.freeze == nil)
    #expect(try store.job("job", at: now).frozenSince == nil)
    #expect(try store.runs(of: "job").map(\.freeze) == [nil])
    #expect(try !store.setFrozen(nil, claimed.run))
    clock.advance(by: .seconds(60))
    _ = try store.claim(for: worker, at: now)
    #expect(try store.renew(worker, at: now) == .known(nil))
    #expect(try store.job("job", at: now).latestRun?.freeze == nil)
  }
}
