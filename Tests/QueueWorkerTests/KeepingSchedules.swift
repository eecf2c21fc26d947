import QueueCore
import QueueTestSupport
import QueueWorker
import Testing

/// Workers enqueue the jobs of schedules that are due.
@Suite struct `Keeping schedules` {
  private func enqueued(_ bench: WorkerBench, _ name: String = "a") throws -> Int {
    try bench.store.schedule(name).tally.enqueued
  }

  private func advances(_ bench: WorkerBench) -> [ScheduleAdvance] {
    bench.events.compactMap { if case .scheduled(let advance) = $0 { advance } else { nil } }
  }

  @Test(arguments: StoreUnderTest.all)
  func `an idle worker waits for the time, enqueues the job and runs it`(
    store: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "every 60000", at: ManualClock.start)
    }
    let passed = try bench.run { !bench.runner.started.isEmpty }
    #expect(passed == .seconds(60))
    let job = try #require(bench.runner.started.first)
    let due = ManualClock.start.wall + .seconds(60)
    #expect(job.origin == JobOrigin(schedule: "a", time: due))
    #expect(try bench.job(job.id.text).origin == job.origin)
    try bench.run { bench.runner.started.count == 3 }
    #expect(bench.clock.now().wall == due + .seconds(120))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a busy worker enqueues in time, too`(store: StoreUnderTest) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "every 60000", at: ManualClock.start)
      try store.add("long", at: ManualClock.start)
    }
    bench.runner.behavior = { job in
      .ends(.exited(0), after: .seconds(job.id.text == "long" ? 200 : 1))
    }
    let passed = try bench.run { try enqueued(bench) == 1 }
    #expect(passed == .seconds(60))
    #expect(try bench.state("long") == .processing)
    try bench.run { bench.runner.started.count == 2 }
    #expect(bench.clock.now().uptime - ManualClock.start.uptime == .seconds(200))
    // Times at which the first job of the schedule was unfinished are skipped.
    #expect(try bench.store.schedule("a").tally.skipped == 2)
  }

  @Test(arguments: StoreUnderTest.all, [true, false])
  func `while a job runs, few schedules are moved at a time, because the next claim waits for it`(
    store: StoreUnderTest, isBusy: Bool
  ) throws {
    let bench = try WorkerBench(store) { store in
      for number in 1...60 {
        try store.addSchedule("s\(number)", "every 60000", at: ManualClock.start)
      }
      if isBusy { try store.add("long", at: ManualClock.start) }
    }
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(200)) }
    try bench.step()
    bench.clock.advance(by: .seconds(60))
    _ = try bench.worker.step(at: bench.clock.now())
    #expect(advances(bench).count == (isBusy ? 20 : 60))
    try bench.step()
    #expect(advances(bench).count == 60)
  }

  @Test(arguments: StoreUnderTest.all, [true, false])
  func `a schedule that is added later is found by the bell, or at the next poll`(
    store: StoreUnderTest, isRung: Bool
  ) throws {
    let bench = try WorkerBench(store)
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(600)) }
    if !isRung { try bench.store.add("long", at: bench.clock.now()) }
    try bench.step()
    let now = bench.clock.now()
    try bench.store.addSchedule("a", "every 1000", at: now)
    if isRung { #expect(try bench.step(rung: true) == .wait(.seconds(1))) }
    let passed = try bench.run { try enqueued(bench) == 1 }
    #expect(passed >= .seconds(1) && passed <= .seconds(2), "\(passed)")
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      (policy: MissedPolicy.one, started: [1], missed: 1),
      (policy: .all, started: [0, 0], missed: 0),
      (policy: .none, started: [], missed: 2),
    ])
  func `times that passed without a worker follow the schedule's policy, once`(
    store: StoreUnderTest, example: (policy: MissedPolicy, started: [Int], missed: Int)
  ) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "every 300000", at: ManualClock.start) {
        $0.missed = example.policy
        $0.overlap = .allow
      }
    }
    bench.clock.advance(by: .seconds(720))
    for pid in [2000, 2001] as [Int32] {
      try bench.step(
        try bench.makeWorker(
          on: try bench.fixture.anotherHandle(), pid: pid))
    }
    try bench.run(for: .seconds(100)) { bench.clock.now().uptime >= .seconds(5720 + 90) }
    #expect(bench.runner.started.map { $0.origin?.standsFor ?? -1 } == example.started)
    #expect(try bench.store.schedule("a").tally.missed == example.missed)
    #expect(advances(bench).compactMap(\.missed?.times).reduce(0, +) == example.missed)
  }

  @Test(arguments: StoreUnderTest.all)
  func `several workers enqueue each time once`(store: StoreUnderTest) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "every 1000", at: ManualClock.start) {
        $0.overlap = .allow
        $0.missed = .all
      }
    }
    let workers = try (1...3).map {
      try bench.makeWorker(on: try bench.fixture.anotherHandle(), pid: 2000 + $0)
    }
    for number in 1...100 {
      bench.clock.advance(by: .milliseconds(70 * Int64(number % 13)))
      try bench.step(workers[number % 3])
      if number % 5 == 0 { try bench.step(workers[number % 2]) }
    }
    try bench.step()
    let times = try bench.store.allJobs(at: bench.clock.now()).compactMap(\.origin?.time).sorted()
    let last = try #require(times.last)
    #expect(bench.clock.now().wall - last < .seconds(1) && times.count > 30)
    let expected = (1...times.count).map { ManualClock.start.wall + .seconds($0) }
    #expect(times == expected)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a draining worker enqueues what is due when it starts, and ends`(
    store: StoreUnderTest
  ) throws {
    // More than one batch, and first those that enqueue nothing.
    let bench = try WorkerBench(
      store, drains: true,
      before: { store in
        for number in 1...100 {
          try store.addSchedule("never\(number)", "every 100000", at: ManualClock.start) {
            $0.late = .seconds(1)
          }
        }
        try store.addSchedule("a", "every 110000", at: ManualClock.start)
      })
    bench.clock.advance(by: .seconds(115))
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(500)) }
    try bench.run { bench.events.last == .left }
    #expect(bench.runner.started.map(\.origin?.schedule) == ["a"])
    #expect(bench.events.last == .left)
    #expect(try enqueued(bench) == 1 && enqueued(bench, "never1") == 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker that can't read a zone goes on with others, and tries again`(
    store: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(
      store,
      before: { store in
        for number in 1...120 {
          try store.addSchedule("far\(number)", "0 * * * *", at: ManualClock.start) {
            $0.zone = "Mars/Olympus"
          }
        }
        try store.addSchedule("a", "1 * * * *", at: ManualClock.start)
      })
    let problem = InvalidJob(field: "zone", problem: "is unknown")
    bench.zone = { name throws(InvalidJob) in
      if name != "UTC" { throw problem }
      return .utc
    }
    bench.clock.advance(by: .seconds(3660))
    try bench.step()
    #expect(bench.runner.started.map(\.origin?.schedule) == ["a"])
    let start = bench.clock.now().uptime
    try bench.run { bench.clock.now().uptime >= start + .seconds(130) }
    #expect(bench.events.filter { $0 == .zoneUnreadable(problem) }.count == 1)
    #expect(try enqueued(bench, "far1") == 0)
    bench.zone = { _ in .utc }
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(100)) }
    let passed = try bench.run { try enqueued(bench, "far1") == 1 }
    #expect(passed <= .seconds(62))
    #expect(try (1...120).allSatisfy { try enqueued(bench, "far\($0)") <= 1 })
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker under a stop order enqueues nothing`(store: StoreUnderTest) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "every 10000", at: ManualClock.start)
      try store.add("long", at: ManualClock.start)
    }
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(60)) }
    try bench.step()
    bench.worker.stop(.finishJob)
    try bench.run { bench.events.last == .left }
    #expect(bench.clock.now().uptime - ManualClock.start.uptime == .seconds(60))
    #expect(try enqueued(bench) == 0 && bench.store.schedule("a").tally.missed == 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a wall clock that is set forward makes schedules due`(store: StoreUnderTest) throws {
    let bench = try WorkerBench(store) { store in
      try store.addSchedule("a", "0 12 * * *", at: ManualClock.start)
    }
    try bench.step()
    bench.clock.jumpWall(by: .seconds(5 * 3600))
    let passed = try bench.run { try enqueued(bench) == 1 }
    #expect(passed <= .seconds(5))
  }
}
