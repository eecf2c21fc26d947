import QueueCore
import QueueTestSupport
import Testing

/// Which pending job runs next, and which running ones are being ended.
@Suite struct `Order of turns` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// `a`, `c` may run now; `b` waits for `a`; `d`, `e`, `f` are scheduled.
  private func examples(_ store: any JobStore) throws {
    try store.add("f", queue: "y", runAt: now.wall + .seconds(90), at: now)
    try store.add("e", runAt: now.wall + .seconds(60), at: now)
    try store.add("d", queue: "x", runAt: now.wall + .seconds(5), at: now)
    try store.add("a", queue: "y", at: now)
    let needed = Prerequisite(reference: "a", accepts: .success)
    _ = try store.add(
      [try NewJob(id: JobID("b"), command: "true", prerequisites: [needed])], at: now)
    try store.add("c", queue: "x", priority: 3, at: now)
    try store.add("g", at: now)
  }

  private func ids(_ jobs: [Job]) -> String { jobs.map(\.id.text).joined() }

  @Test(arguments: StoreUnderTest.all)
  func `pending jobs come in the order of claims, then blocked, then scheduled ones`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try examples(store)
    func pending(_ queue: String? = nil, _ isReversed: Bool = false, _ limit: Int = 9) throws
      -> String
    {
      ids(try store.pendingJobs(in: queue, isReversed: isReversed, limit: limit, at: now))
    }
    #expect(try pending() == "cagbdef")
    #expect(try pending(nil, true) == "fedbgac")
    #expect(try pending("x") == "cd")
    #expect(try pending(nil, false, 3) == "cag")
    #expect(try pending(nil, true, 4) == "fedb")
    clock.advance(by: .seconds(10))
    #expect(try pending() == "cdagbef", "the time of d has come")
    let worker = try store.addWorker(at: now)
    #expect(try store.claim(for: worker, at: now).id.text == "c")
    #expect(try pending() == "dagbef")
  }

  @Test(arguments: StoreUnderTest.all)
  func `scheduled jobs come soonest first`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try examples(store)
    func scheduled(_ queue: String? = nil, _ isReversed: Bool = false) throws -> String {
      ids(try store.scheduledJobs(in: queue, isReversed: isReversed, limit: 2, at: now))
    }
    #expect(try [scheduled(), scheduled(nil, true), scheduled("y")] == ["de", "fe", "f"])
    clock.advance(by: .seconds(70))
    #expect(try scheduled() == "f")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a cancelled run is ending until it has ended`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("a", at: now)
    try store.add("b", at: now)
    let worker = try store.addWorker(at: now)
    _ = try store.claim(for: worker, at: now)
    #expect(try store.endingJobs().isEmpty)
    _ = try store.cancel(["a", "b"], at: now)
    #expect(try store.endingJobs() == [JobID(trusted: "a")])
  }
}
