import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// Schedules as they are stored, listed and changed.
@Suite struct `Keeping schedules` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a schedule is read back with every part of it`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let added = try fixture.store.addSchedule("sync", "every 90000", at: now) { spec in
      spec.from = now.wall + .seconds(5)
      spec.until = now.wall + .seconds(86_400)
      spec.timesLeft = 9
      spec.spread = .seconds(60)
      spec.overlap = .replace
      spec.missed = .none
      spec.missedLimit = 7
      spec.late = .seconds(30)
      spec.job.queue = "q"
      spec.job.priority = -3
      spec.job.maxRetries = 0
      spec.job.timeout = .milliseconds(1500)
      spec.job.uniqueKey = "k"
      spec.job.directory = "/srv"
      spec.job.environment = [try EnvironmentVariable(given: "A", value: "ä\n\u{7F}")]
      spec.job.retryRules.backoffBase = 1.1
      spec.job.limits.niceness = 3
      spec.job.retryRules.successOn = ExitStatusSet("0,3", among: ExitStatusSet.all)
    }
    #expect(added.spec.anchor == now.wall + .seconds(5))
    #expect(added.nextAt == now.wall + .seconds(5) + added.offset)
    let other = try fixture.anotherHandle()
    #expect(try other.schedule("sync") == added)
    #expect(try other.schedules() == [added])

    let plain = try fixture.store.addSchedule("nightly", "0 3 * * *", at: now)
    #expect(try other.schedules() == [plain, added])
    #expect(plain.id > added.id)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a name is taken once, and an unknown one is told with the nearest`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let first = try store.addSchedule("nightly", "0 3 * * *", at: now)
    let taken = StoreError(
      .duplicate, "schedule \"nightly\" already exists: choose another name, or edit it")
    #expect(throws: taken) { try store.addSchedule("nightly", "0 4 * * *", at: now) }
    #expect(try store.schedules() == [first])

    let unknown = StoreError(
      .notFound, "no schedule is called \"nighlty\"; did you mean \"nightly\"?")
    #expect(throws: unknown) { try store.schedule("nighlty") }
    #expect(throws: unknown) { try store.occurrences(of: "nighlty", limit: 1) }
    #expect(throws: unknown) { try store.removeSchedule("nighlty") }
    #expect(throws: unknown) {
      try store.changeSchedule("nighlty", at: now) { schedule, _ in .init(schedule: schedule) }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a schedule that is never due isn't stored`(store: StoreUnderTest) throws {
    let store = try store.open().store
    #expect(throws: InvalidJob.self) {
      try store.addSchedule("a", "0 3 * * *", at: now) { $0.until = now.wall + .seconds(1) }
    }
    #expect(try store.schedules().isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a change is whole, or none if it throws or its name is taken`(store: StoreUnderTest) throws
  {
    struct Stop: Error {}
    let fixture = try store.open()
    let store = fixture.store
    let before = try store.addSchedule("a", "0 3 * * *", at: now)
    try store.addSchedule("b", "0 3 * * *", at: now)
    #expect(throws: Stop.self) {
      try store.changeSchedule("a", at: now) { _, _ in throw Stop() }
    }
    #expect(throws: StoreError.self) {
      try store.changeSchedule("a", at: now) { schedule, _ in
        var renamed = schedule
        renamed.name = "b"
        return .init(schedule: renamed)
      }
    }
    #expect(try store.schedule("a") == before)

    let paused = try store.changeSchedule("a", at: now) { schedule, _ in
      var renamed = schedule.paused(at: now.wall)
      renamed.name = "c"
      return .init(schedule: renamed)
    }
    #expect(try fixture.anotherHandle().schedule("c") == paused.schedule)
    #expect(try store.schedules().map(\.name) == ["b", "c"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `the id of a queue is the same for all handles, and told to a change`(store: StoreUnderTest)
    throws
  {
    let fixture = try store.open()
    try fixture.store.addSchedule("a", "0 3 * * *", at: now)
    var ids: [String] = []
    for handle in [fixture.store, try fixture.anotherHandle()] {
      _ = try handle.changeSchedule("a", at: now) { schedule, queueID in
        ids.append(queueID)
        return .init(schedule: schedule)
      }
    }
    #expect(ids.count == 2 && ids[0] == ids[1] && !ids[0].isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `times that pass in a pause are an entry of history`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.addSchedule("a", "every 60000", at: now)
    let start = now.wall
    _ = try store.changeSchedule("a", at: now) { schedule, _ in
      .init(schedule: schedule.paused(at: start))
    }
    clock.advance(by: .seconds(200))
    let none = try store.dueSchedules(atMost: 10, at: now)
    #expect(none.schedules.isEmpty && none.nextAt == nil)
    let wall = now.wall
    let resumed = try store.changeSchedule("a", at: now) { schedule, _ in
      schedule.resumed(in: .utc, at: wall)
    }
    #expect(resumed.passed == 3)
    #expect(
      try store.occurrences(of: "a", limit: 10) == [
        Occurrence(
          at: start + .seconds(60), .paused, through: start + .seconds(180), times: 3)
      ])
    #expect(try store.schedule("a").nextAt == start + .seconds(240))
  }

  @Test func `a job's row names its schedule, its time and the times that it stands for`() throws {
    let store = try SQLiteJobStore.transient()
    let schedule = try store.addSchedule("a", "every 60000", at: now)
    clock.advance(by: .seconds(185))
    try store.enqueueDue(at: now)
    let rows = try store.connection.all(
      """
      SELECT j.schedule, d.schedule, d.scheduled_for, d.stands_for, j.run_at
      FROM jobs j JOIN job_details d ON d.seq = j.seq
      """
    ) { row in
      [row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)]
    }
    let due = "\((now.wall + .seconds(-5)).milliseconds)"
    #expect(rows == [["\(schedule.id)", "a", due, "2", due]])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a removed schedule leaves its jobs, and its id is never given out again`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let first = try store.addSchedule("a", "every 60000", at: now) { $0.overlap = .allow }
    let worker = try store.addWorker(at: now)
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    try store.runNext(for: worker, at: now)
    clock.advance(by: .seconds(60))
    let job = try #require(try store.enqueueDue(at: now).first?.enqueued.first?.job)
    #expect(try store.removeSchedule("a") == [job])
    #expect(try store.schedules().isEmpty)
    #expect(try store.job(job.text, at: now).state == .pending)

    let second = try store.addSchedule("a", "every 60000", at: now)
    #expect(second.id > first.id)
    #expect(try store.occurrences(of: "a", limit: 10).isEmpty)
    try store.runNext(for: worker, .exited(1), at: now)
    #expect(try store.schedule("a") == second, "the job was another schedule's")
    #expect(try store.removeSchedule("a").isEmpty)
  }
}
