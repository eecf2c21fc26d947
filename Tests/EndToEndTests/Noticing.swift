import Foundation
import Testing

extension EndToEnd {
  /// `on-dead`: a command for each job that dies.
  @Suite struct Noticing {
    let queue = TestQueue.current

    /// With a time limit that a loaded machine doesn't reach.
    private func setCommand(_ command: String) async throws {
      try await queue.succeed("config", "set", "on-dead", command)
      try await queue.succeed("config", "set", "on-dead-timeout", "1h")
    }

    @Test func `the command gets each dead job as JSON`() async throws {
      try await setCommand("cat >> died; echo told of $QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT")
      try await queue.succeed(
        "enqueue", "-",
        input: """
          {"id":"well","command":"true"}
          {"id":"dies","command":"echo \\"no \\\\\\"luck\\\\\\"\\"; exit 3","max_retries":0}
          {"id":"dies too","command":"exit 4","max_retries":0}
          """.replacing("dies too", with: "dies2"))
      let log = try await queue.drain()
      #expect(!log.contains("on-dead command for"), "\(log)")
      let told = try queue.lines(of: "died").map { try JSON.decode(JobRecord.self, from: $0) }
      #expect(told.map(\.id) == ["dies", "dies2"])
      #expect(told.map(\.exitCode) == [3, 4])
      #expect(told.first?.error == "exit status 3: no \"luck\"")
      #expect(
        try queue.lines(of: "data/queue.db.d/on-dead.log") == ["told of dies 1", "told of dies2 1"])
    }

    @Test func `dead jobs wait for no command once it is set to none`() async throws {
      try await setCommand("exit 9")
      try await queue.succeed("enqueue", "--id", "earlier", "--max-retries", "0", "false")
      try await queue.drain()
      try await queue.succeed("config", "set", "on-dead", "none")
      try await queue.succeed("enqueue", "--id", "later", "--max-retries", "0", "false")
      try await queue.drain()
      let findings = try await queue.succeed("doctor")
      #expect(!findings.contains("on-dead"), "\(findings)")
    }

    @Test func `a command that fails, hangs or is missing affects nothing else`() async throws {
      try await queue.succeed("config", "set", "on-dead-timeout", "100ms")
      try await queue.succeed("config", "set", "kill-grace", "100ms")
      for (number, command) in ["exit 9", "trap '' TERM; sleep 1000 & wait; sleep 1000", "nosuch"]
        .enumerated()
      {
        try await queue.succeed("config", "set", "on-dead", command)
        try await queue.succeed("enqueue", "--id", "d\(number)", "--max-retries", "0", "false")
        try await queue.succeed("enqueue", "--id", "w\(number)", "true")
        let log = try await queue.succeed("worker", "start", "--drain")
        #expect(log.contains("the on-dead command for d\(number) failed: "), "\(log)")
        #expect(try await queue.job("w\(number)").state == "completed")
        #expect(try await queue.job("d\(number)").state == "dead")
      }
    }

    @Test func `a failed command is reported with its own output only`() async throws {
      try await setCommand("[ $QUEUECTL_JOB_ID = silent ] || echo no route; exit 6")
      for (id, failure) in [("loud", "exit status 6: no route\n"), ("silent", "exit status 6\n")] {
        try await queue.succeed("enqueue", "--id", id, "--max-retries", "0", "false")
        let log = try await queue.drain()
        #expect(log.contains("the on-dead command for \(id) failed: \(failure)"), "\(log)")
      }
    }

    @Test func `the next worker takes over the notice of a worker killed with its command`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await setCommand(
        "echo \"$QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT $$ $PPID\" > \(queue.file("held.starts")); read "
          + "_ < \(held.gatePath); cat >> died")
      try await queue.succeed("enqueue", "--id", "dies", "--max-retries", "0", "false")
      let workers = try await queue.startWorkers()
      let start = try await held.nextStart()
      #expect(start.id == "dies")
      kill(start.worker, SIGKILL)
      kill(-start.pid, SIGKILL)
      _ = try await held.nextStart()
      held.release()
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      #expect(try queue.lines(of: "died").count == 1)
    }

    @Test func `the command never runs beside a leftover one of a killed worker`() async throws {
      let held = try HeldJobs(queue)
      try await setCommand(held.command)
      try await queue.succeed("enqueue", "--id", "dies", "--max-retries", "0", "false")
      let workers = try await queue.startWorkers()
      let first = try await held.nextStart()
      kill(first.worker, SIGKILL)
      let second = try await held.nextStart()
      #expect(second.worker != first.worker)
      #expect(try await Processes.ends(first.pid, within: .zero), "two run at a time")
      held.release()
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `status and doctor show a backlog, and a stop reports the notices left`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await setCommand(held.command)
      for id in ["a", "b", "c"] {
        try await queue.succeed("enqueue", "--id", id, "--max-retries", "0", "false")
      }
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      for id in ["a", "b", "c"] { try await workers.line(containing: "\(id) failed") }
      let backlog = "the on-dead command is due for "
      for command in ["status", "doctor"] {
        let result = try await queue.run(command)
        #expect((result.output + result.errors).contains(backlog + "3 dead jobs"), "\(result)")
      }
      let stop = try queue.start("worker", "stop")
      try await workers.line(containing: "stopping: takes no more jobs")
      held.release()
      #expect(try await stop.exit() == 0)
      try await stop.line(containing: backlog + "2 dead jobs: the next workers run it")
      #expect(try await workers.exit() == 0)
    }

    @Test func `the commands' output is limited to two files of log-max-size`() async throws {
      try await queue.succeed("config", "set", "log-max-size", "64KB")
      try await setCommand("head -c 70000 /dev/zero")
      for id in ["a", "b", "c"] {
        try await queue.succeed("enqueue", "--id", id, "--max-retries", "0", "false")
        try await queue.drain()
      }
      let folder = queue.database + ".d"
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(
        names.filter { $0.hasPrefix("on-dead") }.sorted() == ["on-dead.log", "on-dead.log.1"])
      var status = stat()
      try #require(stat(folder + "/on-dead.log", &status) == 0)
      #expect(status.st_size == 70_000)
    }

    @Test func `a stop waits for the command`() async throws {
      let held = try HeldJobs(queue)
      try await setCommand("\(held.command); echo done > told")
      try await queue.succeed("enqueue", "--max-retries", "0", "false")
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      workers.signal(SIGTERM)
      try await workers.line(containing: "stopping: takes no more jobs")
      held.release()
      #expect(try await workers.exit() == 0)
      #expect(try queue.lines(of: "told") == ["done"])
    }
  }
}
