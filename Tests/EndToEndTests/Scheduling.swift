import Foundation
import Testing

extension EndToEnd {
  /// Conditions for running a job besides its time: other jobs, keys, exit statuses.
  @Suite struct Scheduling {
    let queue = TestQueue.current

    @Test func `a whole graph in one file runs in its order, in parallel where possible`()
      async throws
    {
      try await queue.succeed(
        "enqueue", "-",
        input: """
          {"id":"report","command":"echo report >> out","after":["left","right"]}
          {"id":"left","command":"echo side >> out","after":"load"}
          {"id":"right","command":"echo side >> out","after":["load"]}
          {"id":"load","command":"echo load >> out"}
          """)
      try await queue.succeed("worker", "start", "--count", "2", "--drain")
      #expect(try queue.lines(of: "out") == ["load", "side", "side", "report"])
    }

    @Test func `an idle worker starts a job as soon as its prerequisite has ended`()
      async throws
    {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers("--count", "3")
      try await queue.succeed("enqueue", "--id", "first", held.command)
      _ = try await held.nextStart()
      for id in ["second", "third"] {
        try await queue.succeed("enqueue", "--id", id, "--after", "first", held.command)
      }
      let ring = try queue.lastRing()
      held.release()
      let followers = [try await held.nextStart().id, try await held.nextStart().id]
      #expect(Set(followers) == ["second", "third"])
      #expect(try queue.lastRing() != ring, "no notification for the dependant")
      held.release(2)
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
    }

    @Test func `a drain ends although jobs wait for a dead one, and dlq retry continues them`()
      async throws
    {
      try await queue.succeed(
        "enqueue", "-",
        input: """
          {"id":"build","command":"test -e fixed","max_retries":0}
          {"id":"deploy","command":"echo deployed >> out","after":["build"]}
          {"id":"cleanup","command":"echo cleaned >> out","after_any":["build"]}
          """)
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["cleaned"])
      #expect(try await queue.job("deploy").state == "pending")
      #expect(try await queue.job("deploy").after == ["build"])

      _ = FileManager.default.createFile(atPath: queue.file("fixed"), contents: nil)
      try await queue.succeed("dlq", "retry", "build")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["cleaned", "deployed"])
    }

    @Test func `cycles and unknown ids are refused, and nothing is stored`() async throws {
      let circle = """
        {"id":"ok","command":"true"}
        {"id":"a","command":"true","after":["b"]}
        {"id":"b","command":"true","after":["a"]}
        {"id":"c","command":"true","after":["nobody"]}
        """
      let refused = try await queue.run("enqueue", "-", input: circle)
      #expect(refused.status == 1 && refused.output.isEmpty, "\(refused)")
      for text in [
        "job \"a\" can never run: its prerequisites form a cycle",
        "job \"b\" can never run",
        "job \"c\" has a missing prerequisite: no job is called \"nobody\"",
        "nothing was enqueued",
      ] {
        #expect(refused.errors.contains(text), "\(refused)")
      }
      #expect(try await queue.jobs().isEmpty)

      let some = try await queue.run("enqueue", "-", "--keep-going", input: circle)
      #expect(some.status == 1 && some.output == "ok\n", "\(some)")
      #expect(some.errors.contains("1 enqueued, 3 refused"), "\(some)")
      let single = try await queue.run("enqueue", "--after", "\u{1B}[2J", "true")
      #expect(single.status == 1, "\(single)")
      #expect(!single.errors.contains("\u{1B}"), "\(single)")
    }

    @Test func `a unique key refuses a second job while the first is unfinished`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "--unique", "nightly", "true")
      let second = try await queue.run("enqueue", "--unique", "nightly", "true")
      #expect(second.status == 1, "\(second)")
      #expect(
        second.errors
          == "queuectl: unfinished job \"first\" has the key \"nightly\": wait for it, or "
          + "pass --if-absent\n")
      #expect(
        try await queue.succeed("enqueue", "--unique", "nightly", "--if-absent", "true")
          == "first\n")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "second", "--unique", "nightly", "true")
    }

    @Test func `exit statuses decide about retries`() async throws {
      try await queue.succeed("config", "set", "snooze-delay", "10ms")
      try await queue.succeed(
        "enqueue", "-",
        input: """
          {"id":"never","command":"exit 64","no_retry_on":"2,64-78"}
          {"id":"killed","command":"kill -9 $$","no_retry_on":"137"}
          {"id":"other","command":"exit 3","retry_on":"1,2"}
          {"id":"busy","command":"echo x >> tries; [ $(wc -l < tries) -ge 4 ] || exit 75",\
          "max_retries":0,"snooze_on":"75"}
          """)
      let log = try await queue.succeed("worker", "start", "--drain")
      let never = try await queue.job("never")
      #expect(never.state == "dead" && never.attempts == 1)
      let killed = try await queue.job("killed")
      #expect(killed.attempts == 1 && killed.signal == 9 && killed.exitCode == nil)
      #expect(try await queue.job("other").attempts == 1)
      let busy = try await queue.job("busy")
      #expect(busy.state == "completed" && busy.attempts == 1)
      #expect(try queue.lines(of: "tries").count == 4)
      #expect(log.contains("never failed after"), "\(log)")
      #expect(log.contains("exit status 64; this isn't retried: dead"), "\(log)")
      #expect(log.contains("exit status 75; next run in 0.01s"), "\(log)")
    }

    @Test func `an exit status in success_on completes a job, and is kept`() async throws {
      let workers = try await queue.startWorkers()
      let result = try await queue.run(
        "enqueue", "--wait", "--id", "diff", "--success-on", "0,1", "echo differs; exit 1")
      #expect(result.status == 0 && result.output == "differs\n", "\(result)")
      let job = try await queue.job("diff")
      #expect(job.state == "completed" && job.exitCode == 1 && job.error == nil)
      #expect(try await queue.succeed("show", "diff").contains("completed, exit status 1: differs"))
      let failed = try await queue.run(
        "enqueue", "--wait", "--success-on", "1", "--max-retries", "0", "exit 2")
      #expect(failed.status == 2, "\(failed)")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a job's own backoff overrides the settings`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "1000")
      try await queue.succeed(
        "enqueue", "--id", "quick", "--max-retries", "1", "--backoff-base", "1000",
        "--backoff-max", "10ms", "--backoff-jitter", "0.5", "exit 1")
      try await queue.drain()
      #expect(try await queue.job("quick").state == "dead")
    }

    @Test(arguments: [
      (["--retry-on", "0"], "--retry-on takes exit statuses from 1 to 255, such as 2,64-78"),
      (["--no-retry-on", "-1"], "--no-retry-on takes exit statuses"),
      (["--snooze-on", "x"], "--snooze-on takes exit statuses"),
      (["--success-on", "256"], "--success-on takes exit statuses from 0 to 255, such as 2,64-78"),
      (["--backoff-max", "nan"], "--backoff-max takes a duration"),
      (["--unique", ""], "unique must have 1 to 128 characters"),
      (["--nice", "-21"], "--nice must be from -20 to 19, not -21"),
      (["--backoff-jitter", "2"], "--backoff-jitter must be a number from 0 to 1"),
      (["--backoff-base", "nan"], "--backoff-base must be a number from 0.1 to 1000"),
    ])
    func `FAULT 40: contradictory flags are refused with the remedy`(
      flags: [String], message: String
    ) async throws {
      let result = try await queue.run(["enqueue"] + flags + ["true"])
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains(message), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.database), "nothing was made")
    }
  }
}
