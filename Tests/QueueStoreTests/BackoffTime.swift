import QueueCore
import QueueTestSupport
import Testing

/// Backoff is measured by uptime, independently of the wall clock.
@Suite struct BackoffTime {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// A job that failed just now and waits for a minute.
  private func failedJob(in store: any JobStore) throws -> WorkerID {
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    var settings = Settings()
    settings.backoffBase = 60
    let claimed = try store.claim(for: worker, at: now)
    try store.end(claimed, by: worker, .exited(1), settings: settings, at: now)
    return worker
  }

  @Test(arguments: StoreUnderTest.all)
  func `a failed job is not claimed before its backoff has passed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try failedJob(in: store)
    clock.advance(by: .milliseconds(59_999))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .milliseconds(1)))
    clock.advance(by: .milliseconds(1))
    #expect(try store.claim(for: worker, at: now).attempt == 2)
  }

  @Test(arguments: StoreUnderTest.all, [86_400, -86_400, 40, -40])
  func `a jump of the wall clock neither delays nor hastens a retry`(
    store: StoreUnderTest, jump: Int
  ) throws {
    let store = try store.open().store
    let worker = try failedJob(in: store)
    clock.advance(by: .seconds(20))
    clock.jumpWall(by: .seconds(jump))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(40)))
    #expect(try store.job("job", at: now).runAt == now.wall + .seconds(40))
    clock.advance(by: .seconds(39))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(1)))
    clock.advance(by: .seconds(1))
    #expect(try store.claim(for: worker, at: now).id.text == "job")
  }

  @Test(arguments: StoreUnderTest.all)
  func `all connections see the same wait after a jump`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    _ = try failedJob(in: fixture.store)
    clock.jumpWall(by: .seconds(-86_400))
    let other = try fixture.anotherHandle()
    #expect(try other.job("job", at: now).runAt == now.wall + .seconds(60))
    let worker = try other.addWorker(at: now)
    #expect(try other.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(60)))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that fails after a jump waits as long as any other`(store: StoreUnderTest) throws {
    let store = try store.open().store
    _ = try failedJob(in: store)
    clock.jumpWall(by: .seconds(86_400))
    let worker = try store.addWorker(at: now)
    try store.add("second", at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    #expect(try store.job("second", at: now).runAt == now.wall + .seconds(2))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(2)))
  }

  @Test(arguments: StoreUnderTest.all)
  func `after a reboot the wait continues by the wall clock`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    _ = try failedJob(in: fixture.store)
    clock.advance(by: .seconds(10))
    clock.reboot()
    clock.jumpWall(by: .seconds(20))  // the machine was off

    let store = try fixture.anotherHandle()
    let worker = try store.addWorker(at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(30)))
    clock.jumpWall(by: .seconds(-86_400))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(30)))
    clock.advance(by: .seconds(30))
    #expect(try store.claim(for: worker, at: now).id.text == "job")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a wait that ended while the machine was off is over`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    _ = try failedJob(in: fixture.store)
    clock.reboot()
    clock.jumpWall(by: .seconds(3600))
    let store = try fixture.anotherHandle()
    let worker = try store.addWorker(at: now)
    #expect(try store.claim(for: worker, at: now).id.text == "job")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retry takes its place by priority and age, not by when it is due`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let worker = try failedJob(in: store)
    try store.add("younger", at: now)
    try store.add("urgent", priority: 1, at: now)
    clock.advance(by: .seconds(60))
    let order = try (1...3).map { _ in try store.runNext(for: worker, at: now) }
    #expect(order == ["urgent", "job", "younger"])
  }

  @Test(arguments: StoreUnderTest.all, [86_400 * 365 * 20, -86_400 * 365 * 20])
  func `FAULT 19: after a boot no job waits longer than its backoff, whatever the clock shows`(
    store: StoreUnderTest, jump: Int
  ) throws {
    let fixture = try store.open()
    clock.jumpWall(by: .seconds(jump))
    _ = try failedJob(in: fixture.store)
    clock.reboot()
    clock.jumpWall(by: .seconds(-jump))
    let store = try fixture.anotherHandle()
    let worker = try store.addWorker(at: now)
    guard case .nothing(let due) = try store.claimNext(for: worker, at: now) else {
      // If the clock is ahead of the stored time, the machine may have been off that long.
      return #expect(jump < 0)
    }
    #expect(jump > 0)
    #expect(try #require(due) <= .seconds(60))
    clock.advance(by: .seconds(60))
    #expect(try store.claim(for: worker, at: now).id.text == "job")
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 19: a heartbeat alone keeps the time for the next boot`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let before = try failedJob(in: fixture.store)
    clock.advance(by: .seconds(50))
    _ = try fixture.store.renew(before, stopping: nil, at: now)
    clock.reboot()
    clock.jumpWall(by: .seconds(-86_400 * 365))
    let store = try fixture.anotherHandle()
    let worker = try store.addWorker(at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(10)))
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 19: a writer that waited doesn't set the kept time back`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let late = try fixture.store.addWorker(at: now)
    let before = now
    clock.advance(by: .seconds(50))
    _ = try failedJob(in: fixture.store)
    _ = try fixture.store.renew(late, stopping: nil, at: before)
    clock.reboot()
    clock.jumpWall(by: .seconds(-86_400 * 365))
    let store = try fixture.anotherHandle()
    let worker = try store.addWorker(at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(60)))
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 19: setting the clock by years makes no wait of years`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("early", at: now)
    _ = try store.renew(worker, stopping: nil, at: now)  // Fixes queue time.
    clock.advance(by: .seconds(5))
    clock.jumpWall(by: .seconds(86_400 * 365 * 27))
    #expect(try store.longestWaits(at: now) == ["default": .seconds(5)])
    let run = try store.claim(for: worker, at: now)
    try store.end(run, by: worker, .exited(0), settings: Settings(), at: now)
    #expect(try store.runs(of: "early").first?.waited == .seconds(5))
  }
}
