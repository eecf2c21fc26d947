import Foundation
import Testing

extension EndToEnd {
  /// `queuectl top` in use: its keys change the queue.
  @Suite struct Top {
    let queue = TestQueue.current

    private func enqueueDead(_ ids: String...) async throws { try await enqueueDead(ids) }

    private func enqueueDead(_ ids: [String]) async throws {
      for id in ids {
        try await queue.succeed("enqueue", "--id", id, "--max-retries", "0", "exit 3")
      }
      try await queue.drain()
    }

    @Test func `a dead job is retried from the screen`() async throws {
      try await enqueueDead("broken")
      let top = try TopScreen(queue)
      try await top.type("4", thenShows: "[4 DEAD 1]")
      try await top.shows("x broken")
      try await top.type("r", thenShows: "Retry dead job broken?")
      try await top.type("\r", thenShows: "nothing was done")
      #expect(try await queue.job("broken").state == "dead")
      try await top.type("r", thenShows: "Retry dead job broken?")
      try await top.type("y", thenShows: "retried 1 job")
      #expect(try await top.quit() == 0)
      let job = try await queue.job("broken")
      #expect(job.state == "pending")
      #expect(job.attempts == 0)
    }

    @Test func `a job retried elsewhere is skipped, and that is reported`() async throws {
      try await enqueueDead("one", "two")
      let top = try TopScreen(queue)
      try await top.type("4", thenShows: "[4 DEAD 2]")
      try await top.shows("x two")
      try await top.type("  r", thenShows: "Retry 2 marked dead jobs?")
      try await queue.succeed("dlq", "retry", "one")
      try await top.type("y", thenShows: "skipped 1")
      try await top.shows("retried 1 job,")
      #expect(try await top.quit() == 0)
      #expect(try await queue.counts()["pending"] == 2)
    }

    @Test func `many jobs are retried when their number is typed`() async throws {
      try await enqueueDead((1...20).map { "job\($0)" })
      let top = try TopScreen(queue)
      try await top.shows("[4 DEAD 20]")
      try await top.type("R", thenShows: "Retry ALL 20 dead jobs?")
      try await top.type("2", thenShows: "go on: 2")
      try await top.type("\r", thenShows: "Wrong number.")
      try await top.type("20", thenShows: "go on: 20")
      try await top.type("\r", thenShows: "retried 20 jobs")
      #expect(try await top.quit() == 0)
      #expect(try await queue.counts()["pending"] == 20)
    }

    @Test func `dead jobs are discarded and waiting ones cancelled from the screen`() async throws {
      try await enqueueDead("broken")
      try await queue.succeed("enqueue", "--id", "waiting", "--delay", "1h", "true")
      let top = try TopScreen(queue)
      try await top.shows("x broken")
      try await top.type("2", thenShows: ". waiting")
      try await top.type("x", thenShows: "Cancel pending job waiting?")
      try await top.type("y", thenShows: "cancelled 1 job")
      try await top.type("4", thenShows: "x broken")
      try await top.type("d", thenShows: "Discard dead job broken?")
      try await top.type("y", thenShows: "discarded 1 job")
      #expect(try await top.quit() == 0)
      #expect(try await queue.jobs().map(\.id) == ["waiting"])
      #expect(try await queue.job("waiting").state == "cancelled")
    }

    @Test func `a job's log is followed while it runs`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "talker", "echo first words; \(held.command); echo last words")
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      let top = try TopScreen(queue)
      try await top.shows("R talker")
      try await top.type("\r", thenShows: "first words")
      try await top.shows(" FOLLOW ")
      held.release()
      try await top.shows("last words")
      try await top.shows("completed")
      try await top.type("\u{1B}", thenShows: "WORKERS 1 up")
      #expect(try await top.quit() == 0)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a job's output is shown at once, even if nothing else happens in the queue`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "talker",
        "\(held.command); echo first words; \(held.wait); echo more words; \(held.wait)")
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      let top = try TopScreen(queue, "--delay", "1h")
      try await top.shows("R talker")
      try await top.type("\r", thenShows: "no output yet")
      held.release()
      try await top.shows("first words")
      held.release()
      try await top.shows("more words")
      try await top.type("q", thenShows: "WORKERS 1 up")
      #expect(try await top.quit() == 0)
      held.release()
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a long log can be read and searched from end to end`() async throws {
      try await queue.succeed("enqueue", "--id", "long", "seq -f 'row %.0f of many' 200000")
      try await queue.drain()
      let top = try TopScreen(queue)
      try await top.type("6", thenShows: "long")
      try await top.type("\r", thenShows: "row 200000 of many")
      try await top.type("g", thenShows: " row 1 of many")
      try await top.type("/ROW 77777\r", thenShows: ">row 77777 of many")
      try await top.type("n", thenShows: "search continued from the start")
      try await top.type("\u{1B}", thenShows: "[6 ")
      #expect(try await top.quit() == 0)
    }

    @Test func `a search in an empty log finds nothing, and the screen continues`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "silent", "true")
      try await queue.drain()
      let top = try TopScreen(queue)
      try await top.type("6", thenShows: "silent")
      try await top.type("\r", thenShows: "no output")
      try await top.type("/x\r", thenShows: "\"x\" isn't in this log")
      try await top.type("nN\u{1B}", thenShows: "[6 ")
      #expect(try await top.quit() == 0)
    }

    @Test func `dead jobs are shown and retried by error group`() async throws {
      for (id, words) in [("a", "order 1 lost"), ("b", "order 22 lost"), ("c", "no disk")] {
        try await queue.succeed(
          "enqueue", "--id", id, "--max-retries", "0", "echo \(words); exit 1")
      }
      try await queue.drain()
      let top = try TopScreen(queue)
      try await top.type("e", thenShows: "ERROR GROUPS 2")
      try await top.shows(">       2 1")
      try await top.type("r", thenShows: "Retry ALL 2 dead jobs")
      try await top.type("y", thenShows: "retried 2 jobs")
      try await top.type("q", thenShows: "WORKERS none")
      #expect(try await top.quit() == 0)
      #expect(try await queue.counts()["pending"] == 2)
    }

    @Test func `a queue is paused and resumed from the screen`() async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "--queue", "mail", "true")
      let top = try TopScreen(queue)
      try await top.shows(". waiting")
      try await top.type("P", thenShows: "Pause queue mail?")
      try await top.type("y", thenShows: "queue mail PAUSED")
      #expect(try await queue.succeed("queue", "list").contains("paused"))
      try await top.type("P", thenShows: "Resume queue mail?")
      try await top.type("y", thenShows: "resumed queue mail")
      #expect(try await top.quit() == 0)
      #expect(try await queue.succeed("queue", "list").contains("paused") == false)
    }

    @Test func `a job is described in full, beginning with why it isn't running`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "waiting", "--queue", "mail", "--env", "TOKEN=secret", "true")
      try await queue.succeed("queue", "pause", "mail")
      let top = try TopScreen(queue)
      try await top.shows(". waiting")
      try await top.type("i", thenShows: "$ queuectl queue resume mail")
      try await top.shows("explain      its queue \"mail\" is paused")
      try await top.shows("TOKEN=***")
      try await queue.succeed("queue", "resume", "mail")
      try await top.shows("explain      no worker runs")
      try await top.type("q", thenShows: "WORKERS none")
      #expect(try await top.quit() == 0)
      #expect(!top.sent.contains("secret"))
    }

    @Test func `a worker is stopped from the screen`() async throws {
      let workers = try await queue.startWorkers()
      let top = try TopScreen(queue)
      try await top.shows("WORKERS 1 up")
      try await top.type("\t", thenShows: "s Stop")
      try await top.type("s", thenShows: "Stop worker w1 (pid ")
      try await top.type("y", thenShows: "stop requested")
      #expect(try await workers.exit() == 0)
      try await top.shows("WORKERS none")
      #expect(try await top.quit() == 0)
    }

    @Test func `read-only, by flag or environment, changes nothing`() async throws {
      try await enqueueDead("broken")
      for (arguments, variables) in [
        (["--readonly"], [:]), ([], ["QUEUECTL_READONLY": "1"]),
      ] as [([String], [String: String?])] {
        let top =
          try arguments.isEmpty
          ? TopScreen(queue, adding: variables) : TopScreen(queue, "--readonly")
        try await top.shows("read-only")
        try await top.type("4", thenShows: "x broken")
        try await top.type("r", thenShows: "nothing can be changed here")
        #expect(try await top.quit() == 0)
      }
      #expect(try await queue.job("broken").state == "dead")
    }

    @Test func `a missing queue is awaited`() async throws {
      let top = try TopScreen(queue)
      try await top.shows("No queue exists yet (from QUEUECTL_DB) at")
      try await queue.succeed("enqueue", "--id", "first", "true")
      try await top.shows("first")
      #expect(try await top.quit() == 0)
    }

    @Test func `a replaced queue is shown at once`() async throws {
      try await queue.succeed("enqueue", "--id", "old", "true")
      let top = try TopScreen(queue)
      try await top.shows("old")
      for suffix in ["", "-wal", "-shm"] { unlink(queue.database + suffix) }
      try await queue.succeed("enqueue", "--id", "fresh", "true")
      try await top.shows("fresh")
      #expect(try await top.quit() == 0)
    }

    @Test func `a locked database is shown as busy, and the keys still work`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let top = try TopScreen(queue)
      try await top.shows("waiting")
      var readers = try ReaderLocks(of: queue.database)
      try await top.shows("db busy ")
      try await top.shows("STALE ")
      try await top.shows(". waiting")
      try await top.type("?", thenShows: "follow the newest row")
      try await top.type("q4", thenShows: "[4 DEAD")
      readers.release()
      try await top.shows("every 1s")
      readers = try ReaderLocks(of: queue.database)
      try await top.shows("db busy ")
      #expect(try await top.quit() == 0)
      readers.release()
    }

    @Test(.needsSqlite)
    func `while the database is locked, q waits for the confirmed action, and a second q exits`()
      async throws
    {
      try await enqueueDead("broken")
      let top = try TopScreen(queue)
      try await top.type("4", thenShows: "x broken")
      try await top.type("r", thenShows: "Retry dead job broken?")
      mkfifo(queue.file("gate"), 0o600)
      let holder = try queue.startShell(
        "(echo 'BEGIN IMMEDIATE;'; echo \"SELECT 'held';\"; cat gate) | sqlite3 "
          + "'\(queue.database)'")
      try await holder.line(containing: "held")
      top.terminal.type("y")
      try await top.type("q", thenShows: "finishing confirmed actions; q again leaves at once")
      #expect(try await top.quit() == 0)
      #expect(top.sent.contains("queuectl: left before all actions had finished"))
      try FileContents.write("", to: queue.file("gate"))
      try await holder.exit()
      #expect(try await queue.job("broken").state == "dead")
    }

    @Test(.needsSqlite)
    func `a migration to a newer version is detected, and then nothing is changed`()
      async throws
    {
      try await enqueueDead("broken")
      let top = try TopScreen(queue)
      try await top.type("4", thenShows: "x broken")
      try await queue.sqlite(queue.database, "PRAGMA user_version = 999")
      try await top.shows("the queue was written by a newer queuectl")
      top.terminal.type("ry")
      #expect(try await top.quit() == 0)
      #expect(!top.sent.contains("Retry dead job broken?"))
    }

    @Test func `a click on a tab shows it, if the mouse is enabled`() async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let top = try TopScreen(queue)
      try await top.shows("[2 Pend 1]")
      try await top.type("m", thenShows: "the mouse is on")
      try await top.type("\u{1B}[<0;14;6M\u{1B}[<0;14;6m", thenShows: "[1 Proc 0]")
      #expect(try await top.quit() == 0)
      #expect(top.sent.contains("\u{1B}[?1006h") && top.sent.contains("\u{1B}[?1006l"))
    }

    @Test func `choices are kept by W alone, and a damaged file is told and ignored`() async throws
    {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let home = queue.file("config")
      let first = try TopScreen(queue, adding: ["XDG_CONFIG_HOME": home])
      try await first.type("7", thenShows: "[7 Queues]")
      try await first.type("m", thenShows: "the mouse is on")
      #expect(!FileManager.default.fileExists(atPath: home))
      try await first.type("W", thenShows: "saved in ")
      #expect(try await first.quit() == 0)
      let second = try TopScreen(queue, adding: ["XDG_CONFIG_HOME": home])
      try await second.shows("[7 Queues]")
      #expect(try await second.quit() == 0)
      try queue.write("{\"tab\":\"ded\"}", to: "config/queuectl/top.json")
      let third = try TopScreen(queue, adding: ["XDG_CONFIG_HOME": home])
      try await third.shows("[2 Pend 1]")
      #expect(try await third.quit() == 0)
      let fourth = try TopScreen(queue, adding: ["XDG_CONFIG_HOME": "/proc/none"])
      try await fourth.type("W", thenShows: "   can't write /proc/none/queuectl/top.json")
      #expect(try await fourth.quit() == 0)
      #expect(third.sent.contains("unknown tab"))
    }

    @Test func `a file that isn't a queue is reported as such`() async throws {
      try await queue.succeed("enqueue", "true")
      try queue.write("this is no database, but it is long enough to be looked at", to: "data/q")
      let top = try TopScreen(queue, "--db", queue.file("data/q"))
      try await top.shows("isn't")
      #expect(try await top.quit() == 0)
    }

    @Test func `hostile names reach the terminal sanitized`() async throws {
      let command = "echo '\u{1B}]0;owned\u{7}\u{1B}[2J\u{9B}31m\u{202E}'; exit 1"
      try await queue.succeed("enqueue", "--id", "evil", "--max-retries", "0", command)
      try await queue.drain()
      let top = try TopScreen(queue)
      try await top.shows("evil")
      try await top.shows("^[]0;owned^G")
      #expect(try await top.quit() == 0)
      #expect(!top.sent.contains("\u{1B}]0;"))
      #expect(!top.sent.contains("\u{202E}"))
      #expect(!top.sent.contains("\u{9B}"))
    }
  }
}
