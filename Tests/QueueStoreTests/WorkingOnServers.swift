import Foundation
import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStorePostgres

/// Several workers on one server, each with a connection and a thread of its own.
@Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
struct WorkingOnServers {
  let clock = ManualClock()
  var now: Moment { clock.now() }
  private let lease: TestSchemas.Lease
  private let store: PostgresJobStore

  init() throws {
    lease = try #require(TestSchemas.shared).lease()
    store = try lease.open()
  }

  /// Runs jobs until none is left, repeating calls that fail, as a worker does.
  /// - Returns: the ids of the jobs that it ran.
  private static func work(
    on store: PostgresJobStore, at now: Moment, until isOver: () -> Bool
  ) throws -> [String] {
    func insist<Result>(_ body: () throws(StoreError) -> Result) throws -> Result {
      while true {
        do throws(StoreError) {
          return try body()
        } catch {
          guard error.code == .busy || error.code == .cannotOpen else { throw error }
        }
      }
    }
    let worker = try insist { () throws(StoreError) in
      try store.register(.example(), queues: [], at: now)
    }
    var ran: [String] = []
    var claim = try insist { () throws(StoreError) in try store.claimNext(for: worker, at: now) }
    while true {
      guard case .job(let job) = claim else {
        if isOver() { break }
        claim = try insist { () throws(StoreError) in try store.claimNext(for: worker, at: now) }
        continue
      }
      ran.append(job.id.text)
      let transition = Transition.done(job.tally)
      let result = try insist { () throws(StoreError) in
        try store.finish(
          job.run, by: worker, report: RunReport(end: .exited(0), elapsed: .milliseconds(1)),
          transition: transition, claimingNext: true, at: now)
      }
      guard case .recorded(let next?, _) = result else {
        throw StoreError(.other, "the end of \(job.id) was answered by \(result)")
      }
      claim = next
    }
    return ran
  }

  /// Lets workers run all jobs.
  /// - Parameter meddle: is called with the number of completed jobs whenever that has grown.
  private func run(
    jobs count: Int, queue: (Int) -> String, workers: Int, _ meddle: (Int) throws -> Void
  ) throws -> [String] {
    let jobs = try (0..<count).map { try NewJob(command: "true", queue: queue($0)) }
    try store.add(jobs, at: now)
    let stores = try (0..<workers).map { _ in try lease.open() }
    let results = Shared(Mutex<[Result<[String], any Error>]>([]))
    let isOver = Shared(Mutex(false))
    for store in stores {
      let handle = Handle(store: store)
      let now = now
      Thread.detachNewThread {
        let result = Result {
          try Self.work(on: handle.store, at: now) { isOver.value.withLock { $0 } }
        }
        results.value.withLock { $0.append(result) }
      }
    }
    let deadline = ContinuousClock.now + .seconds(300)
    var (completed, seen) = (0, 0)
    while completed < count {
      completed = try store.summary().count(.completed)
      if completed > seen { try meddle(completed) }
      seen = completed
      try #require(ContinuousClock.now < deadline, "the jobs take too long")
      try #require(results.value.withLock { $0.isEmpty }, "a worker failed")
    }
    isOver.value.withLock { $0 = true }
    while results.value.withLock({ $0.count }) < workers {
      try #require(ContinuousClock.now < deadline, "a worker doesn't end")
      sched_yield()
    }
    return try results.value.withLock { try $0.flatMap { try $0.get() } }
  }

  @Test func `every job is run once, and counted once`() throws {
    let ran = try run(jobs: 200, queue: { "queue-\($0 % 3)" }, workers: 4) { _ in }
    #expect(ran.count == 200)
    #expect(Set(ran).count == 200)
    try expectSummaryMatchesRows(of: store, at: now)
    #expect(try store.workers().map(\.completed).reduce(0, +) == 200)
    #expect(try store.findings(thorough: true).allSatisfy { $0.verdict == .ok })
  }

  @Test func `a limit holds while several workers claim at once`() throws {
    try store.setRunningLimit(2, of: "few")
    var most = 0
    let ran = try run(jobs: 120, queue: { _ in "few" }, workers: 5) { _ in
      most = max(most, try store.summary().count(.processing))
    }
    #expect(Set(ran).count == 120)
    #expect(most <= 2)
  }

  @Test func `FAULT 100: workers whose connections are terminated run every job once`() throws {
    var kills = 0
    let ran = try run(jobs: 200, queue: { _ in "mail" }, workers: 4) { _ in
      try store.execute(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE pid <> pg_backend_pid() AND query LIKE '%\(lease.address.schema)%'
        ORDER BY random() LIMIT 1
        """)
      kills += 1
    }
    #expect(kills > 1)
    #expect(ran.count == 200)
    #expect(Set(ran).count == 200)
    #expect(try store.findings(thorough: true).allSatisfy { $0.verdict == .ok })
  }
}

/// A store that moves to a thread, which is its only user from then on.
private struct Handle: @unchecked Sendable {
  let store: PostgresJobStore
}

extension Transition {
  fileprivate static func done(_ tally: RetryBudget) -> Transition {
    var generator = SeededGenerator(seed: 1)
    return after(
      .exited(0), tally: tally, policy: Settings().retryPolicy(RetryRules()), maxCrashes: 3,
      using: &generator)
  }
}
