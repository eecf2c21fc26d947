import Foundation
import Testing

extension EndToEnd {
  /// `cancel`: waiting jobs at once, running ones with all their processes.
  @Suite struct Cancelling {
    let queue = TestQueue.current

    @Test func `a waiting job is cancelled at once, and is never run`() async throws {
      try await queue.succeed("enqueue", "--id", "now", "touch ran")
      try await queue.succeed("enqueue", "--id", "later", "--delay", "1h", "touch ran")
      #expect(
        try await queue.succeed("cancel", "now", "later") == "cancelled now\ncancelled later\n")
      #expect(try await queue.counts()["cancelled"] == 2)
      try await queue.drain()
      #expect(!FileManager.default.fileExists(atPath: queue.file("ran")))
    }

    @Test func `when the command returns, a running job and all its processes have ended`()
      async throws
    {
      let held = try HeldJobs(queue)
      // One child in its group, one in its own session.
      try await queue.succeed(
        "enqueue", "--id", "job1",
        "sleep 1000 & setsid sh -c '\(held.announcement.replacing("'", with: "\"")); exec sleep "
          + "1000' & wait")
      let workers = try await queue.startWorkers()
      let stray = try await held.nextStart()
      #expect(try await queue.succeed("cancel", "job1") == "cancelled job1\n")
      #expect(try await Processes.ends(stray.pid, within: .zero), "a stray still runs")
      let left = Leftovers.find(queue.path).filter { $0.command.hasPrefix("sleep") }
      #expect(left.isEmpty, "\(left)")

      let job = try await queue.job("job1")
      #expect(job.state == "cancelled")
      #expect(job.attempts == 0)
      #expect(job.error?.hasPrefix("cancelled") == true, "\(job)")
      try await workers.line(containing: "job1 cancelled after")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a job that ignores TERM is killed after the grace period`() async throws {
      try await queue.succeed("config", "set", "kill-grace", "100ms")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "stubborn", held.stubbornCommand)
      let workers = try await queue.startWorkers()
      let start = try await held.nextStart()
      #expect(try await queue.succeed("cancel", "stubborn") == "cancelled stubborn\n")
      #expect(try await Processes.ends(start.pid, within: .zero), "the job still runs")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `--timeout stops waiting, and --no-wait doesn't wait`() async throws {
      try await queue.succeed("config", "set", "kill-grace", "1h")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "stubborn", held.stubbornCommand)
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      #expect(
        try await queue.succeed("cancel", "--no-wait", "stubborn")
          == "requested cancellation of stubborn\n")
      let worker = try #require(try await queue.workers().first)
      #expect(
        try await queue.succeed("explain", "stubborn")
          == """
          stubborn is processing
            it was cancelled: \(worker.id) is ending its processes
              $ queuectl wait stubborn

          """)
      #expect(try await queue.succeed("explain", "--json", "stubborn").contains("\"cancelling\""))
      let late = try await queue.run("cancel", "stubborn", "--timeout", "50ms")
      #expect(late.status == 1, "\(late)")
      #expect(late.errors.contains(#""stubborn" still running after --timeout 50ms"#), "\(late)")
      #expect(try await queue.job("stubborn").state == "processing")
      // Its worker dies. The waiting command cancels the job instead of requeueing it.
      workers.signal(SIGKILL)
      _ = try await workers.exit()
      try await Processes.killHard(worker.pid)
      #expect(try await queue.succeed("cancel", "stubborn") == "cancelled stubborn\n")
      #expect(try await queue.job("stubborn").state == "cancelled")
    }

    @Test func `ended jobs are refused with their state`() async throws {
      try await queue.succeed("enqueue", "--id", "good", "true")
      try await queue.succeed("enqueue", "--id", "bad", "--max-retries", "0", "false")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "waits", "true")
      let mixed = try await queue.run("cancel", "good", "bad", "waits")
      #expect(mixed.status == 1, "\(mixed)")
      #expect(mixed.output == "cancelled waits\n", "\(mixed)")
      #expect(mixed.errors.contains(#"job "good" has already completed"#), "\(mixed)")
      #expect(mixed.errors.contains(#"job "bad" is already dead"#), "\(mixed)")
      let again = try await queue.run("cancel", "waits")
      #expect(again.status == 0, "\(again)")
      #expect(again.errors.contains(#"job "waits" is already cancelled"#), "\(again)")
    }

    @Test func `an unknown id is refused, and nothing is cancelled`() async throws {
      try await queue.succeed("enqueue", "--id", "waits", "true")
      let result = try await queue.run("cancel", "waits", "nosuchjob")
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains(#"no job is called "nosuchjob""#), "\(result)")
      #expect(try await queue.counts()["pending"] == 1)
      #expect(try await queue.run("cancel").status == 64)
      #expect(try await queue.run("cancel", "waits", "--timeout", "soon").status == 64)
    }

    @Test func `a draining worker exits when the last job is cancelled`() async throws {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      try await queue.succeed("enqueue", "--id", "later", "--delay", "1h", "true")
      let workers = try await queue.startWorkers("--drain")
      try await queue.succeed("cancel", "later")
      #expect(try await workers.exit(atMost: .seconds(30)) == 0)
    }
  }
}
