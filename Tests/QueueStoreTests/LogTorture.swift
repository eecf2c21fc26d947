import Foundation
import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStoreSQLite

/// FAULT 5: concurrent writers and checkpoints, through the store's own code. Two seconds in every
/// test run; `QUEUECTL_TORTURE_SECONDS` sets the time.
@Suite(.serialized) struct `Torture of the write-ahead log` {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seconds = environment["QUEUECTL_TORTURE_SECONDS"].flatMap(Double.init)

  @Test(.timeLimit(.minutes(10)))
  func `FAULT 5: with the guard, nothing is lost and nothing is damaged`() throws {
    let outcome = try torture(seconds: Self.seconds ?? 2)
    #expect(outcome.damage == nil)
    #expect(outcome.missing == 0)
    #expect(outcome.isEnough, "\(outcome)")
    if Self.seconds != nil {
      let isBroken = outcome.damage != nil || outcome.missing > 0
      print("torture: 5 writers and checkpoints | \(outcome) | \(isBroken ? 1 : 0)")
    }
  }

  /// A row of the table of `scripts/torture`.
  struct Outcome: CustomStringConvertible {
    var commits = 0
    var checkpoints = 0
    var missing = 0
    /// The number of timeouts on the write lock.
    var refusals = 0
    var damage: String?

    /// Whether there were enough to overlap. The torture continues until there were, however busy
    /// the machine is.
    var isEnough: Bool { commits > 100 && checkpoints > 10 }

    var description: String {
      "\(checkpoints) | checkpoints beside \(commits) commits, \(refusals) refused, \(missing) "
        + "jobs lost, "
        + (damage.map { "damaged: \($0)" } ?? "sound")
    }
  }

  private func torture(seconds: Double) throws -> Outcome {
    let directory = try TemporaryDirectory()
    let path = directory.file("queue.db")
    _ = try SQLiteJobStore.open(path, creating: true)
    let course = Course(path: path, seconds: seconds)
    let threads = DispatchGroup()
    for work in [course.write, course.write, course.checkpoint, course.checkpoint] {
      threads.enter()
      Thread.detachNewThread {
        work()
        threads.leave()
      }
    }
    threads.wait()
    return course.judged()
  }
}

extension SQLiteJobStore {
  /// Enqueues that many jobs with generated ids, unsynced like a worker's commits. More of them
  /// restart the WAL more often.
  func addJobs(_ count: Int) throws(StoreError) {
    try workerChange { () throws(StoreError) in
      for _ in 0..<count {
        try connection.run(
          """
          INSERT INTO jobs
            (id, state, queue, priority, ready, max_retries, created_at, updated_at)
          VALUES (lower(hex(randomblob(8))), 'pending', 'default', 0, 1, 0, 0, 0)
          """)
      }
      try InsertTally.count(count, in: NewJob.defaultQueue, .pending, connection)
    }
  }
}

/// The state shared by the threads.
private final class Course: Sendable {
  private let path: String
  private let deadline: ContinuousClock.Instant
  /// Longer than on any busy machine.
  private let lastMoment: ContinuousClock.Instant
  private let outcome = Mutex(`Torture of the write-ahead log`.Outcome())

  init(path: String, seconds: Double) {
    self.path = path
    deadline = .now + .seconds(seconds)
    lastMoment = deadline + .seconds(300)
  }

  /// Enqueues jobs one by one until time is up or damage is found.
  @Sendable func write() {
    repeatedly { store in
      store.checkpointer.isDisabled = true
      try store.addJobs(1)
      self.outcome.withLock { $0.commits += 1 }
    }
  }

  @Sendable func checkpoint() {
    repeatedly { store in
      try store.checkpointer.checkpoint()
      self.outcome.withLock { $0.checkpoints += 1 }
    }
  }

  private var isToGoOn: Bool {
    let (isSound, isEnough) = outcome.withLock { ($0.damage == nil, $0.isEnough) }
    let now = ContinuousClock.now
    return isSound && now < lastMoment && (now < deadline || !isEnough)
  }

  private func repeatedly(_ step: (SQLiteJobStore) throws -> Void) {
    do {
      let store = try #require(try SQLiteJobStore.open(path, creating: false))
      while isToGoOn {
        do {
          try step(store)
        } catch let error as StoreError where error.code == .busy {
          // Threads that only checkpoint leave hardly a gap. A timeout on the lock loses nothing.
          outcome.withLock { $0.refusals += 1 }
        }
      }
    } catch {
      outcome.withLock { $0.damage = $0.damage ?? "\(error)" }
    }
  }

  /// The result, with a full integrity check.
  func judged() -> `Torture of the write-ahead log`.Outcome {
    var outcome = outcome.withLock { $0 }
    do {
      let store = try #require(try SQLiteJobStore.open(path, creating: false))
      let problems = try store.findings(thorough: true).filter { $0.verdict == .problem }
      outcome.damage = outcome.damage ?? problems.first?.detail
      let stored = try store.connection.first("SELECT count(*) FROM jobs") { row in row.int(0) }
      outcome.missing = max(0, outcome.commits - (stored ?? 0))
    } catch {
      outcome.damage = outcome.damage ?? "\(error)"
    }
    return outcome
  }
}
