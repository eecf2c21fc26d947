import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The header's figures, from a queue that did something.
@Suite struct `Taking the metrics` {
  private func metrics(of store: any JobStore, at now: Moment) throws -> QueueMetrics {
    try QueueMetrics(of: store, backlog: try store.summary().unfinished(), at: now)
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

    let metrics = try metrics(of: store, at: clock.now())
    #expect(metrics.trend.count == QueueMetrics.trendMinutes && metrics.trend.last == 3)
    #expect(metrics.failureTrend.last == 1)
    #expect(metrics.donePerSecond > 0 && metrics.addedPerSecond > 0)
    #expect(metrics.failureShare.map { abs($0 - 1.0 / 3) < 0.001 } == true)
    #expect(metrics.drain != nil)
    let wait = try #require(metrics.wait)
    #expect(wait.most == .seconds(10) && wait.p50 >= .seconds(9))
    #expect(metrics.run?.most == .seconds(1))
    #expect(metrics.oldest.map { $0 >= .seconds(5) } == true)
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs for later don't count in how long the others take`(store: StoreUnderTest) throws {
    let clock = ManualClock()
    let store = try store.open().store
    let worker = try store.addWorker(at: clock.now())
    for id in ["a", "b"] { try store.add(id, at: clock.now()) }
    try store.runNext(for: worker, at: clock.now())
    let alone = try metrics(of: store, at: clock.now()).drain
    for number in 1...50 {
      try store.add(
        "later-\(number)", queue: "other", runAt: clock.now().wall + .seconds(60), at: clock.now())
    }
    #expect(alone != nil)
    #expect(try metrics(of: store, at: clock.now()).drain == alone)
    clock.advance(by: .seconds(61))
    #expect(try store.scheduledJobs(in: nil, atMost: 100, at: clock.now()) == 0)
  }

  @Test func `the backlog is counted back from now`() {
    let minutes = [(5, 0, 0), (4, 1, 0), (0, 2, 1), (1, 1, 0)].enumerated().map { index, counts in
      var minute = MinuteCounts(start: Timestamp(milliseconds: Int64(index) * 60_000))
      (minute[.enqueued], minute[.completed], minute[.dead]) = counts
      return minute
    }
    #expect(QueueMetrics.backlogTrend(minutes, now: 5) == [5, 8, 5, 5])
    #expect(QueueMetrics.backlogTrend(minutes, now: 0) == [0, 3, 0, 0])
  }

  @Test(arguments: StoreUnderTest.all)
  func `of a queue that did nothing nothing is made up`(store: StoreUnderTest) throws {
    let metrics = try metrics(of: store.open().store, at: ManualClock().now())
    #expect(metrics.wait == nil && metrics.run == nil && metrics.failureShare == nil)
    #expect(metrics.donePerSecond == 0 && metrics.oldest == nil)
    #expect(metrics.trend.allSatisfy { $0 == 0 })
  }
}
