import QueueCore
import QueueTestSupport
import Testing

/// Schedules that are due: their jobs, their history and their next times.
@Suite struct `Enqueueing by schedule` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `schedules are due in the order of their times, up to a limit`(store: StoreUnderTest) throws
  {
    let store = try store.open().store
    let none = try store.dueSchedules(atMost: 9, at: now)
    #expect(none.schedules.isEmpty && none.nextAt == nil)
    for (name, seconds) in [("c", 30), ("a", 20), ("b", 10)] {
      try store.addSchedule(name, "every \(seconds)000", at: now)
    }
    let start = now.wall
    #expect(try store.dueSchedules(atMost: 9, at: now).nextAt == start + .seconds(10))
    clock.advance(by: .seconds(20))
    let due = try store.dueSchedules(atMost: 9, at: now)
    #expect(due.schedules.map(\.name) == ["b", "a"] && due.nextAt == nil)
    #expect(try store.dueSchedules(atMost: 1, at: now).schedules.map(\.name) == ["b"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a time that comes gets one job, whichever handle moves first`(store: StoreUnderTest) throws
  {
    let fixture = try store.open()
    let (store, other) = (fixture.store, try fixture.anotherHandle())
    try store.addSchedule("a", "every 60000", at: now) {
      $0.job.queue = "q"
      $0.job.priority = 5
    }
    clock.advance(by: .seconds(61))
    let moves = try store.dueMoves(at: now)
    let sameMoves = try other.dueMoves(at: now)
    var settings = Settings()
    settings.maxRetries = 7
    settings.timeout = .seconds(9)
    let advances = try store.advance(moves, settings: settings, at: now)
    #expect(try other.advance(sameMoves, settings: settings, at: now).isEmpty)
    #expect(try store.advance(moves, settings: settings, at: now).isEmpty)

    let advance = try #require(advances.first)
    let due = now.wall + .seconds(-1)
    let id = try #require(advance.enqueued.first).job
    #expect(advances.count == 1 && advance.skipped.isEmpty && advance.missed == nil)
    #expect(advance.enqueued.map(\.due) == [ScheduleMove.Due(at: due)])
    #expect(try other.schedule("a") == advance.schedule)
    #expect(advance.schedule.nextAt == due + .seconds(60) && advance.schedule.lastAt == due)
    #expect(advance.schedule.tally.enqueued == 1)

    let jobs = try store.allJobs(at: now)
    #expect(jobs.map(\.id) == [id])
    #expect(jobs[0].queue == "q" && jobs[0].priority == 5 && jobs[0].runAt == due)
    #expect(jobs[0].maxRetries == 7 && jobs[0].timeout == .seconds(9))
    #expect(
      try other.occurrences(of: "a", limit: 9) == [
        Occurrence(at: due, .enqueued, job: Occurrence.Enqueued(id, at: now.wall))
      ])
    #expect(try store.summary().count(.pending) == 1)
    #expect(try store.statistics(over: .hour, at: now).total.count(.enqueued) == 1)
    #expect(try store.runNext(for: try store.addWorker(at: now), at: now) == id.text)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a move of a schedule that was changed, paused or removed since does nothing`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    for name in ["changed", "paused", "removed", "same"] {
      try store.addSchedule(name, "every 60000", at: now)
    }
    clock.advance(by: .seconds(60))
    let moves = try store.dueMoves(at: now)
    #expect(moves.count == 4)
    let wall = now.wall
    _ = try store.changeSchedule("changed", at: now) { schedule, queueID in
      var spec = schedule.spec
      spec.job.command = "false"
      return try schedule.edited(to: spec, in: .utc, database: queueID, at: wall)
    }
    _ = try store.changeSchedule("paused", at: now) { schedule, _ in
      .init(schedule: schedule.paused(at: wall))
    }
    _ = try store.removeSchedule("removed")
    let advances = try store.advance(moves, settings: Settings(), at: now)
    #expect(advances.map(\.schedule.name) == ["same"])
    #expect(try store.allJobs(at: now).count == 1)

    // The edited one is still due, by its new revision.
    #expect(try store.enqueueDue(at: now).map(\.schedule.name) == ["changed"])
    #expect(try store.allJobs(at: now).map(\.command) == ["false", "true"])
  }

  // MARK: - Overlap

  /// What happens at four times in a row while the first job is pending, or runs.
  @Test(
    arguments: StoreUnderTest.all,
    [
      (Overlap.skip, false, ["enqueued", "skipped 3"]),
      (.skip, true, ["enqueued", "skipped 3"]),
      (.queue, false, ["enqueued", "skipped 3"]),
      (.queue, true, ["enqueued", "enqueued", "skipped 2"]),
      (.replace, false, ["enqueued", "enqueued", "enqueued", "enqueued"]),
      (.replace, true, ["enqueued", "enqueued", "enqueued", "enqueued"]),
      (.allow, false, ["enqueued", "enqueued", "enqueued", "enqueued"]),
      (.allow, true, ["enqueued", "enqueued", "enqueued", "enqueued"]),
    ])
  func `an earlier job that is unfinished decides by the policy`(
    store: StoreUnderTest, example: (overlap: Overlap, runs: Bool, fates: [String])
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.addSchedule("a", "every 60000", at: now) { $0.overlap = example.overlap }
    var running: ClaimedJob?
    for _ in 1...4 {
      clock.advance(by: .seconds(60))
      try store.enqueueDue(at: now)
      if example.runs, running == nil { running = try store.claim(for: worker, at: now) }
    }
    let history = try store.occurrences(of: "a", limit: 9).reversed()
    #expect(
      history.map { $0.times > 1 ? "\($0.fate.rawValue) \($0.times)" : $0.fate.rawValue }
        == example.fates)
    let schedule = try store.schedule("a")
    let skipped = history.filter { $0.fate == .skipped }.reduce(0) { $0 + $1.times }
    #expect(schedule.tally.skipped == skipped && schedule.tally.skipsInRow == skipped)
    #expect(schedule.tally.enqueued == 4 - skipped)
    let states = try store.allJobs(at: now).reversed().map(\.state)
    switch (example.overlap, example.runs) {
    case (.replace, false): #expect(states == [.cancelled, .cancelled, .cancelled, .pending])
    case (.replace, true): #expect(states == [.processing, .cancelled, .cancelled, .pending])
    case (_, true): #expect(states.dropFirst().allSatisfy { $0 == .pending })
    case (_, false): #expect(states.allSatisfy { $0 == .pending })
    }

    // Only what is allowed to runs beside the one that runs.
    guard let running else { return }
    let idle = try store.addWorker(at: now)
    #expect((try store.claimNext(for: idle, at: now).job != nil) == (example.overlap == .allow))
    guard example.overlap != .allow else { return }
    let renewed = try store.renew(worker, at: now)
    #expect(renewed == .known(nil, cancelled: example.overlap == .replace ? running.run : nil))
    try store.end(running, by: worker, .exited(1), at: now)
    if example.overlap != .skip {
      #expect(try (store.claimNext(for: idle, at: now).job != nil) == (example.overlap == .replace))
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that failed, or was put back, is unfinished`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.addSchedule("a", "every 60000", at: now) { $0.job.maxRetries = 1 }
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    let id = try store.runNext(for: worker, .exited(1), at: now)
    clock.advance(by: .seconds(60))
    #expect(try store.enqueueDue(at: now)[0].skipped.count == 1, "it is failed")
    try store.runNext(for: worker, .exited(1), at: now)
    #expect(try store.job(id, at: now).state == .dead)
    _ = try store.retry(.dead(.named([id])), dryRun: false, at: now)
    clock.advance(by: .seconds(60))
    #expect(try store.enqueueDue(at: now)[0].skipped.count == 1, "it is pending again")
    try store.runNext(for: worker, at: now)
    clock.advance(by: .seconds(60))
    let advance = try store.enqueueDue(at: now)[0]
    #expect(advance.enqueued.count == 1 && advance.schedule.tally.skipsInRow == 0)
    #expect(advance.schedule.tally.skipped == 2)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a key that another job has leaves a time out`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add([try NewJob(command: "true", uniqueKey: "k")], at: now)
    try store.addSchedule("a", "every 60000", at: now) { $0.job.uniqueKey = "k" }
    clock.advance(by: .seconds(60))
    let advance = try store.enqueueDue(at: now)[0]
    #expect(advance.enqueued.isEmpty && advance.skipped == [now.wall])
    #expect(try store.allJobs(at: now).count == 1)
  }

  // MARK: - Missed times, bounds

  @Test(arguments: StoreUnderTest.all)
  func `missed times are one entry of history, however many steps they take`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try store.addSchedule("one", "every 60000", at: now)
    try store.addSchedule("all", "every 60000", at: now) {
      $0.missed = .all
      $0.overlap = .allow
    }
    let start = now.wall
    for minutes in [10, 5] {
      clock.advance(by: .seconds(60 * minutes))
      try store.enqueueDue(at: now)
      #expect(try store.dueSchedules(atMost: 9, at: now).schedules.isEmpty)
    }
    func time(_ minutes: Int) -> Timestamp { start + .seconds(60 * minutes) }

    let one = try store.occurrences(of: "one", limit: 99)
    #expect(one.map(\.fate) == [.skipped, .missed, .enqueued, .missed])
    #expect(one.map(\.at) == [time(15), time(11), time(10), time(1)])
    #expect(one.map(\.through) == [nil, time(14), nil, time(9)])
    #expect(one.map(\.times) == [1, 4, 1, 9])
    #expect(try store.schedule("one").tally.missed == 13)

    let all = try store.occurrences(of: "all", limit: 99)
    #expect(all.map(\.at) == (1...15).reversed().map(time))
    #expect(all.allSatisfy { $0.fate == .enqueued })
    #expect(try store.schedule("all").tally.missed == 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `after its last job a schedule has ended, and skipped times don't count`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.addSchedule("a", "every 60000", at: now) { $0.timesLeft = 2 }
    for runsJob in [false, false, true, false] {
      clock.advance(by: .seconds(60))
      if runsJob { try store.runNext(for: worker, at: now) }
      try store.enqueueDue(at: now)
    }
    let schedule = try store.schedule("a")
    #expect(schedule.spec.timesLeft == 0 && schedule.nextAt == nil)
    #expect(schedule.tally.enqueued == 2 && schedule.tally.skipped == 1)
    let none = try store.dueSchedules(atMost: 9, at: now)
    #expect(none.schedules.isEmpty && none.nextAt == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `of many missed times no more get a job than are left`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.addSchedule("a", "every 60000", at: now) {
      $0.missed = .all
      $0.overlap = .allow
      $0.timesLeft = 3
    }
    clock.advance(by: .seconds(600))
    #expect(try store.enqueueDue(at: now)[0].enqueued.count == 3)
    #expect(try store.allJobs(at: now).count == 3)
    #expect(try store.schedule("a").nextAt == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the newest hundred entries are kept`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for name in ["a", "b"] {
      try store.addSchedule(name, "every 60000", at: now) {
        $0.missed = .all
        $0.overlap = .allow
      }
    }
    clock.advance(by: .seconds(60 * 70))
    try store.enqueueDue(at: now)
    clock.advance(by: .seconds(60 * 70))
    try store.enqueueDue(at: now)
    for name in ["a", "b"] {
      let history = try store.occurrences(of: name, limit: .max)
      #expect(history.count == 100)
      #expect(history.map(\.at) == (0..<100).map { now.wall + .seconds(-60 * $0) })
    }
    #expect(try store.occurrences(of: "a", limit: 3).count == 3)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that is no longer valid is a problem of its schedule alone`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try store.addSchedule("broken", "every 60000", at: now)
    try store.addSchedule("sound", "every 60000", at: now)
    _ = try store.changeSchedule("broken", at: now) { schedule, _ in
      var schedule = schedule
      schedule.spec.job.queue = ""
      return .init(schedule: schedule)
    }
    clock.advance(by: .seconds(60))
    let advances = try store.enqueueDue(at: now)
    #expect(advances.map(\.enqueued.count) == [0, 1])
    let broken = try store.schedule("broken")
    #expect(broken.problem == "its job is invalid: queue must not be empty")
    #expect(broken.tally.missed == 1 && broken.nextAt == now.wall + .seconds(60))
    #expect(
      try store.occurrences(of: "broken", limit: 9) == [Occurrence(at: now.wall, .missed)])
  }

  // MARK: - Results

  @Test(arguments: StoreUnderTest.all)
  func `history and totals follow a job to its end, and back`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.addSchedule("a", "every 60000", at: now) { $0.job.maxRetries = 1 }
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    func job() throws -> Occurrence.Enqueued {
      try #require(try store.occurrences(of: "a", limit: 1).first?.job)
    }
    func tally() throws -> Schedule.Tally { try store.schedule("a").tally }
    #expect(try job().state == .pending)

    let first = try store.claim(for: worker, at: now)
    #expect(try job().state == .processing)
    try store.end(first, by: worker, .exited(3), at: now)
    #expect(try job().state == .failed && job().exitCode == 3 && job().endedAt == nil)
    #expect(try tally().failuresInRow == 0)

    clock.advance(by: .seconds(10))
    let second = try store.claim(for: worker, at: now)
    #expect(try job().state == .processing && job().exitCode == nil && job().ran == nil)
    try store.end(second, by: worker, .exited(4), at: now)
    #expect(try job().state == .dead && job().exitCode == 4 && job().ran == .seconds(1))
    #expect(try job().endedAt == now.wall && tally().failuresInRow == 1)

    _ = try store.retry([first.id.text], at: now)
    #expect(try job().state == .pending && job().endedAt == nil)
    try store.runNext(for: worker, at: now)
    #expect(try job().state == .completed && job().exitCode == 0)
    #expect(try tally().failuresInRow == 0 && tally().succeededAt == now.wall)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a cancelled job is neither a success nor a failure`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.addSchedule("a", "every 60000", at: now) { $0.job.maxRetries = 0 }
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    clock.advance(by: .seconds(60))
    let id = try #require(try store.enqueueDue(at: now)[0].enqueued.first?.job)
    _ = try store.cancel([id.text], at: now)
    let tally = try store.schedule("a").tally
    #expect(tally.failuresInRow == 1 && tally.succeededAt == nil)
    let job = try #require(try store.occurrences(of: "a", limit: 1).first?.job)
    #expect(job.state == .cancelled && job.endedAt == now.wall && job.exitCode == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that is lost with its worker, and removed after its end, stays in history`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.addSchedule("a", "every 60000", at: now)
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    _ = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(5))
    try store.reclaim(try store.record(of: worker), at: now)
    func job() throws -> Occurrence.Enqueued? {
      try store.occurrences(of: "a", limit: 1).first?.job
    }
    #expect(try job()?.state == .pending && job()?.ran == .seconds(5))

    try store.runNext(for: try store.addWorker(at: now), at: now)
    let ended = try #require(try job())
    #expect(ended.state == .completed)
    _ = try store.remove(
      .all([.completed]), limit: 10, after: nil, dryRun: false, at: now)
    #expect(try store.allJobs(at: now).isEmpty)
    #expect(try job() == ended)
  }
}
