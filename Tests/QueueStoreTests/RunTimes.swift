import QueueCore
import QueueTestSupport
import Testing

@Suite struct RunTimes {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a job is not claimed before its run time`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let runAt = now.wall + .seconds(60)
    try store.add("later", runAt: runAt, at: now)

    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(60)))
    clock.advance(by: .milliseconds(59_999))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .milliseconds(1)))
    #expect(try store.job("later", at: now).runAt == runAt)
    clock.advance(by: .milliseconds(1))
    #expect(try store.claim(for: worker, at: now).id.text == "later")
    #expect(try store.job("later", at: now).runAt == runAt)
  }

  @Test(arguments: StoreUnderTest.all, [0, -1, -86_400_000])
  func `a past run time delays nothing`(store: StoreUnderTest, milliseconds: Int)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let runAt = now.wall + .milliseconds(milliseconds)
    try store.add("late", runAt: runAt, at: now)
    #expect(try store.job("late", at: now).runAt == runAt)
    #expect(try store.claim(for: worker, at: now).id.text == "late")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run time follows the wall clock`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("tomorrow", runAt: now.wall + .seconds(86_400), at: now)
    clock.jumpWall(by: .seconds(-3600))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(90_000)))
    clock.jumpWall(by: .seconds(90_000))
    #expect(try store.claim(for: worker, at: now).id.text == "tomorrow")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a due job takes its place by priority and age`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("old-later", runAt: now.wall + .seconds(20), at: now)
    try store.add("urgent-later", priority: 5, runAt: now.wall + .seconds(10), at: now)
    try store.add("one", at: now)
    try store.add("two", at: now)

    #expect(try store.runNext(for: worker, at: now) == "one")
    clock.advance(by: .seconds(20))
    let order = try (1...3).map { _ in try store.runNext(for: worker, at: now) }
    #expect(order == ["urgent-later", "old-later", "two"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `the next due time is that of the worker's own queues`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let mail = try store.addWorker(serving: ["mail"], at: now)
    let web = try store.addWorker(serving: ["web"], at: now)
    let none = try store.addWorker(serving: ["none"], at: now)
    let all = try store.addWorker(at: now)
    try store.add("m2", queue: "mail", runAt: now.wall + .seconds(70), at: now)
    try store.add("m1", queue: "mail", priority: -1, runAt: now.wall + .seconds(50), at: now)
    try store.add("w", queue: "web", runAt: now.wall + .seconds(30), at: now)

    #expect(try store.claimNext(for: mail, at: now) == .nothing(nextDue: .seconds(50)))
    #expect(try store.claimNext(for: web, at: now) == .nothing(nextDue: .seconds(30)))
    #expect(try store.claimNext(for: none, at: now) == .nothing(nextDue: nil))
    #expect(try store.claimNext(for: all, at: now) == .nothing(nextDue: .seconds(30)))
  }

  @Test(arguments: StoreUnderTest.all)
  func `the next due time is the nearer one of a run time and a backoff`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("failing", at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    try store.add("later", runAt: now.wall + .seconds(5), at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(2)))

    clock.jumpWall(by: .seconds(4))
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(1)))
  }
}
