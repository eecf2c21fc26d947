import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// A dry run only reads: it neither waits for writers nor delays them.
@Suite struct `Dry runs` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test func `a dry run takes no lock, and writes nothing`() throws {
    let directory = try TemporaryDirectory()
    let (path, line) = (directory.file("queue.db"), directory.file("line"))
    let store = try #require(try SQLiteJobStore.open(path, creating: true, line: line))
    let worker = try store.addWorker(at: now)
    try store.add("dead", maxRetries: 0, at: now)
    try store.runNext(for: worker, .exited(1), at: now)

    let edit = try JobEdit(priority: 1)
    let writer = try Connection(path: path, line: line)
    let held = try writer.holdingWriteLock { () throws(StoreError) in
      store.busyTimeout = .whileRunning
      for jobs in [JobSelection.Jobs.named(["dead"]), .matching(JobQuery())] {
        let retry = try store.retry(.dead(jobs), dryRun: true, at: now)
        #expect(retry.jobs.map(\.text) == ["dead"])
        let edited = try store.edit(.dead(jobs), edit, dryRun: true, at: now)
        #expect(edited.jobs.map(\.text) == ["dead"])
      }
      #expect(
        try store.remove(.dead(.named(["dead"])), limit: .max, after: nil, dryRun: true, at: now)
          .jobs.count == 1)
      let step = try store.remove(
        .all([.dead]), limit: 9, after: nil, dryRun: true, at: now)
      #expect(step.jobs.count == 1)
    }
    #expect(held)
  }
}
