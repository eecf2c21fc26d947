import Foundation
import Testing

extension EndToEnd {
  /// `wait` and `progress`.
  @Suite struct Waiting {
    let queue = TestQueue.current

    @Test(arguments: [
      ("true", 0, ""), ("exit 3", 3, #"job "job1" is dead: exit status 3"#),
      ("kill -9 $$", 137, #"job "job1" is dead: killed by signal 9"#),
      ("nosuchcommand", 127, "command not found"),
    ])
    func `wait exits with the job's status`(command: String, status: Int, message: String)
      async throws
    {
      try await queue.succeed("enqueue", "--id", "job1", "--max-retries", "0", command)
      let wait = try queue.start("wait", "job1")
      try await wait.line(containing: "no worker runs")
      try await queue.drain()
      #expect(try await wait.exit() == status, "\(wait.transcript.text)")
      if message != "" { try await wait.line(containing: message) }
      #expect(try await queue.run("wait", "job1").status == status)
    }

    @Test func `a timeout counts as 124, a cancelled job as 130, and the greatest status decides`()
      async throws
    {
      try await queue.succeed(
        "enqueue", "--id", "slow", "--timeout", "50ms", "--max-retries", "0", "sleep 1000")
      try await queue.succeed("enqueue", "--id", "bad", "--max-retries", "0", "exit 2")
      try await queue.succeed("enqueue", "--id", "good", "true")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "off", "true")
      try await queue.succeed("cancel", "off")
      #expect(try await queue.run("wait", "slow").status == 124)
      #expect(try await queue.run("wait", "off").status == 130)
      #expect(try await queue.run("wait", "good", "bad", "slow").status == 124)
      #expect(try await queue.run("wait", "bad", "good").status == 2)
      #expect(try await queue.run("wait", "good").status == 0)
    }

    @Test(arguments: [["wait", "c"], ["logs", "--follow", "c"]])
    func `wait reports a cause two steps away, once, and again when it changes`(
      command: [String]
    ) async throws {
      try await queue.succeed("enqueue", "--id", "a", "--queue", "mail", "true")
      try await queue.succeed("enqueue", "--id", "b", "--after", "a", "true")
      try await queue.succeed("enqueue", "--id", "c", "--after", "b", "true")
      try await queue.succeed("queue", "limit", "mail", "0")
      let workers = try await queue.startWorkers()
      let wait = try queue.start(program: Binary.path, ["queuectl"] + command)
      try await wait.line(
        containing: #"job "c" waits for "a": its queue "mail" has a limit of 0"#)
      try await queue.succeed("queue", "pause", "mail")
      try await wait.line(
        containing: #"job "c" waits for "a": its queue "mail" is paused: "queuectl"#)
      let cancelled = try await queue.run("cancel", "a")
      #expect(
        cancelled.errors.contains(
          #"job "b" waits for the success of "a"; to run that again: "queuectl retry a""#),
        "\(cancelled)")
      try await wait.line(
        containing: #"job "c" waits for "b": it waits for the success of "a", which is cancelled"#)
      try await queue.succeed("queue", "resume", "mail")
      try await queue.succeed("queue", "limit", "mail", "none")
      try await queue.succeed("retry", "a")
      #expect(try await wait.exit() == 0, "\(wait.transcript.text)")
      #expect(wait.transcript.text.components(separatedBy: "is cancelled").count == 2)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `wait reports that a new job's prerequisite can't succeed`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "dead", "--max-retries", "0", "false")
      try await queue.drain()
      let next = try await queue.run("enqueue", "--id", "next", "--after", "dead", "true")
      #expect(next.status == 0)
      #expect(next.output == "next\n")
      let cause = #"waits for the success of "dead", which is dead: "queuectl retry dead""#
      #expect(next.errors == "queuectl: job \"next\" \(cause)\n", "\(next)")
      let third = try await queue.run("enqueue", "--id", "third", "--after", "next", "true")
      #expect(
        third.errors == "queuectl: job \"third\" waits for \"next\": it \(cause)\n", "\(third)")
      let any = try await queue.run("enqueue", "--after-any", "dead", "true")
      #expect(any.errors == "", "\(any)")
    }

    @Test func `a batch that is enqueued again reports its jobs that wait for a dead one`()
      async throws
    {
      try queue.write(
        """
        {"id":"dump","command":"exit 1","max_retries":0}
        {"id":"copy","command":"true","after":"dump"}
        """, to: "chain.jsonl")
      try await queue.succeed("enqueue", "--file", "chain.jsonl")
      try await queue.drain()
      let again = ["enqueue", "--replace-ended", "--file", "chain.jsonl"]
      let refused = try await queue.run(again)
      #expect(refused.status == 1 && refused.errors.contains("is pending"), "\(refused)")
      #expect(
        refused.errors.contains(#"job "copy" waits for the success of "dump", which is dead"#),
        "\(refused)")
      let kept = try await queue.run(again + ["--if-absent"])
      #expect(kept.status == 0 && kept.output == "dump\ncopy\n", "\(kept)")
      #expect(kept.errors.contains(#"job "copy" waits for the success of "dump."#), "\(kept)")
      #expect(kept.errors.components(separatedBy: "waits for").count == 2, "\(kept)")
    }

    @Test func `inside a job, waiting for that job itself is refused or reported`()
      async throws
    {
      try await queue.succeed(
        "enqueue", "--id", "outer", "--max-retries", "0",
        """
        PATH=\(try Binary.directory(in: queue.path)):$PATH
        queuectl wait outer; echo "status $?"
        queuectl wait --all; echo "all $?"
        queuectl enqueue --id inner true; queuectl wait inner --timeout 2s; echo "inner $?"
        queuectl worker stop; echo "stop $?"
        """)
      let workers = try await queue.startWorkers()
      #expect(try await workers.exit() == 0)
      let log = try await queue.succeed("logs", "outer")
      for line in [
        #"queuectl: Job "outer" can't wait for itself to end."#, "status 64", "all 0",
        #"job "inner" waits: w1, the only worker for it, is busy with the job that runs"#,
        "inner 124", #"w1: it stops when "outer", the job that runs this command"#, "stop 0",
      ] { #expect(log.contains(line), "no \(line) in: \(log)") }
      #expect(try await queue.job("outer").state == "completed")
    }

    @Test func `a run that waits for a job behind its own queue limit gets a report`() async throws
    {
      try await queue.succeed("queue", "limit", "mail", "1")
      try await queue.succeed(
        "enqueue", "--id", "outer", "--queue", "mail", "--max-retries", "0",
        """
        PATH=\(try Binary.directory(in: queue.path)):$PATH
        queuectl enqueue --id inner --queue mail true
        queuectl wait inner --timeout 2s; echo "inner $?"
        timeout 2 queuectl enqueue --id second --queue mail --wait true; echo "second $?"
        """)
      let workers = try await queue.startWorkers("--count", "2", "--drain")
      #expect(try await workers.exit() == 0)
      let log = try await queue.succeed("logs", "outer")
      for id in ["inner", "second"] {
        #expect(
          log.contains(#"job "\#(id)" waits: its queue "mail" runs 1 job at a time: "outer""#),
          "\(log)")
      }
      #expect(log.contains("inner 124"), "\(log)")
    }

    @Test(.needsSqlite)
    func `a worker whose heartbeat was blocked isn't evicted`() async throws {
      try await queue.succeed("config", "set", "lease", "6s")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job1", held.command)
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      let wait = try queue.start("wait", "job1")
      // Longer than the lease.
      try await queue.shell(
        "(echo 'BEGIN IMMEDIATE;'; sleep 9; echo 'COMMIT;') | sqlite3 -cmd '.timeout 60000' "
          + "'\(queue.database)'"
      ).expectSuccess()
      held.release()
      #expect(try await wait.exit() == 0, "\(wait.transcript.text)")
      let job = try await queue.job("job1")
      #expect(job.state == "completed")
      #expect(held.isQuiet, "it was begun again")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      try await workers.closed()
      #expect(!workers.transcript.text.contains("was evicted as"))
    }

    @Test func `wait continues through retries, and wakes up when the job ends`() async throws {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "job1", "\(held.command); test $QUEUECTL_ATTEMPT = 2")
      let workers = try await queue.startWorkers()
      let wait = try queue.start("wait", "job1")
      _ = try await held.nextStart()
      held.release()
      _ = try await held.nextStart()
      #expect(try await !Processes.ends(wait.pid, within: .zero), "it waits for the retry")
      held.release()
      #expect(try await wait.exit(atMost: .seconds(30)) == 0)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `--all waits for unfinished jobs, --timeout gives up`() async throws {
      let held = try HeldJobs(queue)
      for id in ["a", "b"] {
        try await queue.succeed("enqueue", "--id", id, "--max-retries", "0", held.command)
      }
      let workers = try await queue.startWorkers("--count", "2")
      for _ in 1...2 { _ = try await held.nextStart() }
      let late = try await queue.run("wait", "--all", "--timeout", "20ms")
      #expect(late.status == 124, "\(late)")
      #expect(late.errors.contains("2 jobs are still unfinished after --timeout 20ms"), "\(late)")
      let wait = try queue.start("wait", "--all")
      held.release(2)
      #expect(try await wait.exit() == 0)
      #expect(try await queue.run("wait", "--all").status == 0)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `invalid arguments are refused`() async throws {
      #expect(try await queue.run("wait").status == 64)
      #expect(try await queue.run("wait", "x", "--all").status == 64)
      #expect(try await queue.run("wait", "--all", "--timeout", "soon").status == 64)
      try await queue.succeed("enqueue", "true")
      let unknown = try await queue.run("wait", "nosuchjob")
      #expect(unknown.status == 127, "\(unknown)")
      #expect(unknown.errors.contains(#"no job is called "nosuchjob""#), "\(unknown)")
    }

    @Test func `a job reports its progress`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "job1",
        "'\(Binary.path)' progress 40% \"$(printf 'epoch 5\\033[31m')\" && \(held.command)")
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      let job = try await queue.job("job1")
      #expect(job.progress == 40)
      #expect(job.message == "epoch 5\u{1B}[31m")
      for command in ["list", "show"] {
        let result = try await queue.run([command] + (command == "show" ? ["job1"] : []))
        #expect(result.output.contains("40% epoch 5"), "\(result)")
        #expect(!result.output.contains("\u{1B}"), "\(result)")
      }
      held.release()
      try await workers.line(containing: "job1 completed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `only a live run can report progress`() async throws {
      try await queue.succeed("enqueue", "--id", "job1", "true")
      let outside = try await queue.run("progress", "40")
      #expect(outside.status == 1, "\(outside)")
      #expect(outside.errors.contains("QUEUECTL_RUN_ID isn't set"), "\(outside)")
      let stranger = try await queue.run(
        "progress", "40", adding: ["QUEUECTL_RUN_ID": "nowhere-1", "QUEUECTL_JOB_ID": "job1"])
      #expect(stranger.status == 1, "\(stranger)")
      #expect(stranger.errors.contains(#"this run of job "job1" has ended"#), "\(stranger)")
      for percent in ["101", "many", "nan"] {
        let wrong = try await queue.run("progress", percent, adding: ["QUEUECTL_RUN_ID": "x-1"])
        #expect(wrong.status == 64, "\(wrong)")
        #expect(wrong.errors.contains("progress must be a number from 0 to 100"), "\(wrong)")
      }
      #expect(try await queue.job("job1").progress == nil)
    }
  }
}
