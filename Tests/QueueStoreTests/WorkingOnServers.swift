import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// Several workers on one server, each with a connection and a thread of its own.
@Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
struct WorkingOnServers {
  let clock = ManualClock()
  var now: Moment { clock.now() }
  private let lease: TestSchemas.Lease
  private let store: PostgresJobStore
  private var threads: WorkerThreads {
    WorkerThreads(store: store, now: now) { [lease] in try lease.open() }
  }

  init() throws {
    lease = try #require(TestSchemas.shared).lease()
    store = try lease.open()
  }

  @Test func `every job is run once, and counted once`() throws {
    let claims = try threads.run(jobs: 200, queue: { "queue-\($0 % 3)" }, workers: 4) { _ in }
    #expect(claims.count == 200)
    #expect(Set(claims.map(\.job)).count == 200)
    try expectSummaryMatchesRows(of: store, at: now)
    #expect(try store.workers().map(\.completed).reduce(0, +) == 200)
    #expect(try store.problems() == [])
  }

  @Test func `a limit holds while several workers claim at once`() throws {
    try store.setRunningLimit(2, of: "few")
    var most = 0
    let claims = try threads.run(jobs: 120, queue: { _ in "few" }, workers: 5) { _ in
      most = max(most, try store.summary().count(.processing))
    }
    #expect(Set(claims.map(\.job)).count == 120)
    #expect(most <= 2)
  }

  @Test func `FAULT 100: workers whose connections are terminated run every job once`() throws {
    var kills = 0
    let claims = try threads.run(jobs: 200, queue: { _ in "mail" }, workers: 4) { _ in
      try store.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND query LIKE '%\(lease.address.schema)%'
        ORDER BY random() LIMIT 1
        """)
      kills += 1
    }
    #expect(kills > 1)
    #expect(claims.count == 200)
    #expect(Set(claims.map(\.job)).count == 200)
    #expect(try store.problems() == [])
  }
}

extension PostgresJobStore {
  /// What `doctor` finds, besides that the tests' own server doesn't sync.
  fileprivate func problems() throws -> [Finding] {
    try findings(thorough: true).filter { $0.verdict != .ok && $0.subject != "durability" }
  }
}
