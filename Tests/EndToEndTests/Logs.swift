import Foundation
import Testing

extension EndToEnd {
  /// `logs`: a job's output, afterwards and live.
  @Suite struct Logs {
    let queue = TestQueue.current

    @Test func `the output of the latest run or an earlier one is printed byte for byte`()
      async throws
    {
      try await queue.succeed("config", "set", "backoff-max", "0")
      try await queue.succeed(
        "enqueue", "--id", "job",
        "printf '\\033[31m%s\\377\\000\\n' $QUEUECTL_ATTEMPT; echo err >&2; test $QUEUECTL_ATTEMPT "
          + "= 2"
      )
      try await queue.drain()
      func expected(_ attempt: String) -> [UInt8] {
        Array("\u{1B}[31m\(attempt)".utf8) + [0xFF, 0, 0x0A] + Array("err\n".utf8)
      }
      let latest = try await queue.run("logs", "job")
      #expect(latest.status == 0 && latest.errors == "", "\(latest)")
      #expect(latest.outputBytes == expected("2"))
      #expect(try await queue.run("logs", "job", "--attempt", "1").outputBytes == expected("1"))
      #expect(try await queue.succeed("logs", "job", "--tail", "1") == "err\n")
      #expect(try await queue.succeed("logs", "job", "--tail", "0") == "")
      #expect(try await queue.run("logs", "job", "--follow").outputBytes == expected("2"))

      let screen = try await queue.screen("logs", "job")
      #expect(screen == "^[[31m2\u{FFFD}^@\nerr\n")
    }

    @Test func `a run that didn't start has a reason instead of output`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "0", "--cwd", queue.file("gone"), "true")
      try await queue.drain()
      let result = try await queue.run("logs", "job")
      #expect(result.status == 0 && result.output == "", "\(result)")
      #expect(
        result.errors.contains("the run didn't start: can't enter the directory"), "\(result)")
    }

    @Test func `runs that spent no attempt have logs, too`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "0", "--snooze-on", "75",
        "echo $QUEUECTL_RUN_ID; test -e again || { touch again; exit 75; }")
      try await queue.succeed("config", "set", "snooze-delay", "10ms")
      try await queue.drain()
      let first = try await queue.run("logs", "job", "--attempt", "1")
      #expect(first.lines.count == 1 && first.lines[0].hasSuffix("-2"), "\(first)")
      #expect(first.errors.contains("see --run 1"), "\(first)")
      let other = try await queue.run("logs", "job", "--run", "1")
      #expect(other.lines.count == 1 && other.lines[0].hasSuffix("-1"), "\(other)")
      let none = try await queue.run("logs", "job", "--run", "7")
      #expect(
        none.status == 1 && none.errors.contains("has no run 7; choices: 2, 1"),
        "\(none)")
    }

    @Test func `FAULT 79: if a job has many runs, the newest are listed`() async throws {
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "0", "false")
      try await queue.drain()
      let text = try await queue.succeed("export")
      var job = try #require(
        try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      let run = try #require((job["runs"] as? [Any])?.first)
      var asked = try #require(job["job"] as? [String: Any])
      asked["id"] = "many"
      job["job"] = asked
      job["runs"] = Array(repeating: run, count: 2000)
      let line = String(
        decoding: try JSONSerialization.data(withJSONObject: job), as: UTF8.self)
      try await queue.succeed("import", "-", input: line + "\n")
      let newest = (1992...2001).reversed().map { "\($0)" }.joined(separator: ", ")
      let none = try await queue.run("logs", "many", "--run", "1")
      #expect(none.status == 1, "\(none)")
      let message = #"job "many" has no run 1; choices: \#(newest) and earlier runs"#
      #expect(none.errors == "queuectl: \(message)\n")
      let other = try await queue.run("logs", "many", "--attempt", "1")
      let others = (1991...2000).reversed().map { "\($0)" }.joined(separator: ", ")
      #expect(other.errors.contains("see --run \(others) and earlier runs"), "\(other)")
      let early = try await queue.run("logs", "many", "--run", "2")
      #expect(early.errors.contains("logs/0/2.log"), "it is found: \(early)")
    }

    @Test func `of a flood, head, tail and the number of dropped bytes are shown`() async throws {
      try await queue.succeed("config", "set", "log-max-size", "64KB")
      try await queue.succeed("enqueue", "--id", "flood", "echo first; seq 1000000; echo last")
      try await queue.drain()
      let result = try await queue.run("logs", "flood")
      #expect(result.output.hasPrefix("first\n1\n2\n"))
      #expect(result.output.hasSuffix("\n1000000\nlast\n"))
      #expect(result.lines.allSatisfy { $0.count <= 7 }, "of two lines one was made")
      #expect(result.outputBytes.count <= 72 << 10)
      #expect(!result.outputBytes.contains(0))
      #expect(result.errors.contains("6.5MB are omitted here"), "\(result.errors)")
      let tail = try await queue.run("logs", "flood", "--tail", "2")
      #expect(tail.output == "1000000\nlast\n" && tail.errors == "")
    }

    @Test func `--follow prints a job's output through its retries, until it has ended`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed("config", "set", "backoff-max", "0")
      try await queue.succeed(
        "enqueue", "--id", "job",
        "echo begin $QUEUECTL_ATTEMPT; \(held.command); echo end $QUEUECTL_ATTEMPT; test "
          + "$QUEUECTL_ATTEMPT = 2")
      let follower = try queue.start("logs", "job", "--follow")
      try await follower.line(containing: "hasn't run yet: waiting")
      let workers = try await queue.startWorkers("--drain")
      try await follower.line(containing: "begin 1")
      held.release()
      try await follower.line(containing: "begin 2")
      held.release()
      #expect(try await follower.exit() == 0)
      try await follower.closed()
      let lines = follower.transcript.text.split(separator: "\n").filter {
        !$0.hasPrefix("queuectl: attempt 1: exit status 1: end 1; ")
      }
      #expect(
        lines == [
          "queuectl: job \"job\" is pending and hasn't run yet: waiting",
          "queuectl: job \"job\" waits: no worker runs: \"queuectl worker start\"",
          "begin 1", "end 1", "begin 2", "end 2", "queuectl: job \"job\" is completed",
        ])
      #expect(try await workers.exit() == 0)
    }

    @Test func `following one attempt ends with that attempt`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "job", "echo one; \(held.command); echo two; exit 1")
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      let follower = try queue.start("logs", "job", "-f", "--attempt", "1", "--tail", "1")
      try await follower.line(containing: "one")
      held.release()
      #expect(try await follower.exit() == 0)
      try await follower.closed()
      #expect(follower.transcript.text == "one\ntwo\n")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `--follow ends at ^C and when its reader is gone`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", "echo one; \(held.command)")
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      let follower = try queue.start("logs", "job", "-f")
      try await follower.line(containing: "one")
      follower.signal(SIGINT)
      #expect(try await follower.exit() == -Int(SIGINT))
      let piped = try await queue.shell("queuectl logs job --follow | head -n 1")
      #expect(piped.status == 0 && piped.output == "one\n", "\(piped)")
      #expect(try await queue.job("job").state == "processing", "the job goes on")
      held.release()
      try await workers.line(containing: "job completed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a missing log is reported`() async throws {
      try await queue.succeed("enqueue", "--id", "job", "echo x")
      let early = try await queue.run("logs", "job")
      #expect(early.status == 1 && early.errors.contains("hasn't run yet"), "\(early)")
      try await queue.drain()
      let attempt = try await queue.run("logs", "job", "--attempt", "2")
      #expect(attempt.status == 1 && attempt.errors.contains("no attempt 2"), "\(attempt)")
      try FileManager.default.removeItem(atPath: queue.file("data/queue.db.d/logs/0/1.log"))
      let removed = try await queue.run("logs", "job")
      #expect(removed.status == 1 && removed.errors.contains("is missing"), "\(removed)")
      let followed = try await queue.run("logs", "job", "--follow")
      #expect(followed.errors.contains("is missing"), "\(followed)")
      #expect(try await queue.run("logs", "nosuch").status == 1)
    }

    @Test(arguments: [
      ["--tail", "-1"], ["--tail", "x"], ["--attempt", "0"], ["--attempt", "-3"],
      ["--tail", "99999999999999999999"], ["two"],
    ])
    func `contradictory flags are refused`(flags: [String]) async throws {
      try await queue.succeed("enqueue", "--id", "job", "true")
      #expect(try await queue.run(["logs", "job"] + flags).status == 64)
    }
  }
}
