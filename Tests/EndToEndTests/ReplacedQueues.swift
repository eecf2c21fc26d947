import Foundation
import Testing

extension EndToEnd {
  /// A queue that is removed or replaced under its workers, as by a restore: they would serve a
  /// file that no other process sees.
  @Suite struct ReplacedQueues {
    let queue = TestQueue.current

    @Test func `workers exit with a failure, and new ones serve the new queue`() async throws {
      try await queue.succeed("config", "set", "lease", "2s")
      try await queue.succeed("backup", queue.file("backup.db"))
      let workers = try await queue.startWorkers("--count", "2")
      try takeAway()
      try FileManager.default.copyItem(atPath: queue.file("backup.db"), toPath: queue.database)
      #expect(try await workers.exit() == 1)
      try await workers.line(containing: "was moved, removed or replaced: start new workers")
      try await queue.succeed("enqueue", "--id", "job1", "true")
      try await queue.drain()
      #expect(try await queue.job("job1").state == "completed")
    }

    @Test func `a worker without a supervisor finishes its job first`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("config", "set", "lease", "2s")
      for id in ["first", "second"] {
        try await queue.succeed("enqueue", "--id", id, held.command)
      }
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      try takeAway()
      try await workers.line(containing: "no worker is started")
      held.release()
      try await workers.line(containing: "first completed")
      #expect(try await workers.exit() == 1)
      #expect(held.isQuiet, "another job was started")
    }

    @Test func `wait ends when the queue is replaced`() async throws {
      try await queue.succeed("config", "set", "poll-interval", "50ms")
      try await queue.succeed("enqueue", "--id", "job1", "true")
      let wait = try queue.start("wait", "job1")
      try await wait.line(containing: "no worker runs")
      try takeAway()
      #expect(try await wait.exit() == 1)
      try await wait.line(containing: "was moved, removed or replaced")
    }

    @Test func `a stop before the replacement is no failure`() async throws {
      let workers = try await queue.startWorkers()
      try await queue.succeed("worker", "stop")
      try takeAway()
      #expect(try await workers.exit() == 0)
    }

    private func takeAway() throws {
      let files = ["", "-wal", "-shm"].filter {
        FileManager.default.fileExists(atPath: queue.database + $0)
      }
      for suffix in files {
        try FileManager.default.moveItem(
          atPath: queue.database + suffix, toPath: queue.file("aside.db" + suffix))
      }
    }
  }
}
