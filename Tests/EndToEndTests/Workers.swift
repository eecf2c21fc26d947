import Foundation
import Testing

extension EndToEnd {
  /// `worker start` and its processes.
  @Suite struct Workers {
    let queue = TestQueue.current

    @Test func `workers run jobs in parallel, one each`() async throws {
      let held = try HeldJobs(queue)
      for number in 1...4 { try await queue.succeed("enqueue", "--id", "j\(number)", held.command) }
      let workers = try await queue.startWorkers("--count", "3")
      let starts = [
        try await held.nextStart(), try await held.nextStart(), try await held.nextStart(),
      ]
      #expect(Set(starts.map(\.id)) == ["j1", "j2", "j3"])
      #expect(Set(starts.map(\.worker)).count == 3)
      #expect(!starts.map(\.worker).contains(workers.pid), "the supervisor runs no jobs")
      #expect(try await queue.counts()["processing"] == 3)
      #expect(held.isQuiet)
      held.release()
      #expect(try await held.nextStart().id == "j4")
      held.release(3)
      for number in 1...4 { try await workers.line(containing: "j\(number) completed") }
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a worker that dies before any is ready is replaced once another is ready`()
      async throws
    {
      try await queue.succeed("config", "set", "max-retries", "0")
      // Writers queue on this directory, which is locked.
      let line = open(queue.database + ".d", O_RDONLY | O_CLOEXEC)
      defer { close(line) }
      #expect(flock(line, LOCK_EX) == 0)
      let workers = try queue.start("worker", "start", "--count", "2")
      let deadline = ContinuousClock.now + Patience.usual
      var members: [pid_t] = []
      // Blocked workers can be found only by their lock request.
      while members.count < 2 {
        try #require(ContinuousClock.now < deadline)
        await Task.yield()
        members = Leftovers.find(queue.path).map(\.pid).filter { $0 != workers.pid }
      }
      try await Processes.killHard(members[0])
      // The supervisor sees its death before another one is ready.
      while kill(members[0], 0) == 0 { await Task.yield() }
      flock(line, LOCK_UN)
      try await workers.line(containing: "2 workers ready")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a line is printed for each event`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "1", "echo oops; exit 3")
      let result = try await queue.run("worker", "start", "--drain")
      #expect(result.status == 0)
      #expect(result.errors == "", "\(result)")
      let words = [
        "1 worker ready", "job started, attempt 1 of 2: echo oops; exit 3",
        "job failed after", "exit status 3: oops; retry 1 of 1 in 0.10s",
        "job started, attempt 2 of 2", "no retry is left: dead",
      ]
      for text in words { #expect(result.output.contains(text), "no \(text) in \(result)") }
      let time = try Regex(#"^\d\d:\d\d:\d\d (supervisor|w\d+) "#)
      #expect(result.lines.allSatisfy { $0.contains(time) }, "\(result)")
    }

    @Test func `--drain ends at once when nothing is left`() async throws {
      try await queue.drain(count: 3)
      try await queue.succeed("enqueue", "true")
      try await queue.drain(count: 3)
      #expect(try await queue.counts()["completed"] == 1)
    }

    @Test func `--drain waits for jobs that other workers run`() async throws {
      try await queue.succeed("config", "set", "max-retries", "0")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let first = try await queue.startWorkers()
      _ = try await held.nextStart()
      let draining = try await queue.startWorkers("--drain")
      #expect(try await queue.workers().map(\.state).sorted() == ["busy", "idle"])
      held.release()
      #expect(try await draining.exit() == 0)
      first.signal(SIGTERM)
      #expect(try await first.exit() == 0)
    }

    @Test func `workers of some queues don't run jobs of other queues`() async throws {
      for name in ["mail", "images", "default"] {
        try await queue.succeed("enqueue", "--id", name, "--queue", name, "true")
      }
      try await queue.succeed("worker", "start", "--drain", "--queue", "mail", "--queue", "images")
      #expect(try await queue.jobs("--state", "completed").map(\.id) == ["images", "mail"])
      #expect(try await queue.jobs("--state", "pending").map(\.id) == ["default"])
    }

    @Test func `a parent that ignores SIGCHLD does no harm`() async throws {
      try await queue.succeed("enqueue", "--id", "job1", "true")
      let result = try await queue.shell(
        "exec env --ignore-signal=CHLD queuectl worker start --drain")
      #expect(result.status == 0, "\(result)")
      #expect(try await queue.job("job1").state == "completed")
    }

    @Test func `an idle worker is woken by an enqueue`() async throws {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      let workers = try await queue.startWorkers()
      let before = ContinuousClock.now
      for number in 1...5 {
        try await queue.succeed("enqueue", "--id", "j\(number)", "true")
        try await workers.line(containing: "j\(number) completed")
      }
      // Without the wake-up its next heartbeat would find each job 5 seconds later.
      #expect(ContinuousClock.now - before < .seconds(15))
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test
    func `FAULT 11: --detach returns when the workers are ready, and they outlive the terminal`()
      async throws
    {
      let screen = try await queue.screen("worker", "start", "--count", "2", "--detach")
      #expect(screen.hasPrefix("2 workers started in the background (pid "), "\(screen)")
      #expect(try await queue.workers().map(\.state) == ["idle", "idle"])
      let pid = try #require(
        pid_t(screen.split(separator: "pid ").last?.prefix { $0.isNumber } ?? ""), "\(screen)")
      kill(pid, SIGHUP)
      for worker in try await queue.workers() { kill(worker.pid, SIGHUP) }
      try await queue.succeed("enqueue", "--id", "job", "true")
      try await queue.succeed("worker", "start", "--drain")
      #expect(try await queue.job("job").state == "completed")
      #expect(try await queue.workers().count == 2)
      #expect(try await queue.succeed("worker", "stop") == "2 workers stopped\n")
      #expect(try await Processes.ends(pid, within: Patience.usual))
      let log = try #require(
        screen.split(separator: "logging to ").last?.split(separator: "\n").first)
      let text = String(decoding: try FileContents.read(String(log)), as: UTF8.self)
      #expect(text.contains("2 workers ready"), "\(text)")
    }

    @Test func `lines in workers.log have dates, and at its limit it becomes workers.log.1`()
      async throws
    {
      let log = queue.database + ".d/workers.log"
      try await queue.succeed("worker", "start", "-d")
      try await queue.succeed("enqueue", "--id", "first", "true")
      try await queue.succeed("wait", "first")
      let dated = try Regex(#"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (supervisor|w\d+) "#)
      let lines = try queue.lines(of: "data/queue.db.d/workers.log")
      #expect(!lines.isEmpty && lines.allSatisfy { $0.contains(dated) }, "\(lines)")

      try #require(truncate(log, 11 << 20) == 0)
      var number = 0
      let deadline = ContinuousClock.now + Patience.usual
      // The size is checked once a second while lines are written.
      while access(log + ".1", F_OK) != 0 {
        try #require(ContinuousClock.now < deadline)
        number += 1
        try await queue.succeed("enqueue", "--id", "job\(number)", "true")
        try await queue.succeed("wait", "job\(number)")
      }
      try await queue.succeed("worker", "stop")
      let rest = try queue.lines(of: "data/queue.db.d/workers.log")
      #expect(rest.contains { $0.contains("stopping: takes no more jobs") }, "\(rest)")
    }

    @Test func `the last line of --drain reports dead and stuck jobs`() async throws {
      let clean = try await queue.run("worker", "start", "--drain", "--fail-if-dead")
      #expect(clean.status == 0 && !clean.output.contains("drained"), "\(clean)")
      try await queue.succeed("enqueue", "--id", "bad", "--max-retries", "0", "false")
      try await queue.succeed("enqueue", "--id", "next", "--after", "bad", "true")
      let drain = try await queue.run("worker", "start", "--drain", "--queue", "default")
      #expect(drain.status == 0, "\(drain)")
      let last = try #require(drain.lines.last)
      #expect(
        last.hasSuffix(
          "drained: 1 job is dead (queuectl dlq list), 1 job waits for jobs that didn't succeed "
            + "(queuectl explain next)"), "\(drain)")
      let strict = try await queue.run("worker", "start", "--drain", "--fail-if-dead")
      #expect(strict.status == 3, "\(strict)")
      let other = try await queue.run(
        "worker", "start", "--drain", "--fail-if-dead", "--queue", "mail")
      #expect(other.status == 0, "\(other)")
      for flags in [["--fail-if-dead"], ["--fail-if-dead", "--drain", "-d"]] {
        #expect(try await queue.run(["worker", "start"] + flags).status == 64)
      }
    }

    @Test func `detached workers restart with their options and environment`() async throws {
      let none = try await queue.run("worker", "restart")
      #expect(none.status == 1, "\(none)")
      let started = try await queue.run(
        "worker", "start", "-d", "--count", "2", "--queue", "mail", adding: ["MINE": "m"])
      #expect(started.status == 0, "\(started)")
      let before = try await queue.workers()
      let result = try await queue.run("worker", "restart")
      #expect(result.status == 0, "\(result)")
      #expect(result.lines.first == "2 workers stopped", "\(result)")
      #expect(result.lines.last?.hasPrefix("2 workers started again (pid ") == true, "\(result)")
      let after = try await queue.workers()
      #expect(after.map(\.state) == ["idle", "idle"] && after.count == before.count)
      #expect(Set(after.map(\.pid)).isDisjoint(with: before.map(\.pid)))
      try await queue.succeed(
        "enqueue", "--id", "job", "--queue", "mail", "echo $MINE > out")
      try await queue.succeed("wait", "job")
      #expect(try queue.lines(of: "out") == ["m"])
      try await queue.succeed("enqueue", "--id", "other", "true")
      #expect(try await queue.succeed("explain", "other").contains("no worker serves its queue"))
      try await queue.succeed("worker", "stop")
      let stopped = try await queue.run("worker", "restart")
      #expect(stopped.status == 1, "\(stopped)")
      #expect(stopped.errors.contains("no detached workers run"), "\(stopped)")
    }

    @Test func `a restart outlives its terminal, and ^C tells how to start the workers`()
      async throws
    {
      try await queue.succeed("worker", "start", "-d", "--queue", "mail")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "a", "--queue", "mail", held.command)
      _ = try await held.nextStart()
      let lost = try queue.start("worker", "restart")
      try await lost.line(containing: "waiting for")
      lost.signal(SIGHUP)
      held.release(1)
      #expect(try await lost.exit() == 0)
      #expect(try await queue.workers().map(\.state) == ["idle"])

      try await queue.succeed("enqueue", "--id", "b", "--queue", "mail", held.command)
      _ = try await held.nextStart()
      let ended = try queue.start("worker", "restart")
      try await ended.line(containing: "waiting for")
      ended.signal(SIGINT)
      let advice = "worker start --count 1 --db \(queue.database) --queue mail --detach"
      try await ended.line(containing: advice)
      #expect(try await ended.exit() == 128 + SIGINT)
      held.release(1)
      try await queue.succeed("wait", "b")
      try await queue.succeed("worker", "stop")
    }

    @Test func `workers in the foreground aren't restarted from elsewhere`() async throws {
      let workers = try await queue.startWorkers()
      let result = try await queue.run("worker", "restart")
      #expect(result.status == 1 && result.output == "", "\(result)")
      #expect(result.errors.contains("weren't started with --detach"), "\(result)")
      #expect(try await queue.workers().map(\.state) == ["idle"])
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `-d is --detach, and its outputs are closed`() async throws {
      let started = try queue.start("worker", "start", "-d")
      #expect(try await started.exit() == 0)
      try await started.closed()
      #expect(try await queue.succeed("worker", "stop") == "1 worker stopped\n")
    }

    @Test func `background workers that find no job have still started`()
      async throws
    {
      for _ in 0..<10 {
        let result = try await queue.run("worker", "start", "-d", "--drain", "--count", "3")
        #expect(result.status == 0, "\(result)")
      }
    }

    @Test func `a worker process can't be started by hand`() async throws {
      let result = try await queue.run("worker", "run")
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains("queuectl worker start"), "\(result)")
    }

    @Test func `an unwritable directory is named`() async throws {
      try queue.write("", to: "file")
      let result = try await queue.run(
        "worker", "start", "--drain", adding: ["QUEUECTL_DB": queue.file("file/queue.db")])
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains(queue.file("file")), "\(result)")
      #expect(result.errors.contains("Not a directory"), "\(result)")
      #expect(!result.errors.contains(".new-"), "\(result)")
    }
  }
}
