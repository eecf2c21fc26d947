import QueueCore
import QueueTestSupport
import Testing

@Suite struct Looking {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  // MARK: Filters

  /// Jobs of every state but cancelled, in two queues, with different ends.
  private func fill(_ store: any JobStore) throws {
    let worker = try store.addWorker(at: now)
    try store.add("done", command: "echo Hello", queue: "mail", at: now)
    try store.runNext(for: worker, at: now)
    try store.add("buried", command: "exit 7", maxRetries: 0, at: now)
    try store.runNext(for: worker, .exited(7), lastLine: "50% done_ok", at: now)
    try store.add("flaky", command: "curl x", queue: "mail", at: now)
    try store.runNext(for: worker, .exited(7), lastLine: "Connection REFUSED", at: now)
    try store.add("killed", command: "hog", maxRetries: 0, at: now)
    try store.runNext(for: worker, .signaled(9), at: now)
    try store.add("busy", at: now)
    _ = try store.claim(for: worker, at: now)
    try store.add("later", command: "ECHO Ä 50X done", runAt: now.wall + .seconds(9), at: now)
    try store.add("waiting", command: "echo \\d 'it''s'", queue: "mail", at: now)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var query: JobQuery
    var ids: String

    init(_ query: JobQuery, _ ids: String) {
      self.query = query
      self.ids = ids
    }
    var testDescription: String { "\(query)" }
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      Case(JobQuery(), "waiting later busy killed flaky buried done"),
      Case(JobQuery(states: [.pending]), "waiting later"),
      Case(JobQuery(states: [.dead, .completed]), "killed buried done"),
      Case(JobQuery(states: [.cancelled]), ""),
      Case(JobQuery(states: JobState.allCases), "waiting later busy killed flaky buried done"),
      Case(JobQuery(queue: "mail"), "waiting flaky done"),
      Case(JobQuery(queue: "Mail"), ""),
      Case(JobQuery(queue: "no-such"), ""),
      Case(JobQuery(exitCode: 7), "flaky buried"),
      Case(JobQuery(exitCode: 0), "done"),
      Case(JobQuery(exitCode: 9), ""),
      Case(JobQuery(search: "echo"), "waiting later done"),
      Case(JobQuery(search: "eChO h"), "done"),
      Case(JobQuery(search: "FLAK"), "flaky"),
      Case(JobQuery(search: "connection refused"), "flaky"),
      Case(JobQuery(search: "signal 9"), "killed"),
      Case(JobQuery(search: "Ä"), "later"),
      Case(JobQuery(search: "ä"), ""),
      Case(JobQuery(search: "50%"), "buried"),
      Case(JobQuery(search: "done_"), "buried"),
      Case(JobQuery(search: "*"), ""),
      Case(JobQuery(search: "\\d"), "waiting"),
      Case(JobQuery(search: "'it''s'"), "waiting"),
      Case(JobQuery(search: "' OR 1=1 --"), ""),
      Case(JobQuery(states: [.pending], queue: "mail", search: "echo"), "waiting"),
      Case(JobQuery(states: [.dead], search: "e", exitCode: 7), "buried"),
      Case(JobQuery(states: [.dead], queue: "mail"), ""),
      Case(JobQuery(queue: "mail", search: "l", exitCode: 7), "flaky"),
    ])
  func `all filters of a query hold together`(store: StoreUnderTest, query: Case) throws {
    let store = try store.open().store
    try fill(store)
    let jobs = try store.allJobs(query.query, at: now)
    #expect(jobs.map(\.id.text).joined(separator: " ") == query.ids)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a search looks at the latest error only`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.runNext(for: worker, .exited(5), lastLine: "early", at: now)
    clock.advance(by: .seconds(2))
    try store.runNext(for: worker, .exited(6), lastLine: "late", at: now)
    #expect(try store.allJobs(JobQuery(search: "early"), at: now) == [])
    #expect(try store.allJobs(JobQuery(exitCode: 5), at: now) == [])
    #expect(try store.allJobs(JobQuery(search: "late", exitCode: 6), at: now).count == 1)
  }

  // MARK: Pages

  /// Every page of at most `limit`, one after the other.
  private func pages(_ query: JobQuery, of limit: Int, in store: any JobStore) throws -> [[String]]
  {
    var pages: [[String]] = []
    var cursor: JobPage.Cursor?
    repeat {
      let page = try store.jobs(query, limit: limit, after: cursor, at: now)
      pages.append(page.jobs.map(\.id.text))
      cursor = page.next
    } while cursor != nil && pages.count < 100
    return pages
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      (1, [["5"], ["4"], ["3"], ["2"], ["1"]]), (2, [["5", "4"], ["3", "2"], ["1"]]),
      (4, [["5", "4", "3", "2"], ["1"]]), (5, [["5", "4", "3", "2", "1"]]),
      (6, [["5", "4", "3", "2", "1"]]), (Int.max, [["5", "4", "3", "2", "1"]]),
    ])
  func `pages neither overlap nor miss a job, and the last has no next`(
    store: StoreUnderTest, expected: (limit: Int, pages: [[String]])
  ) throws {
    let store = try store.open().store
    for id in 1...5 { try store.add("\(id)", at: now) }
    #expect(try pages(JobQuery(), of: expected.limit, in: store) == expected.pages)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a page of a query goes on behind jobs that don't match`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for id in 1...9 { try store.add("\(id)", queue: id % 3 == 0 ? "third" : "rest", at: now) }
    #expect(try pages(JobQuery(queue: "third"), of: 2, in: store) == [["9", "6"], ["3"]])
    #expect(try pages(JobQuery(queue: "third"), of: 3, in: store) == [["9", "6", "3"]])
    #expect(try pages(JobQuery(queue: "none"), of: 3, in: store) == [[]])
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs that come while paging don't move the pages`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    for id in 1...4 { try fixture.store.add("\(id)", at: now) }
    let first = try fixture.store.jobs(JobQuery(), limit: 2, after: nil, at: now)
    try fixture.anotherHandle().add("5", at: now)
    let second = try fixture.store.jobs(JobQuery(), limit: 2, after: first.next, at: now)
    #expect((first.jobs + second.jobs).map(\.id.text) == ["4", "3", "2", "1"])
    #expect(second.next == nil)
  }

  // MARK: One job

  @Test(arguments: StoreUnderTest.all, ["0abcdefghjk", "0abcdefghj", "0ab"])
  func `a made id may be shortened to three characters`(store: StoreUnderTest, text: String)
    throws
  {
    let store = try store.open().store
    try store.add("0abcdefghjk", at: now)
    try store.add("0acdefghjkm", at: now)
    #expect(try store.job(text, at: now).id.text == "0abcdefghjk")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a made id is found by its beginning`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let added = try store.add([try NewJob(command: "true")], at: now)
    let id = try #require(added.first?.addedID)
    #expect(try store.job(String(id.text.prefix(6)), at: now).id == id)
  }

  @Test(
    arguments: StoreUnderTest.all,
    ["0a", "0", "", "nightly", "nightly-repor", "0AB", "abc", "0abcdefghjkm", "0%", "0ab%", "___"])
  func `what names no job is not found`(store: StoreUnderTest, text: String) throws {
    let store = try store.open().store
    try store.add("0abcdefghjk", at: now)
    try store.add("nightly-report", at: now)
    let error = try refusal { _ = try store.job(text, at: now) }
    #expect(error == StoreError(.notFound, "no job is called \"\(text)\""))
  }

  @Test(arguments: StoreUnderTest.all)
  func `the beginning of several made ids names none of them`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for last in "kmnpq" { try store.add("0abcdefghj\(last)", at: now) }
    let error = try refusal { _ = try store.job("0abc", at: now) }
    #expect(error.code == .notFound)
    #expect(error.message.hasPrefix("\"0abc\" is the beginning of several jobs: "))
    #expect(try store.job("0abcdefghjn", at: now).id.text == "0abcdefghjn")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a whole id goes before the beginning of another`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("0abcdefghjk", at: now)
    try store.add("0abc", command: "whole", at: now)
    #expect(try store.job("0abc", at: now).command == "whole")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a name that a terminal would obey is shown as text`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let error = try refusal { _ = try store.job("\u{1B}[2J'; drop table jobs", at: now) }
    #expect(error == StoreError(.notFound, "no job is called \"^[[2J'; drop table jobs\""))
    #expect(try store.allJobs(at: now) == [])
  }

  // MARK: Counts

  @Test(arguments: StoreUnderTest.all)
  func `the summary counts every queue and state`(store: StoreUnderTest) throws {
    let store = try store.open().store
    #expect(try store.summary() == QueueSummary())
    try fill(store)
    #expect(
      try store.summary()
        == QueueSummary(counts: [
          "default": [.dead: 2, .processing: 1, .pending: 1],
          "mail": [.completed: 1, .failed: 1, .pending: 1],
        ]))
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all, [1, 2, 3] as [UInt64])
  func `the summary agrees with the rows after any course of events`(
    store: StoreUnderTest, seed: UInt64
  ) throws {
    let fixture = try store.open()
    let handles = [fixture.store, try fixture.anotherHandle()]
    var random = SeededGenerator(seed: seed)
    var running: [WorkerID: ClaimedJob] = [:]
    var seen: Set<JobState> = []
    for step in 1...200 {
      let store = handles[Int.random(in: 0...1, using: &random)]
      switch Int.random(in: 0..<10, using: &random) {
      case 0...3:
        try store.add(
          "job-\(step)", queue: ["a", "b"].randomElement(using: &random) ?? "a",
          maxRetries: Int.random(in: 0...1, using: &random), at: now)
      case 4...5:
        let worker = try store.addWorker(at: now)
        running[worker] = try store.claimNext(for: worker, at: now).job
      case 6...7:
        guard let (worker, job) = running.min(by: { $0.key.number < $1.key.number }) else { break }
        running[worker] = nil
        let outcomes: [Outcome] = [.exited(0), .exited(1), .stopped, .signaled(9)]
        try store.end(
          job, by: worker, outcomes.randomElement(using: &random) ?? .stopped, at: now)
      case 8:
        guard let worker = running.keys.min(by: { $0.number < $1.number }) else { break }
        running[worker] = nil
        _ = try store.reclaim(try store.record(of: worker), maxCrashes: 2, at: now)
      default:
        _ = try store.retryDead(.matching(JobQuery(queue: "a")), dryRun: false, at: now)
        clock.advance(by: .seconds(1))
      }
      try expectSummaryMatchesRows(of: store, at: now)
      seen.formUnion(try store.allJobs(at: now).map(\.state))
    }
    #expect(seen == [.pending, .processing, .completed, .failed, .dead])
  }

  // MARK: Changes

  @Test(arguments: StoreUnderTest.all)
  func `only what others changed counts as a change`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    _ = try own.hasChanged()
    _ = try other.hasChanged()
    #expect(try own.hasChanged() == false)

    try own.add("mine", at: now)
    #expect(try own.hasChanged() == false)
    #expect(try other.hasChanged())
    #expect(try other.hasChanged() == false)

    try other.add("a", at: now)
    try other.add("b", at: now)
    try own.add("between", at: now)
    #expect(try own.hasChanged())
    #expect(try own.hasChanged() == false)
  }

  @Test(arguments: StoreUnderTest.all)
  func `looking and finding nothing to do change nothing`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    let worker = try other.addWorker(at: now)
    #expect(try other.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    _ = try own.hasChanged()

    #expect(try other.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    _ = try other.allJobs(at: now)
    _ = try other.summary()
    _ = try other.workers()
    _ = try other.settings()
    #expect(try own.hasChanged() == false)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a claim, a finish and a setting of others are seen`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    let worker = try other.addWorker(at: now)
    try other.add("job", at: now)
    _ = try own.hasChanged()
    let job = try other.claim(for: worker, at: now)
    #expect(try own.hasChanged())
    try other.end(job, by: worker, .exited(0), at: now)
    #expect(try own.hasChanged())
    try other.set(Setting.named("lease"), to: "5s")
    #expect(try own.hasChanged())
  }
}
