import Foundation
import Testing

extension EndToEnd {
  /// A newer version migrates the queue while workers of this one run; they must exit.
  @Suite(.needsSqlite)
  struct Updating {
    let queue = TestQueue.current

    @Test
    func `workers of the older version exit with a failure, so that a service starts new ones`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed("config", "set", "lease", "5s")
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let workers = try await queue.startWorkers("--count", "2")
      _ = try await held.nextStart()
      try await bringUpToDate("UPDATE workers SET stop = 1")
      held.release()
      try await workers.line(containing: "job completed")
      #expect(try await workers.exit() == 1)
      try await workers.line(containing: "start workers with that version")
    }

    @Test func `a dead worker isn't replaced, and the others finish their jobs and exit`()
      async throws
    {
      let held = try HeldJobs(queue)
      for id in ["one", "other"] { try await queue.succeed("enqueue", "--id", id, held.command) }
      let workers = try await queue.startWorkers("--count", "2")
      let killed = try await held.nextStart()
      let other = try await held.nextStart()
      try await bringUpToDate("")
      try await Processes.killHard(killed.worker)
      try await workers.line(containing: "\(killed.id) is requeued")
      try await workers.line(containing: "no worker is started")
      held.release()
      try await workers.line(containing: "\(other.id) completed")
      #expect(try await workers.exit() == 1)
      try await workers.closed()
      #expect(!workers.transcript.text.contains("starting another"))
    }

    @Test func `workers that were stopped earlier exit as requested`() async throws {
      let workers = try await queue.startWorkers()
      try await bringUpToDate("")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    /// Migrates the queue as a later version would, as far as this one can detect it.
    private func bringUpToDate(_ orders: String) async throws {
      try await queue.sqlite(
        queue.database, "BEGIN IMMEDIATE; PRAGMA user_version = 999; \(orders); COMMIT")
    }
  }
}
