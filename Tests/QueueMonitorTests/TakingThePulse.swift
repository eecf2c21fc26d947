import QueueCore
import QueueTestSupport
import Testing

@testable import QueueMonitor

/// The header's figures, from a queue that did something.
@Suite struct `Taking the pulse` {
  private func pulse(of store: any JobStore, at now: Moment) throws -> Pulse {
    Pulse(
      lastMinute: try store.statistics(over: .minute, at: now),
      recent: try store.statistics(over: Pulse.window, at: now),
      minutes: try store.minutes(Pulse.trendMinutes, queue: nil, at: now),
      waits: try store.longestWaits(at: now), backlog: try store.summary().unfinished())
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

    let pulse = try pulse(of: store, at: clock.now())
    #expect(pulse.trend.count == Pulse.trendMinutes && pulse.trend.last == 3)
    #expect(pulse.failureTrend.last == 1)
    #expect(pulse.donePerSecond > 0 && pulse.addedPerSecond > 0)
    #expect(pulse.failureShare.map { abs($0 - 1.0 / 3) < 0.001 } == true)
    #expect(pulse.drain != nil)
    let wait = try #require(pulse.wait)
    #expect(wait.most == .seconds(10) && wait.p50 >= .seconds(9))
    #expect(pulse.run?.most == .seconds(1))
    #expect(pulse.oldest.map { $0 >= .seconds(5) } == true)
  }

  @Test(arguments: StoreUnderTest.all)
  func `of a queue that did nothing nothing is made up`(store: StoreUnderTest) throws {
    let pulse = try pulse(of: store.open().store, at: ManualClock().now())
    #expect(pulse.wait == nil && pulse.run == nil && pulse.failureShare == nil)
    #expect(pulse.donePerSecond == 0 && pulse.oldest == nil)
    #expect(pulse.trend.allSatisfy { $0 == 0 })
  }
}
