import QueueCore
import QueueTestSupport
import Testing

@Suite struct Searching {
  let clock = ManualClock()
  var now: Moment { clock.now() }

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
      Case(JobQuery(exitStatuses: .one(7)), "flaky buried"),
      Case(JobQuery(exitStatuses: .one(0)), "done"),
      Case(JobQuery(exitStatuses: .one(9)), ""),
      Case(JobQuery(exitStatuses: .one(137)), "killed"),
      Case(JobQuery(exitStatuses: .one(124)), ""),
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
      Case(JobQuery(states: [.dead], search: "e", exitStatuses: .one(7)), "buried"),
      Case(JobQuery(states: [.dead], queue: "mail"), ""),
      Case(JobQuery(queue: "mail", search: "l", exitStatuses: .one(7)), "flaky"),
    ])
  func `all filters of a query apply together`(store: StoreUnderTest, query: Case) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let jobs = try store.allJobs(query.query, at: now)
    #expect(jobs.map(\.id.text).joined(separator: " ") == query.ids)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an exit status also matches the ends that it represents`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let outcomes: [(id: String, outcome: RunEnd)] = [
      ("slow", .timedOut), ("own", .exited(124)), ("killed", .signaled(9)),
      ("shell", .exited(137)), ("ended", .signaled(15)), ("wrong", .exited(1)),
    ]
    for (id, outcome) in outcomes {
      try store.add(id, maxRetries: 0, at: now)
      try store.runNext(for: worker, outcome, at: now)
    }
    for (status, ids) in [(124, "own slow"), (137, "shell killed"), (143, "ended"), (15, "")] {
      let found = try store.allJobs(JobQuery(exitStatuses: .one(status)), at: now)
      #expect(found.map(\.id.text).joined(separator: " ") == ids, "\(status)")
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a search reads the latest error only`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.runNext(for: worker, .exited(5), lastLine: "early", at: now)
    clock.advance(by: .seconds(2))
    try store.runNext(for: worker, .exited(6), lastLine: "late", at: now)
    #expect(try store.allJobs(JobQuery(search: "early"), at: now) == [])
    #expect(try store.allJobs(JobQuery(exitStatuses: .one(5)), at: now) == [])
    #expect(try store.allJobs(JobQuery(search: "late", exitStatuses: .one(6)), at: now).count == 1)
  }
}
