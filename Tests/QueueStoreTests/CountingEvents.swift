import QueueCore
import QueueStoreSQLite
import QueueTestSupport
import Testing

/// Events are counted per minute, when they happen.
@Suite struct CountingEvents {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func counts(_ statistics: QueueStatistics) -> [QueueEvent: Int] {
    Dictionary(uniqueKeysWithValues: QueueEvent.allCases.map { ($0, statistics.count($0)) })
      .filter { $0.value != 0 }
  }

  @Test(arguments: StoreUnderTest.all, [StatisticsWindow.minute, .hour, .day])
  func `a new queue has no events`(store: StoreUnderTest, window: StatisticsWindow) throws {
    let store = try store.open().store
    let statistics = try store.statistics(over: window, at: now)
    #expect(statistics.queues == [:])
    #expect(statistics.span == now.wall - window.start(at: now.wall))
  }

  @Test(arguments: StoreUnderTest.all)
  func `every kind of event is counted, by queue`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add([try NewJob(command: "1"), try NewJob(command: "2")], at: now)
    try store.add("mail", queue: "mail", maxRetries: 0, at: now)
    try store.runNext(for: worker, .exited(0), at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    try store.runNext(for: worker, .signaled(9), at: now)
    let all = try store.statistics(over: .minute, at: now)
    #expect(Set(all.queues.keys) == ["default", "mail"])
    #expect(counts(all.of("default")) == [.enqueued: 2, .started: 2, .completed: 1, .failed: 1])
    #expect(counts(all.of("mail")) == [.enqueued: 1, .started: 1, .failed: 1, .dead: 1])
    #expect(counts(all.total)[.enqueued] == 3)
  }

  @Test(arguments: StoreUnderTest.all)
  func `stopped and lost runs aren't failures`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.runNext(for: worker, .stopped, at: now)
    _ = try store.claim(for: worker, at: now)
    _ = try store.reclaim(try store.record(of: worker), maxCrashes: 1, at: now)
    let total = try store.statistics(over: .minute, at: now).total
    #expect(counts(total) == [.enqueued: 1, .started: 2, .stopped: 1, .lost: 1, .dead: 1])
    #expect(total.failureRate == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `refused and superseded calls aren't counted`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.add("job", at: now)
    let job = try store.claim(for: worker, at: now)
    try store.end(job, by: worker, .exited(0), at: now)
    try store.end(job, by: worker, .exited(0), at: now)
    #expect(throws: InvalidJob.self) {
      try store.enqueue(at: now, settings: Settings()) {
        throw InvalidJob(field: "a", problem: "b")
      } each: { _ in
      }
    }
    let total = try store.statistics(over: .minute, at: now).total
    #expect(counts(total) == [.enqueued: 1, .started: 1, .completed: 1])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a rolled back job isn't counted`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let waits = [Prerequisite(reference: "nosuch", accepts: .success)]
    try store.add(
      [try NewJob(id: JobID("a"), command: "1"), try NewJob(command: "2", prerequisites: waits)],
      at: now)
    #expect(try store.allJobs(at: now).map(\.id.text) == ["a"])
    #expect(counts(try store.statistics(over: .minute, at: now).total) == [.enqueued: 1])
  }

  @Test(arguments: StoreUnderTest.all)
  func `waits and run times are those of the runs`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for id in 1...4 { try store.add("\(id)", at: now) }
    clock.advance(by: .milliseconds(5))
    for elapsed in [100, 200, 5000, 9] {
      let report = RunReport(end: .exited(0), elapsed: .milliseconds(elapsed))
      try store.end(try store.claim(for: worker, at: now), by: worker, report, at: now)
    }
    let total = try store.statistics(over: .minute, at: now).total
    var runTime = Histogram()
    for elapsed in [100, 200, 5000, 9] { runTime.add(.milliseconds(elapsed)) }
    #expect(total.runTime == runTime)
    #expect(total.wait.percentile(0.5) == .milliseconds(5))
    #expect(total.wait.count == 4)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a window excludes earlier events`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("old", at: now)
    clock.advance(by: .seconds(1800))
    try store.add("new", at: now)
    func enqueued(_ window: StatisticsWindow) throws -> Int {
      try store.statistics(over: window, at: now).total.count(.enqueued)
    }
    #expect(try enqueued(.minute) == 1)
    #expect(try enqueued(.hour) == 2)
    clock.advance(by: .seconds(1860))
    #expect(try [enqueued(.minute), enqueued(.hour), enqueued(.day)] == [0, 1, 2])
    clock.advance(by: .seconds(25 * 3600))
    #expect(try enqueued(.day) == 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a series has every minute, also those without events`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    try store.add("a", at: now)
    clock.advance(by: .seconds(120))
    try store.add("b", at: now)
    try store.add("c", queue: "mail", at: now)
    let series = try store.minutes(4, queue: nil, at: now)
    #expect(series.map { $0[.enqueued] } == [0, 1, 0, 2])
    #expect(series.last?.start.milliseconds == now.wall.minute * 60_000)
    #expect(try store.minutes(2, queue: "mail", at: now).map { $0[.enqueued] } == [0, 1])
  }

  @Test(arguments: StoreUnderTest.all)
  func `folding changes no figure of a day and keeps the minutes of the last hours`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for hour in 0..<6 {
      for _ in 1...5 {
        try store.add("\(hour)-\(now.wall.minute)", queue: "q\(hour % 2)", at: now)
        clock.advance(by: .milliseconds(61_000 + hour))
        try store.runNext(for: worker, .exited(hour % 2), at: now)
      }
      clock.advance(by: .seconds(3600))
    }
    let before = try store.statistics(over: .day, at: now)
    let minutes = try store.minutes(120, queue: nil, at: now)
    #expect(before.total.count(.enqueued) == 30)
    while try store.foldStatistics(at: now) {}
    #expect(try store.statistics(over: .day, at: now) == before)
    #expect(try store.minutes(120, queue: nil, at: now) == minutes)
  }

  @Test(arguments: StoreUnderTest.all)
  func `totals only grow, over hours, folds and a clock that is set back`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let store = fixture.store
    let worker = try store.addWorker(at: now)
    #expect(try store.totals() == [:])
    var expected = QueueStatistics()
    for hour in 0..<60 {
      try store.add("\(hour)", maxRetries: 0, at: now)
      clock.advance(by: .milliseconds(100))
      let report = RunReport(end: .exited(hour % 2), elapsed: .milliseconds(40 * hour))
      try store.end(try store.claim(for: worker, at: now), by: worker, report, at: now)
      var events = [
        (QueueEvent.enqueued, Duration.zero), (.started, .milliseconds(100)),
        (QueueEvent(report.end), report.elapsed),
      ]
      if hour % 2 == 1 { events.append((.dead, .zero)) }
      for (event, duration) in events {
        expected.add(
          event, times: 1, bucket: Histogram.bucket(of: duration), longest: duration)
      }
      #expect(try store.totals() == ["default": expected])
      if hour == 30 { clock.jumpWall(by: .seconds(-5 * 3600)) }
      clock.advance(by: .seconds(3600))
      while try store.foldStatistics(at: now) {}
      #expect(try store.totals() == ["default": expected])
    }
    #expect(try fixture.anotherHandle().totals() == ["default": expected])
    #expect(try store.statistics(over: .day, at: now).total.count(.enqueued) < 30)
  }

  @Test(arguments: StoreUnderTest.all)
  func `totals have the events that another process counts late`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let writer = try fixture.anotherHandle()
    for number in 0..<90 {
      var late = now
      late.wall = Timestamp(milliseconds: late.wall.milliseconds - 60_000 * Int64(number % 9))
      try writer.add("\(number)", at: late)
      let totals = try fixture.store.reading { () throws(StoreError) in
        try fixture.store.totals()
      }
      #expect(totals.mapValues { $0.count(.enqueued) } == ["default": number + 1])
      clock.advance(by: .seconds(20))
    }
  }

  @Test func `totals of a forgotten queue end two days after its last event`() throws {
    let directory = try TemporaryDirectory()
    let store = try #require(
      try SQLiteJobStore.open(directory.file("queue.db"), creating: true))
    let worker = try store.addWorker(at: now)
    for queue in ["kept", "mail"] {
      try store.add(queue, queue: queue, maxRetries: 0, at: now)
      try store.runNext(for: worker, .exited(1), at: now)
    }
    _ = try store.remove(
      .dead(.named(["mail"])), limit: .max, after: nil, dryRun: false, at: now)
    _ = try store.forgetEmptyQueues(atMost: 10)
    for _ in 1...47 {
      clock.advance(by: .seconds(3600))
      try store.add("k\(now.wall.minute)", queue: "kept", at: now)
      while try store.foldStatistics(at: now) {}
      #expect(try store.totals()["mail"]?.count(.dead) == 1)
    }
    clock.advance(by: .seconds(5 * 3600))
    while try store.foldStatistics(at: now) {}
    #expect(try store.totals().mapValues { $0.count(.enqueued) } == ["kept": 48])
  }

  @Test(arguments: StoreUnderTest.all)
  func `run times come by minute`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for (id, queue) in [("a", "default"), ("b", "mail"), ("c", "default")] {
      try store.add(id, queue: queue, at: now)
    }
    var expected = [Histogram](repeating: Histogram(), count: 3)
    for (minute, elapsed) in [(0, 20), (0, 700), (2, 90_000)] {
      if minute == 2 { clock.advance(by: .seconds(120)) }
      let report = RunReport(end: .exited(0), elapsed: .milliseconds(elapsed))
      try store.end(try store.claim(for: worker, at: now), by: worker, report, at: now)
      expected[minute].add(.milliseconds(elapsed))
    }
    #expect(try store.runTimes(3, queue: nil, at: now) == expected)
    #expect(try store.runTimes(1, queue: nil, at: now) == [expected[2]])
    #expect(try store.runTimes(3, queue: "mail", at: now).map(\.count) == [1, 0, 0])
  }

  @Test(arguments: StoreUnderTest.all)
  func `the latest runs are listed with their commands, newest first`(store: StoreUnderTest) throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    #expect(try store.recentRuns(10, queue: nil) == [])
    let long = String(repeating: "x", count: 300)
    for (id, command) in [("a", "one"), ("b", "two"), ("c", long)] {
      try store.add(id, command: command, queue: id == "b" ? "mail" : "default", at: now)
    }
    try store.runNext(for: worker, .exited(0), at: now)
    try store.runNext(for: worker, .timedOut, at: now)
    try store.runNext(for: worker, .stopped, at: now)
    _ = try store.claim(for: worker, at: now)
    let ended = [
      RecentRun(command: String(long.prefix(200)), end: .stopped, elapsed: .seconds(1)),
      RecentRun(command: "two", end: .failed, elapsed: .seconds(1)),
      RecentRun(command: "one", end: .completed, elapsed: .seconds(1)),
    ]
    #expect(try store.recentRuns(10, queue: nil) == ended)
    #expect(try store.recentRuns(3, queue: nil) == Array(ended.prefix(2)), "one still runs")
    #expect(try store.recentRuns(10, queue: "mail") == [ended[1]])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a removed run takes no place among the latest`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for id in ["a", "b", "c"] {
      try store.add(id, maxRetries: 0, at: now)
      try store.runNext(for: worker, .exited(1), at: now)
    }
    _ = try store.remove(.dead(.named(["c"])), limit: .max, after: nil, dryRun: false, at: now)
    #expect(try store.recentRuns(2, queue: nil).count == 2)
  }

  // MARK: - The first in line

  @Test(arguments: StoreUnderTest.all)
  func `the first in line has waited since it was ready`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    #expect(try store.longestWaits(at: now) == [:])
    try store.add("busy", at: now)
    _ = try store.claim(for: worker, at: now)
    #expect(try store.longestWaits(at: now) == [:], "a running job doesn't wait")
    try store.add("first", at: now)
    try store.add("mail", queue: "mail", at: now)
    clock.advance(by: .seconds(5))
    try store.add("second", at: now)
    #expect(try store.longestWaits(at: now) == ["default": .seconds(5), "mail": .seconds(5)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `an urgent job doesn't hide an older one`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for priority in [0, -3, 5, 0] {
      try store.add("p\(priority)-\(now.wall.milliseconds)", priority: priority, at: now)
      clock.advance(by: .seconds(10))
    }
    #expect(try store.longestWaits(at: now) == ["default": .seconds(40)])
    _ = try store.claim(for: try store.addWorker(at: now), at: now)
    _ = try store.claim(for: try store.addWorker(at: now), at: now)
    #expect(try store.longestWaits(at: now) == ["default": .seconds(30)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a due job waits, even if no worker has claimed since`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("failed", queue: "mail", at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    try store.add("later", runAt: now.wall + .seconds(5), at: now)
    try store.add("tomorrow", runAt: now.wall + .seconds(86_400), at: now)
    #expect(try store.longestWaits(at: now) == [:])
    clock.advance(by: .seconds(7))
    #expect(try store.longestWaits(at: now) == ["default": .seconds(2), "mail": .seconds(5)])
    _ = try store.claim(for: worker, at: now)
    #expect(try store.longestWaits(at: now).values.sorted() == [.seconds(2)])
  }
}
