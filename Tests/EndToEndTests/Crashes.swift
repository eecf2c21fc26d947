import Foundation
import Testing

extension EndToEnd {
  /// Workers that die, and jobs that kill their workers.
  @Suite struct Crashes {
    let queue = TestQueue.current

    @Test func `FAULT 1: the job of a killed worker runs again at once, and never twice at a time`()
      async throws
    {
      let held = try HeldJobs(queue)
      let stray = try HeldJobs(queue, "stray")
      try queue.write("\(stray.announcement); \(stray.wait)", to: "stray.sh")
      // The job and its child hold the lock, even after the child left the job's session.
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "0",
        """
        exec 7>> lock
        flock -n 7 || echo "$QUEUECTL_RUN_ID met an older run" >> overlaps
        setsid sh stray.sh &
        \(held.command)
        """)
      let workers = try await queue.startWorkers("--count", "2")
      let first = try await held.nextStart()
      _ = try await stray.nextStart()
      let killed = ContinuousClock.now
      try await Processes.killHard(first.worker)
      let second = try await held.nextStart()
      let gap = ContinuousClock.now - killed
      #expect(gap < Patience.withinLease, "it was given out again after \(gap)")
      #expect(second.id == "job")
      #expect(second.attempt == 1, "the lost run isn't counted")
      #expect(try await Processes.ends(first.pid, within: .zero), "the old run still lives")
      #expect(try queue.lines(of: "overlaps") == [])
      try await workers.line(containing: "its job job is requeued")
      try await workers.line(containing: "died (signal 9); starting another")

      _ = try await stray.nextStart()
      held.release()
      stray.release()
      try await workers.line(containing: "job completed")
      let job = try await queue.job("job")
      #expect(job.state == "completed")
      #expect(job.attempts == 1)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `FAULT 1: another supervisor takes over the job when supervisor and workers die`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let first = try await queue.startWorkers()
      let lost = try await held.nextStart()
      let second = try await queue.startWorkers()
      for pid in [first.pid, lost.worker] { try await Processes.killHard(pid) }
      let killed = ContinuousClock.now
      let start = try await held.nextStart()
      let gap = ContinuousClock.now - killed
      #expect(gap < Patience.withinLease, "noticed after \(gap)")
      #expect(start.attempt == 1)
      held.release()
      try await second.line(containing: "job completed")
      second.signal(SIGTERM)
      #expect(try await second.exit() == 0)
    }

    @Test func `FAULT 9: a job that kills its worker is dead after max-crashes, and others run`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "poison", "echo run >> runs; kill -9 $PPID; \(held.wait)")
      try await queue.succeed("enqueue", "--id", "good", "true")
      let log = try await queue.drain(count: 2)
      let poison = try await queue.job("poison")
      #expect(poison.state == "dead")
      #expect(poison.attempts == 0, "none of the runs ended by the job's own doing")
      #expect(try queue.lines(of: "runs").count == 3)
      #expect(log.contains("its job poison is dead: too many workers died running it"), "\(log)")
      #expect(try await queue.job("good").state == "completed")
      let table = try await queue.succeed("dlq", "list")
      #expect(table.contains("poison") && table.contains("  LOST  "), "\(table)")
    }

    /// Only the third loss of each comes after a wait. A death with a job doesn't delay the next
    /// worker.
    @Test func `FAULT 17: a healthy job passes poison jobs of one worker`() async throws {
      let held = try HeldJobs(queue)
      for number in 1...3 {
        try await queue.succeed(
          "enqueue", "--id", "poison\(number)", "echo run >> runs; kill -9 $PPID; \(held.wait)")
      }
      try await queue.succeed("enqueue", "--id", "good", "true")
      let begun = Date()
      let log = try await queue.drain()
      let good = try await queue.job("good")
      #expect(good.state == "completed")
      let wait = try #require(good.finishedAt).timeIntervalSince(begun)
      #expect(wait < 8, "it came after \(wait) s: \(log)")
      #expect(!log.contains("starting another in"), "\(log)")
      #expect(log.contains("its job poison1 is requeued in 2.0s"), "\(log)")
      for number in 1...3 {
        #expect(try await queue.job("poison\(number)").state == "dead")
      }
      #expect(try queue.lines(of: "runs").count == 9)
    }

    @Test func `FAULT 9: with max-crashes 1 the job is dead after the first loss`() async throws {
      try await queue.succeed("config", "set", "max-crashes", "1")
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "poison", "echo run >> runs; kill -9 $PPID; \(held.wait)")
      try await queue.drain()
      #expect(try await queue.job("poison").state == "dead")
      #expect(try queue.lines(of: "runs").count == 1)
    }

    @Test func `FAULT 13: an idle worker wakes up when a backoff ends`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "1000")
      try await queue.succeed("config", "set", "poll-interval", "1m")
      try await queue.succeed("enqueue", "--id", "fails", "false")
      let workers = try await queue.startWorkers()
      try await workers.line(containing: "fails failed after")
      let before = Date()
      try await queue.succeed("enqueue", "--id", "quick", "true")
      try await workers.line(containing: "quick completed")
      let gap = Date().timeIntervalSince(before)
      #expect(gap < 10, "it was picked up by the minute's poll, after \(gap) s")
      #expect(try await queue.job("fails").state == "failed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a run over its timeout is ended and retried`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "slow", "--timeout", "200ms", "--max-retries", "1", held.command)
      try await queue.drain()
      let job = try await queue.job("slow")
      #expect(job.state == "dead")
      #expect(job.attempts == 2)
      #expect(job.error == "timed out after 200ms")
    }

    @Test func `FAULT 7: a stalled worker that resumes can't overwrite the newer run`()
      async throws
    {
      try await queue.succeed("config", "set", "lease", "2s")
      try await queue.succeed("config", "set", "max-retries", "0")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", "\(held.command) && [ $QUEUECTL_RUN_ID ]")
      let first = try await queue.startWorkers()
      let stalled = try await held.nextStart()
      kill(stalled.worker, SIGSTOP)
      let second = try await queue.startWorkers()
      let taken = try await held.nextStart()
      #expect(taken.attempt == 1)
      #expect(try await Processes.ends(stalled.pid, within: .zero), "two runs live at once")
      kill(stalled.worker, SIGCONT)
      try await first.line(containing: "was evicted as w1")
      held.release()
      try await second.line(containing: "job completed")
      let job = try await queue.job("job")
      #expect(job.state == "completed")
      #expect(job.attempts == 1)
      for workers in [first, second] {
        workers.signal(SIGTERM)
        #expect(try await workers.exit() == 0)
      }
    }

    @Test func `doctor tells a stopped worker from a dead one`() async throws {
      try await queue.succeed("config", "set", "lease", "2s")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let workers = try await queue.startWorkers()
      let start = try await held.nextStart()
      kill(start.worker, SIGSTOP)
      var doctor = try await queue.run("doctor")
      // Until its lease is over.
      while doctor.status == 0 { doctor = try await queue.run("doctor") }
      #expect(
        doctor.output.contains("problem  workers: w1 has sent no heartbeat for "), "\(doctor)")
      #expect(
        doctor.output.contains(
          ", but process \(start.worker) runs: it is stopped, or waits for the database\n"),
        "\(doctor)")
      for pid in [workers.pid, start.worker] { try await Processes.killHard(pid) }
      let dead = try await queue.run("doctor")
      #expect(dead.output.contains("problem  workers: w1 died\n"), "\(dead)")
      try await workers.exit()
      try await queue.succeed("worker", "stop")
      #expect(try await queue.job("job").state == "pending")
    }
  }
}
