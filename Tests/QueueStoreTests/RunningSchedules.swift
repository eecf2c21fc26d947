import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// Jobs that users have a schedule enqueue, the clocks that are recorded, and damaged schedules.
@Suite struct `Running schedules by hand` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func run(
    _ store: any JobStore, _ name: String = "a", isBesideOthers: Bool = false
  ) throws -> JobID {
    try store.runSchedule(
      name, isBesideOthers: isBesideOthers, settings: Settings(), at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job enqueued by hand is one of the schedule, whose times stay`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let store = fixture.store
    let before = try store.addSchedule("a", "every 60000", at: now) {
      $0.spread = .seconds(60)
      $0.job.queue = "q"
      $0.timesLeft = 3
    }
    clock.advance(by: .milliseconds(500))
    let id = try run(store)
    let job = try store.job(id.text, at: now)
    #expect(job.origin == JobOrigin(schedule: "a", time: now.wall) && job.runAt == nil)
    #expect(job.state == .pending && job.queue == "q")
    var after = before
    after.tally.enqueued = 1
    #expect(try fixture.anotherHandle().schedule("a") == after)
    let entry = Occurrence(at: now.wall, .byHand, job: Occurrence.Enqueued(id, at: now.wall))
    #expect(try store.occurrences(of: "a", limit: 9) == [entry])
    #expect(try store.statistics(over: .hour, at: now).total.count(.enqueued) == 1)

    try store.runNext(for: try store.addWorker(at: now), at: now)
    #expect(try store.occurrences(of: "a", limit: 9).first?.job?.state == .completed)
    #expect(try store.schedule("a").tally.successesInRow == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an unfinished job of the schedule is an obstacle, unless it is to run beside it`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.addSchedule("a", "every 60000", at: now)
    let first = try run(store)
    let refusal = StoreError(
      .wrongState,
      "job \"\(first)\" of a is pending: wait for its end, or \"queuectl schedule run --anyway a\"")
    #expect(throws: refusal) { try run(store) }
    let second = try run(store, isBesideOthers: true)
    #expect(try store.allJobs(at: now).map(\.id) == [second, first])
    // Both have an entry of their own, though they were enqueued in one millisecond.
    #expect(try store.occurrences(of: "a", limit: 9).map(\.job?.id) == [second, first])
    #expect(throws: StoreError.self) { try run(store, "b") }
  }

  @Test(arguments: StoreUnderTest.all, ["every 1000", "* * * * *"])
  func `a time that is due in the same millisecond still gets its job`(
    store: StoreUnderTest, timing: String
  ) throws {
    let store = try store.open().store
    let due = try #require(
      try store.addSchedule("a", timing, at: now) { $0.overlap = .allow }.nextAt)
    clock.advance(by: due - now.wall)
    for _ in 1...3 { _ = try run(store, isBesideOthers: true) }
    #expect(try store.enqueueDue(at: now).map(\.enqueued.count) == [1])
    #expect(try store.allJobs(at: now).count == 4)
    #expect(try store.occurrences(of: "a", limit: 9).last?.fate == .enqueued)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a paused or ended schedule can be run, one whose key is taken can't`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.addSchedule("a", "every 60000", at: now) {
      $0.job.uniqueKey = "k"
      $0.timesLeft = 1
    }
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    #expect(try store.schedule("a").nextAt == nil)
    let taken = try #require(try store.allJobs(at: now).first).id
    #expect(
      throws: StoreError(
        .wrongState,
        "unfinished job \"\(taken)\" has the unique key \"k\" of a's jobs: wait for it or cancel it"
      )
    ) { try run(store, isBesideOthers: true) }
    #expect(try store.schedule("a").tally.enqueued == 1)
    try store.runNext(for: try store.addWorker(at: now), at: now)
    _ = try store.changeSchedule("a", at: now) { [now] schedule, _ in
      .init(schedule: schedule.paused(at: now.wall))
    }
    _ = try run(store)
    #expect(try store.schedule("a").nextAt == nil)
  }

  // MARK: - Clocks

  @Test(arguments: StoreUnderTest.all)
  func `clocks are recorded with each change, but not over a setback that wasn't reviewed`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    func recorded() throws -> ClockRecord? { try store.dueSchedules(atMost: 1, at: now).clocks }
    #expect(try recorded() == nil)
    try store.addSchedule("a", "every 60000", at: now)
    #expect(try recorded() == ClockRecord(now))
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    let before = ClockRecord(now)
    #expect(try recorded() == before)
    clock.jumpWall(by: .seconds(-3600))
    try store.addSchedule("b", "every 60000", at: now)
    _ = try store.changeSchedule("a", at: now) { schedule, _ in .init(schedule: schedule) }
    _ = try store.advance([], settings: Settings(), at: now)
    #expect(try recorded() == before)
    try store.recordClocks(at: now, replacing: ClockRecord(now))
    #expect(try recorded() == before)
    try store.recordClocks(at: now, replacing: before)
    #expect(try recorded() == ClockRecord(now))
    clock.jumpWall(by: .seconds(7200))
    try store.addSchedule("c", "every 60000", at: now)
    #expect(try recorded() == ClockRecord(now))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a setback that is noticed at a schedule's time leaves that time its job`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.addSchedule("a", "every 60000", at: now)
    for _ in 1...2 {
      clock.jumpWall(by: .seconds(-3600))
      let move = try store.schedule("a").reviewed(
        afterSetback: .seconds(3600), in: .utc, at: now.wall)
      #expect(try store.advance([#require(move)], settings: Settings(), at: now).count == 1)
    }
    clock.jumpWall(by: .seconds(3600))
    let advance = try #require(try store.enqueueDue(at: now).first)
    #expect(advance.enqueued.map(\.due.at) == [now.wall] && advance.missed?.times == 59)
  }

  @Test(arguments: StoreUnderTest.all)
  func `schedules are read in pages by their ids`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for name in ["c", "a", "b"] { try store.addSchedule(name, "every 60000", at: now) }
    let first = try store.schedulePage(after: nil, limit: 2)
    #expect(first.schedules.map(\.name) == ["c", "a"] && first.next == first.schedules[1].id)
    let second = try store.schedulePage(after: first.next, limit: 2)
    #expect(second.schedules.map(\.name) == ["b"] && second.next == nil)
  }

  // MARK: - Damage

  @Test func `a damaged schedule is left out and named, and can be removed`() throws {
    let directory = try TemporaryDirectory()
    let store = try #require(
      try SQLiteJobStore.open(
        directory.file("queue.db"), creating: true, ids: StoreFixture.ids()))
    for name in ["a", "b"] { try store.addSchedule(name, "every 60000", at: now) }
    try store.connection.run("UPDATE schedules SET spec = '{}' WHERE name = 'a'")
    clock.advance(by: .seconds(60))

    let due = try store.dueSchedules(atMost: 9, at: now)
    #expect(due.schedules.map(\.name) == ["b"] && due.damaged.map(\.name) == ["a"])
    #expect(
      due.damaged[0].problem == "schedule \"a\" is damaged: cron or every is missing")
    var excluded = ScheduleExclusion()
    excluded.ids = [due.damaged[0].id]
    #expect(try store.dueSchedules(atMost: 9, except: excluded, at: now).damaged.isEmpty)
    #expect(try store.schedules().map(\.name) == ["b"])
    #expect(try store.schedulePage(after: nil, limit: 9).schedules.map(\.name) == ["b"])
    #expect(try store.damagedSchedules() == due.damaged)
    #expect(throws: StoreError.self) { try store.schedule("a") }
    _ = try store.removeSchedule("a")
    #expect(try store.damagedSchedules().isEmpty)
  }
}
