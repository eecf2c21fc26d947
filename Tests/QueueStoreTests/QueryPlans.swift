import QueueCore
import QueueOperations
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// SQLite's plan of every statement: none may scan all jobs or runs.
@Suite struct `Query plans` {
  let directory: TemporaryDirectory
  let store: SQLiteJobStore
  let clock = ManualClock()

  init() throws {
    directory = try TemporaryDirectory()
    store = try #require(try SQLiteJobStore.open(directory.file("queue.db"), creating: true))
  }

  @Test func `no statement scans all jobs or runs`() throws {
    try useEverything()
    let statements = store.connection.keptStatements.filter { !$0.hasPrefix("PRAGMA") }
    #expect(statements.count > 30, "all statements were used")
    for sql in statements {
      for step in try plan(of: sql) where step.hasPrefix("SCAN") {
        let table = step.split(separator: " ").dropFirst().first.map(String.init) ?? ""
        // Small by nature: a row per queue, worker, setting, state of a queue, boot, run of one
        // job, or schedule; the events of three hours; tags up to a limit.
        let isSmall =
          [
            "q", "queues", "workers", "settings", "counts", "json_each", "n", "notices",
            "queue_clock", "CONSTANT", "schedules", "line", "chain", "c", "ready", "timed",
            "failed", "rates", "found",
          ]
          .contains(table) || table.hasPrefix("(subquery")  // its own steps are checked as well
        #expect(isSmall, "\(step) in: \(sql)")
      }
    }
  }

  @Test(
    arguments: [[], [JobState.dead], [.pending, .failed]],
    [nil, JobPage.Cursor(value: 1, sequence: 5)])
  func `a page of a tag's jobs reads only its part of the tag's rows, unsorted`(
    states: [JobState], cursor: JobPage.Cursor?
  ) throws {
    var query = JobQuery(states: states, queue: "q", search: "x")
    query.tags = ["a", "b"]
    for isReversed in [false, true] {
      query.order.isReversed = isReversed
      try #require(query.separateStates.count == 1)
      let list = JobListStatement(
        query, state: query.separateStates[0], after: cursor, at: clock.now())
      let bounds = cursor == nil ? "tag=?" : "tag=? AND job\(isReversed ? ">" : "<")?"
      for sql in [
        "\(SQLiteJobStore.jobColumns) \(list.text)", SQLiteJobStore.selected(list),
        "\(SQLiteJobStore.countedJobs) \(list.source)",
      ] {
        let steps = try plan(of: sql)
        #expect(steps.first == "SEARCH t USING PRIMARY KEY (\(bounds))", "\(steps)")
        #expect(steps.contains("SEARCH tags USING PRIMARY KEY (tag=? AND job=?)"), "\(steps)")
        #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
        #expect(!steps.contains { $0.contains("LIST SUBQUERY") }, "\(steps)")
      }
    }
  }

  /// In another order, and of conditions, which top and the web page use.
  @Test func `a tag's jobs are not listed again for each page`() throws {
    var query = JobQuery(states: [.dead])
    query.conditions = [JobPredicate(.tag("a"), isNegated: true)]
    query.tags = ["b"]
    query.order = JobOrder(.updated)
    let cursor = JobPage.Cursor(value: 1, sequence: 5)
    let list = JobListStatement(query, state: .dead, after: cursor, at: clock.now())
    let steps = try plan(of: "\(SQLiteJobStore.jobColumns) \(list.text)")
    #expect(
      steps.first == "SEARCH j USING INDEX jobs_ended (state=? AND updated_at<?)", "\(steps)")
    let lookUp = "SEARCH tags USING PRIMARY KEY (tag=? AND job=?)"
    #expect(steps.filter { $0 == lookUp }.count == 2, "\(steps)")
    #expect(!steps.contains { $0.contains("LIST SUBQUERY") }, "\(steps)")
  }

  @Test func `schedules are counted by indexes`() throws {
    try store.addSchedule("a", "every 60000", at: clock.now())
    _ = try store.scheduleCounts(at: clock.now())
    let counts = store.connection.keptStatements.filter {
      $0.contains("count(") && $0.contains("FROM schedules")
    }
    #expect(counts.count == 2)
    let wanted = [
      "COVERING INDEX", "SEARCH schedules USING INDEX schedules_due",
      "SCAN schedules USING INDEX schedules_noted",
    ]
    for sql in counts {
      for step in try plan(of: sql) where step.contains("schedules") {
        #expect(wanted.contains { step.contains($0) }, "\(step)")
      }
    }
  }

  @Test func `the claim reads the head of the line from its index, unsorted`() throws {
    try useEverything()
    let claim = try #require(
      store.connection.keptStatements.first {
        $0.contains("SELECT j.priority, j.seq,")
      })
    let steps = try plan(of: claim)
    #expect(
      steps.contains { $0.hasPrefix("SEARCH j USING") && $0.contains("jobs_ready (queue>?)") },
      "\(steps)")
    #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
  }

  @Test func `FAULT 79: a claim reads only queues with waiting jobs`()
    throws
  {
    try useEverything()
    try store.add("later", runAt: clock.now().wall + .seconds(60), at: clock.now())
    clock.advance(by: .seconds(120))
    _ = try store.claimNext(for: try store.addWorker(at: clock.now()), at: clock.now())
    let claims = store.connection.keptStatements.filter {
      $0.contains("SELECT j.priority, j.seq,") || $0.contains("UPDATE jobs SET ready = 1")
    }
    #expect(claims.count == 3)
    for sql in claims {
      let steps = try plan(of: sql)
      #expect(!steps.contains { ["SCAN q", "SCAN queues"].contains($0) }, "\(steps)")
      #expect(steps.contains { $0.contains("(queue>?)") }, "\(steps)")
    }
  }

  @Test func `schedules, their jobs and their history are found by indexes, unsorted`() throws {
    try useEverything()
    for (part, expected) in [
      ("next_at <= ?1", "SEARCH schedules USING INDEX schedules_due (next_at<?)"),
      ("SELECT next_at FROM schedules", "SEARCH schedules USING INDEX schedules_due"),
      (
        "INDEXED BY jobs_of_schedule",
        "SEARCH jobs USING INDEX jobs_of_schedule (schedule=? AND state=?)"
      ),
      ("FROM occurrences o LEFT JOIN", "SEARCH o USING PRIMARY KEY (schedule=?)"),
      ("SELECT * FROM schedules ORDER BY name", "SCAN schedules USING INDEX"),
    ] {
      let sql = try #require(store.connection.keptStatements.first { $0.contains(part) }, "\(part)")
      let steps = try plan(of: sql)
      #expect(steps.contains { $0.hasPrefix(expected) }, "\(steps)")
      #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
    }
    let steps = try plan(of: "UPDATE occurrences SET state = '' WHERE schedule = 1 AND job = 1")
    #expect(steps.contains { $0.contains("USING PRIMARY KEY (schedule=?)") }, "\(steps)")
  }

  @Test(arguments: [
    (nil, "SCAN j"), (JobState.dead, "SEARCH j USING INDEX jobs_by_state (state=?)"),
  ])
  func `a list reads its index newest first, unsorted`(
    state: JobState?, expected: String
  ) throws {
    let list = JobListStatement(JobQuery(), state: state, after: nil, at: clock.now())
    let sql = "\(SQLiteJobStore.jobColumns) \(list.text)"
    let steps = try plan(of: sql)
    #expect(steps.contains { $0.hasPrefix(expected) }, "\(steps)")
    #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
  }

  @Test(arguments: [
    (nil, "(state=? AND updated_at<?"),
    (JobPage.Cursor(value: 1, sequence: 1), "(state=? AND updated_at>? AND updated_at<?"),
  ])
  func `expired jobs are found by the index of ends, unsorted`(
    cursor: JobPage.Cursor?, bounds: String
  ) throws {
    var query = JobQuery(states: [.dead])
    query.order = JobOrder(.updated, isReversed: true)
    query.updatedBefore = clock.now().wall
    let list = JobListStatement(query, state: .dead, after: cursor, at: clock.now())
    let steps = try plan(of: SQLiteJobStore.selected(list))
    #expect(
      steps.contains { $0.hasPrefix("SEARCH j USING INDEX jobs_ended \(bounds)") }, "\(steps)")
    #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
  }

  @Test(arguments: [false, true])
  func `pages of ended jobs are read by their ends, unsorted`(
    isReversed: Bool
  ) throws {
    var query = JobQuery(states: [.completed])
    query.order = JobOrder(.updated, isReversed: isReversed)
    let cursor = JobPage.Cursor(value: 1, sequence: 1)
    let list = JobListStatement(query, state: .completed, after: cursor, at: clock.now())
    let steps = try plan(of: "\(SQLiteJobStore.jobColumns) \(list.text)")
    let expected =
      "SEARCH j USING INDEX jobs_ended (state=? AND updated_at\(isReversed ? ">" : "<")?)"
    #expect(steps.contains { $0.hasPrefix(expected) }, "\(steps)")
    #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
  }

  @Test(arguments: [
    (JobOrder.newestFirst, "SEARCH j USING INDEX jobs_by_state (state=? AND rowid>? AND rowid<?"),
    (
      JobOrder(.updated),
      "SEARCH j USING INDEX jobs_ended (state=? AND updated_at>? AND updated_at<?"
    ),
  ])
  func `a step of a search reads only its part of the index`(order: JobOrder, expected: String)
    throws
  {
    var query = JobQuery(states: [.dead], search: "x")
    query.order = order
    query.conditions = [
      JobPredicate(.exit(.init(1...1))), JobPredicate(.queue("q"), isNegated: true),
    ]
    let list = JobListStatement(
      query, state: .dead, after: .init(value: 2, sequence: 2),
      through: .init(value: 1, sequence: 1),
      at: clock.now())
    for sql in [
      "\(SQLiteJobStore.countedJobs) \(list.source)",
      "\(SQLiteJobStore.jobColumns) \(list.text)",
    ] {
      let steps = try plan(of: sql)
      #expect(steps.contains { $0.hasPrefix(expected) }, "\(steps)")
      #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
    }
  }

  @Test func `FAULT 79: the number of a shown job's prerequisites is bounded`() throws {
    #expect(SQLiteJobStore.jobColumns.contains("p.job = j.seq LIMIT \(Job.mostPrerequisites))"))
    let now = clock.now()
    let names = (1...10_000).map { "j\($0)" }
    let after = names.map { Prerequisite(reference: $0, accepts: .success) }
    try store.add(
      names.map { try NewJob(id: JobID($0), command: "true") }
        + [NewJob(id: JobID("last"), command: "true", prerequisites: after)], at: now)
    let last = try store.job("last", at: now)
    #expect(last.waitsFor.count == Job.mostPrerequisites)
    #expect(last.morePrerequisites == 9000)
    let facts = JobFacts(
      job: last, controls: QueueControls(), runningInQueue: 0, workers: [], jobsAhead: 0)
    #expect(Explanation(facts, at: now).reasons.contains(.needsMore(9990)))
  }

  private func plan(of sql: String) throws -> [String] {
    try store.connection.all(composed: "EXPLAIN QUERY PLAN \(sql)", []) { row in row.text(3) }
  }

  /// Calls every method of the store, so that every statement is prepared.
  private func useEverything() throws {
    let now = clock.now()
    try store.add("a", maxRetries: 0, at: now)
    try store.add("b", runAt: now.wall + .seconds(60), at: now)
    try store.add("c", at: now)
    try store.add(
      [
        try NewJob(
          id: JobID("d"), command: "true",
          prerequisites: [Prerequisite(reference: "c", accepts: .success)], uniqueKey: "k"),
        try NewJob(
          command: "true", prerequisites: [Prerequisite(reference: "none", accepts: .anyEnd)]),
        try NewJob(command: "true", uniqueKey: "k"),
      ], at: now)
    try store.setPaused(true, .everything)
    try store.setPaused(false, .everything)
    try store.setPaused(false, .named(["a"]))
    try store.setRunningLimit(2, of: "a")
    _ = try store.queueControls()
    _ = try store.mayStillRun(in: ["nothing"])
    try store.set(try Setting.named("on-dead"), to: "true")
    let worker = try store.addWorker(at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    _ = try store.claimHook(for: worker, at: now)
    try store.completeHook(of: JobID(trusted: "a"), by: WorkerID(1))
    _ = try store.retry(.dead(.named(["a"])), dryRun: false, at: now)
    _ = try store.retry(.dead(.matching(JobQuery(search: "x"))), dryRun: true, at: now)
    try store.runNext(for: worker, .exited(0), at: now)
    let run = try store.claim(for: worker, at: now).runName
    _ = try store.setProgress(try JobProgress(percent: "1", message: nil), of: run, at: now)
    _ = try store.renew(worker, at: now)
    _ = try store.stopAll(.finishJob, at: now)
    _ = try store.summary()
    _ = try store.tags(startingWith: "a", atMost: 20)
    _ = try store.settings()
    try store.set(try Setting.named("lease"), to: "40s")
    try store.set(try Setting.named("lease"), to: nil)
    _ = try? store.job("abc", at: now)
    _ = try store.job("a", at: now)
    _ = try store.runs(of: "a")
    _ = try store.run(RunID(1), of: "a")
    _ = try store.statistics(over: .day, at: now)
    _ = try store.minutes(60, queue: nil, at: now)
    _ = try store.runTimes(60, queue: nil, at: now)
    _ = try store.totals()
    _ = try store.longestWaits(at: now)
    _ = try store.recentRuns(10, queue: nil)
    _ = try store.scheduledJobs(in: nil, atMost: 10, at: now)
    _ = try store.jobsAhead(of: "b", atMost: 10)
    _ = try store.endingJobs()
    _ = try store.hasChanged()
    _ = try store.edit("b", try JobEdit(command: "false", runAt: now.wall), at: now)
    var stored = try store.exportPage(limit: 1, after: nil, at: now).jobs
    stored[0].asked.id = JobID(trusted: "moved")
    stored[0].progress = try JobProgress(percent: "1", message: nil)
    try store.importJobs(at: now, next: { stored.popLast() }, each: { _ in })
    _ = try store.cancel(["moved"], at: now)
    _ = try store.cancel(["b"], at: now)
    _ = try store.retry(["b"], at: now)
    _ = try store.reclaim(try store.record(of: worker), maxCrashes: 3, at: now)
    let idle = try store.addWorker(at: now)
    _ = try store.claim(for: idle, at: now)
    _ = try store.claimNext(for: idle, at: now)
    try store.deregister(idle)
    try store.add("e", maxRetries: 0, at: now)
    try store.add("f", at: now)
    let last = try store.addWorker(at: now)
    for _ in 1...2 { try store.runNext(for: last, .exited(1), at: now) }
    _ = try store.retry(["f"], at: now)
    _ = try store.remove(.dead(.named(["e"])), limit: .max, after: nil, dryRun: false, at: now)
    _ = try store.remove(
      .all([.completed]), limit: 1, after: nil, dryRun: false, at: now)
    clock.advance(by: .seconds(4 * 3600))
    _ = try store.foldStatistics(at: clock.now())
    try useSchedules()
  }

  private func useSchedules() throws {
    try store.addSchedule("s", "every 60000", at: clock.now())
    try store.addSchedule("t", "every 60000", at: clock.now())
    for _ in 1...3 {
      try store.enqueueDue(at: clock.now())
      clock.advance(by: .seconds(90))
    }
    _ = try store.changeSchedule("s", at: clock.now()) { schedule, _ in
      .init(schedule: schedule.paused(at: .latest))
    }
    _ = try store.schedules()
    _ = try store.occurrences(of: "s", limit: 10)
    _ = try? store.schedule("u")
    _ = try store.removeSchedule("s")
  }
}
