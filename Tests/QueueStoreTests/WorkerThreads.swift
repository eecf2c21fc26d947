import Foundation
import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStorePostgres

/// Workers of one queue, each with a connection and a thread of its own.
struct WorkerThreads {
  /// A claim that a worker was given.
  struct Claim: Hashable {
    let job: JobID
    let run: RunID
  }

  /// The connection of the test.
  let store: PostgresJobStore
  let now: Moment
  /// Opens another connection.
  let open: () throws -> PostgresJobStore

  /// Runs jobs until none is left, repeating calls that fail, as a worker does.
  /// - Returns: the claims that it was given.
  private static func work(
    on store: PostgresJobStore, at now: Moment, until isOver: () -> Bool
  ) throws -> [Claim] {
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
    var claims: [Claim] = []
    var claim = try insist { () throws(StoreError) in try store.claimNext(for: worker, at: now) }
    while true {
      guard case .job(let job) = claim else {
        if isOver() { break }
        claim = try insist { () throws(StoreError) in try store.claimNext(for: worker, at: now) }
        continue
      }
      claims.append(Claim(job: job.id, run: job.run))
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
    return claims
  }

  /// Lets workers run all jobs.
  /// - Parameter meddle: is called with the number of completed jobs whenever that has grown.
  /// - Returns: all claims that a worker was given.
  func run(
    jobs count: Int, queue: (Int) -> String, workers: Int, _ meddle: (Int) throws -> Void
  ) throws -> [Claim] {
    let jobs = try (0..<count).map { try NewJob(command: "true", queue: queue($0)) }
    try store.add(jobs, at: now)
    let stores = try (0..<workers).map { _ in try open() }
    let results = Shared(Mutex<[Result<[Claim], any Error>]>([]))
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
    defer { isOver.value.withLock { $0 = true } }
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
