import Foundation
import Testing

extension EndToEnd {
  /// A stop also reaches supervisors: no worker starts after it.
  @Suite struct StoppingSupervisors {
    let queue = TestQueue.current

    /// The supervisors in `worker list`.
    private func supervisors() async throws -> [SupervisorRecordJSON] {
      try JSON.decode(
        SupervisorStatus.self, from: try await queue.succeed("status", "--json")
      ).supervisors
    }

    private func expectNothingRuns() async throws {
      #expect(try await queue.succeed("worker", "list", "--json") == "[]\n")
      #expect(try await queue.job("job").state == "pending")
    }

    /// Starts a worker, and kills idle workers until the supervisor delays the next start.
    private func workersInRestartPause() async throws -> ChildProcess {
      let workers = try await queue.startWorkers()
      var isPausing = false
      while !isPausing {
        let pid = try #require(try await queue.workers().first?.pid)
        try await Processes.killHard(pid)
        try await workers.line(containing: "worker process \(pid) died (signal 9)")
        isPausing = workers.transcript.text.contains("starting another in ")
        while !isPausing, try await queue.workers().first.map({ $0.pid == pid }) ?? true {
          await Task.yield()
        }
      }
      return workers
    }

    @Test func `FAULT 14: a stop just after a worker's death leaves no worker`() async throws {
      for _ in 1...6 {
        let workers = try await queue.startWorkers()
        kill(try #require(try await queue.workers().first?.pid), SIGKILL)
        let stop = try await queue.run("worker", "stop")
        #expect(stop.status == 0, "\(stop)")
        #expect(!stop.errors.contains("no workers are running"), "\(stop)")
        #expect(try await workers.exit() == 0, "\(workers.transcript.text)")
        #expect(try await queue.succeed("worker", "list", "--json") == "[]\n")
      }
    }

    @Test func `FAULT 14: a stop during the restart pause leaves no worker`() async throws {
      let workers = try await workersInRestartPause()
      try await queue.succeed("enqueue", "--id", "job", "true")
      let stop = try await queue.run("worker", "stop")
      #expect(stop.status == 0, "\(stop)")
      #expect(try await workers.exit() == 0, "\(workers.transcript.text)")
      try await expectNothingRuns()
    }

    @Test func `a delayed restart is shown instead of a lack of workers`() async throws {
      let workers = try await workersInRestartPause()
      try await queue.succeed("queue", "pause", "--all")
      try await queue.succeed("enqueue", "--id", "job", "true")
      let found = try await supervisors()
      #expect(found.map(\.pid) == [workers.pid])
      #expect(found.map(\.workers) == [1])
      let status = try await queue.run("status")
      let explain = try await queue.run("explain", "job")
      let list = try await queue.run("worker", "list")
      // Under load the pause may already be over.
      if try await supervisors().first?.state == "restarting" {
        #expect(status.errors.contains("no worker runs; one starts"), "\(status)")
        #expect(explain.output.contains("its worker died; another starts"), "\(explain)")
        #expect(!explain.output.contains("worker start"), "\(explain)")
        #expect(list.output.contains(" restarting "), "\(list)")
      }
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
    }

    @Test(arguments: ["", "-d"])
    func `FAULT 14: a concurrent start and stop leave no worker`(flag: String)
      async throws
    {
      try await queue.succeed("enqueue", "--id", "job", "--delay", "1d", "true")
      for round in 1...12 {
        // The kernel reports starts in ticks of 10 ms, so starts within one tick are equal.
        let pause = "sleep 0.0\(round % 3 == 0 ? round : 1)"
        let result = try await queue.shell(
          """
          queuectl worker start \(flag) >> log 2>&1 & \(pause); queuectl worker stop; echo $?
          wait; queuectl worker stop; queuectl worker list --json
          """)
        #expect(result.output.hasSuffix("[]\n"), "\(result)")
      }
    }

    @Test func `a worker that dies after a stop request isn't replaced`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let workers = try await queue.startWorkers()
      let start = try await held.nextStart()
      try await queue.succeed("worker", "stop", "w1", "--no-wait")
      try await Processes.killHard(start.worker)
      #expect(try await workers.exit() == 0)
      try await expectNothingRuns()
    }

    @Test func `worker list shows supervisors with their role`() async throws {
      let workers = try await queue.startWorkers("--count", "2")
      let objects = try JSON.objects(try await queue.succeed("worker", "list", "--json"))
      #expect(objects.map { $0["role"] as? String } == ["worker", "worker", "supervisor"])
      let table = try await queue.succeed("worker", "list")
      #expect(table.contains("supervisor"), "\(table)")
      #expect(table.contains("2 workers"), "\(table)")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `the internal subcommands can't be typed`() async throws {
      for line in [
        "queuectl worker run", "queuectl worker run 3< /dev/null",
        "_queuectl_begun=1 queuectl worker run",
      ] {
        let result = try await queue.shell(line)
        #expect(result.status == 64, "\(result)")
        #expect(!result.errors.isEmpty, "\(result)")
      }
      // A lookalike of the internal call is refused.
      let start = try await queue.shell("_queuectl_begun=1 queuectl worker start --drain")
      #expect(start.status == 0, "\(start)")
    }

    @Test func `detached workers show the command that a user would type, and jobs don't see it`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "job", "env > env")
      let screen = try await queue.succeed("worker", "start", "-d", "--count", "2")
      let pid = try #require(screen.split(separator: "pid ").last?.prefix { $0.isNumber })
      let words = String(decoding: try FileContents.read("/proc/\(pid)/cmdline"), as: UTF8.self)
        .split(separator: "\0")
      #expect(words.prefix(5) == ["queuectl", "worker", "start", "--count", "2"])
      #expect(!words.contains { $0.contains("background") })
      try await queue.succeed("wait", "job")
      #expect(!(try queue.lines(of: "env").contains { $0.hasPrefix("_queuectl_begun") }))
      try await queue.succeed("worker", "stop")
    }

    @Test func `a stop that times out suggests only options that weren't given`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.stubbornCommand)
      let workers = try await queue.startWorkers("--count", "2")
      _ = try await held.nextStart()
      let stop = try await queue.run("worker", "stop", "--now", "--timeout", "50ms")
      #expect(stop.status == 1, "\(stop)")
      #expect(stop.errors.contains("still running after --timeout 50ms"), "\(stop)")
      #expect(!stop.errors.contains("--now"), "\(stop)")
      #expect(stop.errors.contains("kill-grace"), "\(stop)")
      try await queue.succeed("config", "set", "kill-grace", "100ms")
      try await queue.succeed("worker", "stop", "--now")
      #expect(try await workers.exit() == 0)
      let lines = workers.transcript.text.split(separator: "\n").filter {
        $0.contains("stopping now")
      }
      #expect(lines.count { $0.hasSuffix("stopping now") } == 1, "\(lines)")
      #expect(lines.count { $0.contains("the job is ended and requeued") } == 1, "\(lines)")
    }
  }
}
