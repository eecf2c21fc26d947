import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The header's figures, from a queue that did something.
@Suite struct `The health of a queue` {
  private func health(of store: any JobStore, at now: Moment) throws -> QueueHealth {
    try QueueHealth(of: store, summary: try store.summary(), at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `what ended, failed and waits is seen`(store: StoreUnderTest) throws {
    let clock = ManualClock()
    let store = try store.open().store
    let worker = try store.addWorker(at: clock.now())
    for id in ["a", "b", "c"] { try store.add(id, at: clock.now()) }
    clock.advance(by: .seconds(10))
    try store.runNext(for: worker, at: clock.now())
    try store.runNext(for: worker, at: clock.now())
    try store.runNext(for: worker, .exited(1), at: clock.now())
    try store.add("waiting", at: clock.now())
    clock.advance(by: .seconds(5))

    let health = try health(of: store, at: clock.now())
    #expect(health.trend.count == QueueHealth.trendMinutes && health.trend.last == 3)
    #expect(health.failureTrend.last == 1)
    #expect(health.donePerSecond > 0 && health.addedPerSecond > 0)
    #expect(health.failureShare.map { abs($0 - 1.0 / 3) < 0.001 } == true)
    #expect(health.drain != nil)
    let wait = try #require(health.wait)
    #expect(wait.most == .seconds(10) && wait.p50 >= .seconds(9))
    #expect(health.run?.most == .seconds(1))
    #expect(health.oldest.map { $0 >= .seconds(5) } == true)
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs for later don't count in how long the others take`(store: StoreUnderTest) throws {
    let clock = ManualClock()
    let store = try store.open().store
    let worker = try store.addWorker(at: clock.now())
    for id in ["a", "b"] { try store.add(id, at: clock.now()) }
    try store.runNext(for: worker, at: clock.now())
    let alone = try health(of: store, at: clock.now()).drain
    for number in 1...50 {
      try store.add(
        "later-\(number)", queue: "other", runAt: clock.now().wall + .seconds(60), at: clock.now())
    }
    #expect(alone != nil)
    #expect(try health(of: store, at: clock.now()).drain == alone)
    clock.advance(by: .seconds(61))
    #expect(try store.scheduledJobs(in: nil, atMost: 100, at: clock.now()) == 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs that all wait for a dead one have no time to drain`(store: StoreUnderTest) throws {
    let clock = ManualClock()
    let store = try store.open().store
    let worker = try store.addWorker(at: clock.now())
    try store.add("dump", maxRetries: 0, at: clock.now())
    try store.add(
      [
        NewJob(
          id: JobID("copy"), command: "true",
          prerequisites: [Prerequisite(reference: "dump", accepts: .success)])
      ], at: clock.now())
    #expect(try health(of: store, at: clock.now()).drain == nil, "nothing has ended")
    try store.runNext(for: worker, .exited(1), at: clock.now())
    #expect(try store.job("dump", at: clock.now()).state == .dead)
    let report = try StatsReport(of: store, queue: nil, at: clock.now())
    #expect(report.unfinished == 1 && report.drain?.time == nil)
    #expect(try health(of: store, at: clock.now()).drain == nil)
    try store.add("ready", at: clock.now())
    #expect(try StatsReport(of: store, queue: nil, at: clock.now()).drain?.time != nil)
    #expect(try health(of: store, at: clock.now()).drain != nil)
  }

  @Test func `the backlog is counted back from now`() {
    let minutes = [(5, 0, 0), (4, 1, 0), (0, 2, 1), (1, 1, 0)].enumerated().map { index, counts in
      var minute = MinuteCounts(start: Timestamp(milliseconds: Int64(index) * 60_000))
      (minute[.enqueued], minute[.completed], minute[.dead]) = counts
      return minute
    }
    #expect(QueueHealth.backlogTrend(minutes, now: 5) == [5, 8, 5, 5])
    #expect(QueueHealth.backlogTrend(minutes, now: 0) == [0, 3, 0, 0])
  }

  @Test(arguments: StoreUnderTest.all)
  func `of a queue that did nothing nothing is made up`(store: StoreUnderTest) throws {
    let health = try health(of: store.open().store, at: ManualClock().now())
    #expect(health.wait == nil && health.run == nil && health.failureShare == nil)
    #expect(health.donePerSecond == 0 && health.oldest == nil)
    #expect(health.trend.allSatisfy { $0 == 0 })
  }
}
