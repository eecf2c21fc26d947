import Foundation
import Testing

extension EndToEnd {
  /// `on-dead`: a command for each job that dies.
  @Suite struct Noticing {
    let queue = TestQueue.current

    @Test func `the command gets the dead job as JSON, and no other`() async throws {
      try await queue.succeed(
        "config", "set", "on-dead", "cat >> died; echo told of $QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT")
      try await queue.succeed(
        "enqueue", "-",
        input: """
          {"id":"well","command":"true"}
          {"id":"dies","command":"echo \\"no \\\\\\"luck\\\\\\"\\"; exit 3","max_retries":0}
          {"id":"dies too","command":"exit 4","max_retries":0}
          """.replacing("dies too", with: "dies2"))
      try await queue.drain()
      let told = try queue.lines(of: "died").map { try JSON.decode(JobRecord.self, from: $0) }
      #expect(told.map(\.id) == ["dies", "dies2"])
      #expect(told.map(\.exitCode) == [3, 4])
      #expect(told.first?.error == "exit status 3: no \"luck\"")
      #expect(
        try queue.lines(of: "data/queue.db.d/on-dead.log") == ["told of dies 1", "told of dies2 1"])
    }

    @Test func `a command that fails, hangs or isn't there disturbs nothing`() async throws {
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

    @Test func `a worker that is killed beside its command leaves the notice to the next`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "config", "set", "on-dead",
        "echo \"$QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT $$ $PPID\" > "
          + "\(queue.file("held.starts")); read _ < \(held.gatePath); cat >> died")
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

    @Test func `stopping waits for the command`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("config", "set", "on-dead", "\(held.command); echo done > told")
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
