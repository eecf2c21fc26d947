import QueueCore
import QueueTestSupport
import QueueWorker
import Testing

/// Workers correct next times when the wall clock was set or zone files changed.
@Suite struct `Reviewing schedules` {
  private func reviews(_ bench: WorkerBench) -> [WorkerEvent] {
    bench.events.filter { if case .rescheduled = $0 { true } else { false } }
  }

  private func next(_ bench: WorkerBench, _ name: String) throws -> Duration? {
    try bench.store.schedule(name).nextAt.map { $0 - bench.clock.now().wall }
  }

  @Test(arguments: StoreUnderTest.all)
  func `after a setback schedules go on from now, and the clock is trusted again`(
    store: StoreUnderTest
  ) throws {
    // More than one page.
    let bench = try WorkerBench(store) { store in
      for number in 1...150 {
        try store.addSchedule("a\(number)", "every 60000", at: ManualClock.start)
      }
      try store.addSchedule("noon", "0 12 * * *", at: ManualClock.start)
    }
    bench.runner.behavior = { _ in .ends(.exited(0), after: .milliseconds(1)) }
    try bench.step()
    bench.clock.advance(by: .milliseconds(1))
    let setback = Duration.milliseconds(3_600_001)
    bench.clock.jumpWall(by: .zero - setback)
    try bench.step()
    let expected = [WorkerEvent.rescheduled(150, .clockSetBack(setback))]
    #expect(reviews(bench) == expected)
    #expect(try (1...150).allSatisfy { try next(bench, "a\($0)") ?? .zero <= .seconds(60) })
    #expect(try next(bench, "noon") == .seconds(5 * 3600))
    let entry = try #require(try bench.store.occurrences(of: "a1", limit: 9).first)
    // Now is one of its times, which stays free for its job.
    let moment = bench.clock.now().wall + .milliseconds(1)
    #expect(entry == Occurrence(at: moment, .setBack, turn: entry.turn))
    #expect(try bench.store.occurrences(of: "noon", limit: 9).isEmpty)
    bench.clock.advance(by: .seconds(61))
    try bench.step()
    #expect(reviews(bench) == expected)
    #expect(try bench.store.schedule("a150").tally.enqueued == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a clock set forward by mistake costs one job, and nothing waits for it`(
    store: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "* * * * *", at: ManualClock.start)
      try store.addSchedule("night", "0 3 * * *", at: ManualClock.start)
    }
    try bench.step()
    bench.clock.jumpWall(by: .seconds(10 * 86_400))
    try bench.run(for: .seconds(30)) { try bench.store.schedule("night").tally.enqueued == 1 }
    bench.clock.advance(by: .milliseconds(1))
    bench.clock.jumpWall(by: .seconds(-10 * 86_400))
    try bench.step()
    #expect(reviews(bench) == [.rescheduled(2, .clockSetBack(.seconds(10 * 86_400)))])
    #expect(try next(bench, "a") ?? .zero <= .seconds(60))
    #expect(try next(bench, "night") ?? .zero <= .seconds(86_400))
    #expect(try bench.store.schedule("night").turn == 1)
    let history = try bench.store.occurrences(of: "night", limit: 9)
    #expect(history.prefix(2).map(\.fate) == [.setBack, .enqueued])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a setback is noticed over a boot, by the first worker`(store: StoreUnderTest) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "every 60000", at: ManualClock.start)
    }
    try bench.step()
    bench.clock.reboot()
    bench.clock.jumpWall(by: .seconds(-86_400))
    for pid in [2000, 2001] as [Int32] {
      try bench.step(
        try bench.makeWorker(on: try bench.fixture.anotherHandle(), pid: pid))
    }
    #expect(reviews(bench) == [.rescheduled(1, .clockSetBack(.seconds(86_400)))])
    #expect(try next(bench, "a") ?? .zero <= .seconds(60))
  }

  @Test(arguments: StoreUnderTest.all)
  func `newer zone files are followed within ten minutes, or by the next worker`(
    store: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "0 3 * * *", at: ManualClock.start) { $0.zone = "Etc/New" }
      try store.addSchedule("b", "0 3 * * *", at: ManualClock.start)
    }
    try bench.step()
    #expect(try next(bench, "a") == .seconds(19 * 3600) && reviews(bench).isEmpty)
    let tokyo = try ZoneRules.fixture("Asia/Tokyo")
    bench.zone = { name in name == "Etc/New" ? tokyo : .utc }
    let passed = try bench.run { !reviews(bench).isEmpty }
    #expect(passed > .seconds(1) && passed <= .seconds(610), "\(passed)")
    #expect(reviews(bench) == [.rescheduled(1, .zoneFiles)])
    #expect(try next(bench, "a") == .seconds(10 * 3600) - passed)

    let berlin = try ZoneRules.fixture("Europe/Berlin")
    bench.zone = { name in name == "Etc/New" ? berlin : .utc }
    try bench.step(try bench.makeWorker(on: try bench.fixture.anotherHandle(), pid: 2000))
    #expect(reviews(bench).count == 2)
    #expect(try next(bench, "a") == .seconds(18 * 3600) - passed)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a zone that can't be read any more leaves its schedules as they are`(
    store: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "0 3 * * *", at: ManualClock.start) { $0.zone = "Etc/New" }
    }
    try bench.step()
    let problem = InvalidJob(field: "zone", problem: "is unknown")
    bench.zone = { _ throws(InvalidJob) in throw problem }
    bench.clock.advance(by: .seconds(700))
    try bench.step()
    #expect(try next(bench, "a") == .seconds(19 * 3600 - 700) && reviews(bench).isEmpty)
  }

  @Test func `a damaged schedule is told once, and others go on`() throws {
    let bench = try WorkerBench(.inMemory) { store in
      for name in ["a", "b"] { try store.addSchedule(name, "every 60000", at: ManualClock.start) }
      try (store as? InMemoryJobStore)?.damageSchedule("b")
    }
    bench.clock.advance(by: .seconds(60))
    try bench.run(for: .seconds(200)) { bench.clock.now().uptime > .seconds(5240) }
    #expect(try bench.store.schedule("a").tally.enqueued >= 2)
    #expect(
      bench.events.filter { if case .scheduleDamaged = $0 { true } else { false } }.count == 1)
  }
}
