import Foundation
import Testing

extension EndToEnd {
  /// `enqueue --wait`.
  @Suite struct Attached {
    let queue = TestQueue.current

    @Test(arguments: [
      ("echo out; echo err >&2", 0, "out\nerr\n"), ("printf part; exit 3", 3, "part"),
      ("kill -9 $$", 137, ""), ("exit 0", 0, ""),
    ])
    func `the command prints the job's output and exits with its status`(
      command: String, status: Int, output: String
    ) async throws {
      let workers = try await queue.startWorkers()
      let result = try await queue.run("enqueue", "--wait", "--max-retries", "0", command)
      #expect(result.status == status, "\(result)")
      #expect(result.output == output, "\(result)")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `retries are shown, and the last one decides the status`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      let workers = try await queue.startWorkers()
      let result = try await queue.run(
        "enqueue", "--wait", "echo try $QUEUECTL_ATTEMPT; test $QUEUECTL_ATTEMPT = 2")
      #expect(result.status == 0 && result.output == "try 1\ntry 2\n", "\(result)")
      #expect(
        result.errors.contains(
          /^queuectl: attempt 1 of 4: exit status 1: try 1; next run in [0-9.]+m?s\n$/),
        "\(result)")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `^C cancels the job`() async throws {
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers()
      let terminal = try Terminal()
      let attached = try queue.start(
        "enqueue", "--id", "job1", "--wait", "echo begun; \(held.command)", on: terminal)
      try await terminal.shows("begun")
      let start = try await held.nextStart()
      terminal.type("\u{3}")
      #expect(try await attached.exit() == 130)
      #expect(try await Processes.ends(start.pid, within: .zero), "the job still runs")
      #expect(try await queue.job("job1").state == "cancelled")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(.needs(program: "strace"))
    func `a TERM before the commit is durable cancels the job, too`() async throws {
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers()
      // The job starts while its command waits for the disk.
      let traced = try queue.start(
        program: "/usr/bin/strace",
        [
          "strace", "-qq", "-o", queue.file("trace"), "-e", "trace=fdatasync",
          "-e", "inject=fdatasync:delay_enter=2s:when=1", Binary.path, "enqueue", "--id", "job1",
          "--wait", held.command,
        ])
      _ = try await held.nextStart()
      let children = try String(
        contentsOfFile: "/proc/\(traced.pid)/task/\(traced.pid)/children", encoding: .utf8)
      let command = try #require(pid_t(children.trimmingCharacters(in: .whitespaces)))
      kill(command, SIGTERM)
      #expect(try await traced.exit() == 130)
      #expect(try await queue.job("job1").state == "cancelled")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a second TERM detaches from the job`() async throws {
      try await queue.succeed("config", "set", "kill-grace", "1h")
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers()
      let attached = try queue.start(
        "enqueue", "--id", "job1", "--wait",
        "trap 'echo asked; trap \"\" TERM' TERM; \(held.announcement); while :; do \(held.wait); "
          + "done"
      )
      let start = try await held.nextStart()
      attached.signal(SIGTERM)
      try await attached.line(containing: "asked")
      try await attached.line(
        containing:
          #"waiting for job "job1" to end; KILL after kill-grace; ^C again detaches"#)
      attached.signal(SIGTERM)
      #expect(try await attached.exit() == -Int(SIGTERM))
      #expect(try await queue.job("job1").state == "processing")
      kill(start.pid, SIGKILL)
      try await workers.line(containing: "job1 cancelled")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `an existing job is shown, and ^C leaves it running`() async throws {
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers()
      try await queue.succeed("enqueue", "--id", "job1", "--unique", "key", held.command)
      let start = try await held.nextStart()
      let terminal = try Terminal()
      let attached = try queue.start(
        "enqueue", "--wait", "--if-absent", "--unique", "key", "echo mine", on: terminal)
      try await terminal.shows("job \"job1\" already exists")
      terminal.type("\u{3}")
      #expect(try await attached.exit() == -Int(SIGINT))
      #expect(try await queue.job("job1").state == "processing")
      held.release()
      try await workers.line(containing: "job1 completed")
      #expect(try await Processes.ends(start.pid, within: Patience.usual))
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(arguments: [
      (["--cwd", "/nowhere", "true"], 127, "can't enter the directory /nowhere"),
      (["--timeout", "100ms", "sleep 100"], 124, "timed out after 100ms"),
      (["kill -9 $$"], 137, "killed by signal 9"),
    ])
    func `a run without output of its own is reported`(
      words: [String], status: Int, reason: String
    ) async throws {
      let workers = try await queue.startWorkers()
      let result = try await queue.run(
        ["enqueue", "--id", "job1", "--wait", "--max-retries", "0"] + words)
      #expect(result.status == status, "\(result)")
      #expect(result.errors.hasPrefix("queuectl: job \"job1\" is dead: \(reason)"), "\(result)")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `the reason why the job isn't running is shown`() async throws {
      try await queue.succeed("queue", "pause", "held")
      let workers = try await queue.startWorkers()
      let commands = [
        ["enqueue", "--id", "job1", "--queue", "held", "--wait", "true"], ["wait", "job1"],
      ]
      for command in commands {
        let waiting = try queue.start(program: Binary.path, ["queuectl"] + command)
        try await waiting.line(
          containing: "job \"job1\" waits: its queue \"held\" is paused: \"queuectl queue resume "
            + "held\"")
        waiting.signal(SIGKILL)
        _ = try await waiting.exit()
      }
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `it takes a single job only`() async throws {
      #expect(try await queue.run("enqueue", "--wait", "-", input: "{}\n").status == 64)
      let array = #"[{"command":"true"},{"command":"true"}]"#
      #expect(try await queue.run("enqueue", "--wait", array).status == 64)
      #expect(try await queue.jobs().isEmpty, "nothing was stored")
    }
  }
}
