import Foundation
import Testing

extension EndToEnd {
  /// The time until a killed worker's job runs again.
  ///
  /// A few rounds in every test run; `QUEUECTL_TORTURE_RECOVERIES` sets the number and prints the
  /// figures.
  @Suite(.tags(.crowded)) struct Recovering {
    let queue = TestQueue.current

    @Test func `FAULT 1: with its supervisor alive, a killed worker's job runs again at once`()
      async throws
    {
      let rounds = Torture.number("RECOVERIES") ?? 6
      let held = try HeldJobs(queue)
      var times: [Duration] = []
      let workers = try await queue.startWorkers("--count", "4")
      // A second loss would wait, so each is lost once.
      while times.count < rounds {
        let id = "job\(times.count)"
        try await queue.succeed("enqueue", "--id", id, held.command)
        let start = try await held.nextStart()
        let killed = ContinuousClock.now
        kill(start.worker, SIGKILL)
        _ = try await held.nextStart()
        times.append(ContinuousClock.now - killed)
        held.release()
        try await workers.line(containing: "\(id) completed")
        #expect(try await queue.job(id).attempts == 1)
      }
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      #expect(!workers.transcript.text.contains("starting another in"), "a job's fault held it up")
      try await expectRecovered(times, "1 worker killed, its supervisor alive")
    }

    @Test func `FAULT 1: another supervisor's worker takes the job within 2 s`() async throws {
      let rounds = Torture.number("RECOVERIES") ?? 3
      let held = try HeldJobs(queue)
      var times: [Duration] = []
      var holder = try await queue.startWorkers()
      while times.count < rounds {
        try await queue.succeed("enqueue", "--id", "job\(times.count)", held.command)
        let start = try await held.nextStart()
        let next = try await queue.startWorkers()
        if Torture.isOn {
          // At a random moment between two checks of the other worker.
          try await ContinuousClock().sleep(for: .milliseconds(.random(in: 0...1000)))
        }
        let killed = ContinuousClock.now
        for pid in [holder.pid, start.worker] { kill(pid, SIGKILL) }
        _ = try await held.nextStart()
        times.append(ContinuousClock.now - killed)
        held.release()
        try await next.line(containing: "job\(times.count - 1) completed")
        try await holder.exit()
        holder = next
      }
      holder.signal(SIGTERM)
      #expect(try await holder.exit() == 0)
      try await expectRecovered(times, "1 worker and supervisor killed, another there")
    }

    /// No supervisor replaces the dead worker. The other one checks with its first heartbeat, after
    /// 5 seconds.
    @Test func `a supervisor that requeues a job wakes an idle worker of another one`()
      async throws
    {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      let held = try HeldJobs(queue)
      let first = try await queue.startWorkers()
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let start = try await held.nextStart()
      let second = try await queue.startWorkers()
      first.signal(SIGTERM)
      try await first.line(containing: "stopping: jobs finish first")
      let killed = ContinuousClock.now
      kill(start.worker, SIGKILL)
      let next = try await held.nextStart()
      #expect(ContinuousClock.now - killed < .seconds(4))
      #expect(next.worker != start.worker)
      try await first.exit()
      try await Self.end(second)
    }

    /// Only the supervisor is left to give the job up.
    @Test func `a supervisor that gives a job up wakes the commands waiting for its end`()
      async throws
    {
      for (key, value) in [("poll-interval", "1m"), ("lease", "1d"), ("max-crashes", "1")] {
        try await queue.succeed("config", "set", key, value)
      }
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let wait = try queue.start("wait", "job")
      try await wait.line(containing: "no worker runs")
      let workers = try await queue.startWorkers()
      let start = try await held.nextStart()
      let killed = ContinuousClock.now
      kill(start.worker, SIGKILL)
      try await wait.line(containing: "is dead", atMost: .seconds(30))
      #expect(ContinuousClock.now - killed < .seconds(30))
      try await wait.exit()
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    /// Stops workers that run a job, which is requeued.
    private static func end(_ workers: ChildProcess) async throws {
      workers.signal(SIGTERM)
      // A second signal before the first is handled would merge with it.
      try await workers.line(containing: "stopping: jobs finish first")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    private func expectRecovered(_ times: [Duration], _ title: String) async throws {
      let limit = Duration.seconds(2)
      let slow = times.filter { $0 > limit }
      let sorted = times.sorted()
      // Under load one round may be late.
      #expect(Torture.isOn ? slow.isEmpty : sorted[sorted.count / 2] < limit, "\(title): \(sorted)")
      let percentile = { (share: Double) in
        let time = sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))].components
        return "\(time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000) ms"
      }
      Torture.report(
        title, rounds: times.count,
        of: "recovery p50 \(percentile(0.5)), p99 \(percentile(0.99))", violations: slow.count)
    }
  }
}
