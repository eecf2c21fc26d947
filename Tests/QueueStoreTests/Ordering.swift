import QueueCore
import QueueTestSupport
import Testing

/// Lists in other orders than arrival, and by age.
@Suite struct Ordering {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// Jobs that arrive as "a" to "f" and differ in every sort key.
  private func fill(_ store: any JobStore) throws {
    let worker = try store.addWorker(at: now)
    for (id, priority, status, seconds) in [
      ("a", 3, 0, 5), ("b", 1, 1, 4), ("c", 2, 1, 3), ("d", 0, 0, 9),
    ] {
      try store.add(id, priority: priority, maxRetries: id == "b" ? 0 : 3, at: now)
      let report = RunReport(end: .exited(status), elapsed: .seconds(seconds))
      try store.end(try store.claim(for: worker, at: now), by: worker, report, at: now)
      clock.advance(by: .milliseconds(500))
    }
    clock.advance(by: .seconds(2))
    let again = RunReport(end: .exited(1), elapsed: .seconds(1))
    try store.end(try store.claim(for: worker, at: now), by: worker, again, at: now)
    clock.advance(by: .seconds(1))
    try store.add("e", priority: 9, at: now)
    try store.add("f", priority: 99, at: now)
    clock.advance(by: .seconds(1))
    _ = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(7))
  }

  private func ids(_ query: JobQuery, pages limit: Int = .max, in store: any JobStore) throws
    -> String
  {
    var ids: [String] = []
    var cursor: JobPage.Cursor?
    repeat {
      let page = try store.jobs(query, limit: limit, after: cursor, at: now)
      ids += page.jobs.map(\.id.text)
      cursor = page.next
    } while cursor != nil && ids.count < 20
    return ids.joined()
  }

  @Test(
    arguments: StoreUnderTest.all,
    [
      (JobOrder.Key.created, "fedcba"), (.updated, "fecdba"), (.priority, "feacbd"),
      (.runtime, "dfabce"), (.attempts, "cdbafe"),
    ])
  func `jobs come in the requested order, in pages of any size`(
    store: StoreUnderTest, expected: (key: JobOrder.Key, ids: String)
  ) throws {
    let store = try store.open().store
    try fill(store)
    var query = JobQuery()
    query.order = JobOrder(expected.key)
    for limit in [1, 2, 4, 6, .max] {
      #expect(try ids(query, pages: limit, in: store) == expected.ids)
    }
    query.order.isReversed = true
    for limit in [1, 2, 4, 6, .max] {
      #expect(try ids(query, pages: limit, in: store) == String(expected.ids.reversed()))
    }
  }

  @Test(arguments: StoreUnderTest.all, JobOrder.Key.allCases)
  func `jobs of several states are in one order`(store: StoreUnderTest, key: JobOrder.Key) throws {
    let store = try store.open().store
    try fill(store)
    var all = JobQuery()
    all.order = JobOrder(key)
    let order = try ids(all, in: store)
    for (states, kept) in [([JobState.completed, .dead], "abd"), ([.failed, .processing], "cf")] {
      var some = JobQuery(states: states)
      some.order = JobOrder(key)
      #expect(try ids(some, pages: 2, in: store) == order.filter(kept.contains))
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `age is the time in a state`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try fill(store)
    let begin = ManualClock.start.wall
    var query = JobQuery()
    query.updatedBefore = begin + .milliseconds(500)
    #expect(try ids(query, in: store) == "a")
    query.updatedSince = begin + .milliseconds(500)
    query.updatedBefore = begin + .milliseconds(1501)
    #expect(try ids(query, in: store) == "db")
    query.states = [.completed]
    query.order = JobOrder(.updated)
    #expect(try ids(query, in: store) == "d")
    query.updatedBefore = begin
    #expect(try ids(query, in: store) == "")
  }
}
