import Foundation
import Testing

extension EndToEnd {
  /// `dlq`.
  @Suite struct DeadLetters {
    let queue = TestQueue.current

    /// Dead: a (status 1), b (status 2, of queue mail), c (127), and a completed job.
    private func fill() async throws {
      try await queue.succeed(
        "enqueue", "-", "--max-retries", "0",
        input: """
          {"id":"a","command":"echo first; exit 1"}
          {"id":"b","command":"exit 2","queue":"mail"}
          {"id":"c","command":"nosuchcommand"}
          {"id":"ok","command":"true"}
          """)
      try await queue.drain()
    }

    private func dead() async throws -> [String] {
      try JSON.decode([JobRecord].self, from: try await queue.succeed("dlq", "list", "--json")).map(
        \.id)
    }

    @Test func `the last line of a job that timed out is its output`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "slow", "--max-retries", "0", "--timeout", "300ms",
        "echo reading: batch 2; exec sleep 1000")
      try await queue.drain()
      let listed = try await queue.succeed("dlq", "list")
      #expect(listed.contains("  reading: batch 2\n"), "\(listed)")
      #expect(!listed.contains("fter"), "\(listed)")
    }

    @Test func `dlq list shows dead jobs with their reasons, newest first`() async throws {
      try await fill()
      let table = try await queue.run("dlq", "list")
      #expect(table.lines.count == 4, "\(table)")
      let rows = table.lines.map { $0.split(separator: " ").map(String.init) }
      #expect(rows[0] == ["ID", "QUEUE", "EXIT", "ATTEMPT", "DIED", "COMMAND", "LAST", "LINE"])
      #expect(rows.dropFirst().map { $0[2] } == ["127", "2", "1"], "\(table)")
      #expect(table.lines.last?.hasSuffix("  first") == true, "\(table)")
      #expect(table.lines[1].hasSuffix(": not found") == true, "\(table)")
      let objects = try JSON.objects(try await queue.succeed("dlq", "list", "--json"))
      #expect(objects.compactMap { $0["id"] as? String } == ["c", "b", "a"])
      for object in objects {
        #expect(Set(object.keys) == JobRecord.fields)
        #expect(object["state"] as? String == "dead")
      }
      #expect(try await queue.succeed("dlq", "list", "--exit", "127").contains("nosuchcommand"))
      #expect(try await queue.run("dlq", "list", "--search", "FIRST").lines.count == 2)
      #expect(try await queue.run("dlq", "list", "--limit", "1").lines.count == 2)
    }

    @Test func `the latest death comes first, whatever the order of enqueueing`() async throws {
      try await fill()
      try await queue.succeed("dlq", "retry", "a")
      try await queue.drain()
      #expect(try await dead() == ["a", "c", "b"])
      let none = try await queue.run("dlq", "list", "--exit", "99")
      #expect(none.errors == "queuectl: no matching dead jobs\n", "\(none)")
    }

    @Test func `an empty DLQ is reported`() async throws {
      try await queue.succeed("enqueue", "true")
      let table = try await queue.run("dlq", "list")
      #expect(table.status == 0 && table.output == "", "\(table)")
      #expect(table.errors.contains("no dead jobs"), "\(table)")
      #expect(try await queue.succeed("dlq", "list", "--json") == "[]\n")
      #expect(try await queue.succeed("dlq", "retry", "--all", "-y") == "retried 0 dead jobs\n")
    }

    @Test func `jobs are retried by id, all or none`() async throws {
      try await fill()
      #expect(try await queue.succeed("dlq", "retry", "a", "b") == "retried 2 dead jobs\n")
      #expect(try await dead() == ["c"])
      let jobs = try await queue.jobs("--state", "pending")
      #expect(jobs.map(\.attempts) == [0, 0])

      let missing = try await queue.run("dlq", "retry", "c", "nosuchjob")
      #expect(missing.status == 1, "\(missing)")
      #expect(missing.errors.contains(#"no job is called "nosuchjob""#), "\(missing)")
      let alive = try await queue.run("dlq", "retry", "c", "ok")
      #expect(alive.status == 1, "\(alive)")
      #expect(alive.errors.contains(#"job "ok" is completed, not dead"#), "\(alive)")
      #expect(try await dead() == ["c"], "all named or none")
      #expect(try await queue.succeed("dlq", "retry", "c", "c") == "retried 1 dead job\n")
    }

    @Test func `a generated id may be shortened while it is unambiguous`() async throws {
      let ids = try await queue.succeed(
        "enqueue", "-", "--max-retries", "0",
        input: "{\"command\":\"false\"}\n{\"command\":\"false\"}\n"
      ).split(separator: "\n").map(String.init)
      try #require(ids.count == 2)
      try await queue.drain()
      let common = String(zip(ids[0], ids[1]).prefix { $0 == $1 }.map(\.0))
      let both = try await queue.run("dlq", "retry", common)
      #expect(both.status == 1, "\(both)")
      #expect(try await dead().count == 2)
      let shortest = String(ids[0].prefix(common.count + 1))
      #expect(try await queue.succeed("dlq", "retry", shortest) == "retried 1 dead job\n")
      #expect(try await dead() == [ids[1]])
    }

    @Test func `--all retries what --search and --exit match, and --dry-run only lists`()
      async throws
    {
      try await fill()
      for verb in ["retry", "discard"] {
        let result = try await queue.run("dlq", verb, "--all")
        #expect(result.status == 64 && result.errors.contains("pass --yes"), "\(result)")
      }
      #expect(
        try await queue.succeed("dlq", "retry", "--all", "--dry-run").split(separator: "\n")
          .sorted()
          == ["  a", "  b", "  c", "would retry 3 dead jobs:"])
      #expect(
        try await queue.succeed("dlq", "retry", "a", "--dry-run")
          == "would retry 1 dead job:\n  a\n")
      #expect(try await dead().count == 3)
      #expect(
        try await queue.succeed("dlq", "retry", "--all", "--exit", "127", "-y")
          == "retried 1 dead job\n")
      #expect(try await dead() == ["b", "a"])
      #expect(
        try await queue.succeed("dlq", "retry", "--all", "--search", "first", "--yes")
          == "retried 1 dead job\n")
      #expect(try await dead() == ["b"])
      #expect(try await queue.succeed("dlq", "retry", "--all", "-y") == "retried 1 dead job\n")
      #expect(try await dead().isEmpty)
      #expect(try await queue.counts()["pending"] == 3)
    }

    @Test(arguments: [("n\r", 3, 1), ("\r", 3, 1), ("y\r", 0, 0)])
    func `--all asks on a terminal`(answer: String, left: Int, status: Int) async throws {
      try await fill()
      let terminal = try Terminal()
      let retry = try queue.start("dlq", "retry", "--all", on: terminal)
      try await terminal.shows("Retry 3 dead jobs? [y/N]")
      terminal.type(answer)
      #expect(try await retry.exit() == status)
      #expect(try await dead().count == left)
    }

    @Test func `dlq show shows a dead job, and no other`() async throws {
      try await fill()
      let sheet = try await queue.succeed("dlq", "show", "a")
      #expect(sheet.contains("exit status 1: first"), "\(sheet)")
      let object = try JSON.object(try await queue.succeed("dlq", "show", "a", "--json"))
      #expect(object["state"] as? String == "dead")
      let other = try await queue.run("dlq", "show", "ok")
      #expect(other.status == 1, "\(other)")
      #expect(other.errors.contains(#"job "ok" is completed, not dead"#), "\(other)")
    }

    @Test func `discarded jobs are removed with their history and logs`() async throws {
      try await fill()
      #expect(try logs() == ["1.log", "2.log", "3.log", "4.log"])
      #expect(
        try await queue.succeed("dlq", "discard", "a", "--dry-run")
          == "would discard 1 dead job:\n  a\n")
      #expect(try await queue.succeed("dlq", "discard", "a", "c") == "discarded 2 dead jobs\n")
      #expect(try await dead() == ["b"])
      #expect(try logs() == ["2.log", "4.log"])
      let gone = try await queue.run("show", "a")
      #expect(gone.errors.contains(#"no job is called "a""#), "\(gone)")

      let alive = try await queue.run("dlq", "discard", "b", "ok")
      #expect(alive.status == 1, "\(alive)")
      #expect(
        alive.errors.contains(#"job "ok" is completed, not dead"#),
        "\(alive)")
      #expect(try await dead() == ["b"], "all named or none")
      #expect(
        try await queue.succeed("dlq", "discard", "--all", "--exit", "3", "-y")
          == "discarded 0 dead jobs\n")
      #expect(try await queue.succeed("dlq", "discard", "--all", "-y") == "discarded 1 dead job\n")
      #expect(try await queue.jobs().map(\.id) == ["ok"])
      #expect(try logs() == ["4.log"])
      #expect(try await queue.run("dlq", "discard").status == 64)
      #expect(try await queue.run("dlq", "discard", "b", "--all").status == 64)
    }

    private func logs() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "\(queue.database).d/logs/0").sorted()
    }

    @Test func `a dead job that another job needs isn't discarded`() async throws {
      try await fill()
      try await queue.succeed("enqueue", "--id", "next", "--after", "a", "true")
      let named = try await queue.run("dlq", "discard", "a")
      #expect(named.status == 1, "\(named)")
      #expect(named.errors.contains(#"job "next" waits for job "a": cancel"#), "\(named)")
      let note = "1 dead job not discarded: unfinished jobs wait for it"
      let dry = try await queue.run("dlq", "discard", "--all", "--dry-run")
      #expect(dry.status == 0 && dry.output.hasPrefix("would discard 2 dead jobs:\n"), "\(dry)")
      #expect(dry.errors.contains(note), "\(dry)")
      let terminal = try Terminal()
      let asked = try queue.start("dlq", "discard", "--all", on: terminal)
      try await terminal.shows("Discard 2 dead jobs? [y/N]")
      terminal.type("y\r")
      try await terminal.shows("discarded 2 dead jobs")
      try await terminal.shows(note)
      #expect(try await asked.exit() == 0)
      let all = try await queue.run("dlq", "discard", "--all", "--yes")
      #expect(all.status == 0 && all.output == "discarded 0 dead jobs\n", "\(all)")
      #expect(all.errors.contains(note), "\(all)")
      for words in [["remove", "--all"], ["purge", "--state", "dead"]] {
        let kept = try await queue.run(words + ["--dry-run"])
        #expect(kept.errors.contains("1 job not removed: unfinished jobs wait for it"), "\(kept)")
      }
      #expect(try await dead() == ["a"])
    }

    @Test func `discarding all asks on a terminal`() async throws {
      try await fill()
      let terminal = try Terminal()
      let discard = try queue.start("dlq", "discard", "--all", on: terminal)
      try await terminal.shows("Discard 3 dead jobs? [y/N]")
      terminal.type("n\r")
      #expect(try await discard.exit() == 1)
      try await terminal.shows("nothing was discarded")
      #expect(try await dead().count == 3)
    }

    @Test func `retry runs a failed job now, and requeues a dead or cancelled one`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "1000")
      try await fill()
      try await queue.succeed("enqueue", "--id", "off", "true")
      try await queue.succeed("cancel", "off")
      try await queue.succeed("enqueue", "--id", "flaky", "test $QUEUECTL_ATTEMPT = 2")
      let workers = try await queue.startWorkers()
      try await workers.line(containing: "flaky failed after")
      #expect(try await queue.succeed("retry", "flaky", "off", "b") == "retried 3 jobs\n")
      try await workers.line(containing: "flaky completed")
      try await workers.line(containing: "off completed")
      try await workers.line(containing: "b failed after")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      let refused = try await queue.run("retry", "a", "ok")
      #expect(refused.status == 1, "\(refused)")
      #expect(
        refused.errors.contains(
          #"job "ok" is completed: it must be failed, dead or cancelled"#),
        "\(refused)")
      #expect(try await queue.job("a").state == "dead", "all named or none")
    }

    @Test func `--all --yes doesn't ask on a terminal`() async throws {
      try await fill()
      let screen = try await queue.screen("dlq", "retry", "--all", "--yes")
      #expect(screen == "retried 3 dead jobs\n")
    }

    @Test func `jobs whose unique key is held stay, and are reported`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "dead", "--unique", "key", "--max-retries", "0", "false")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "waits", "--unique", "key", "true")
      let result = try await queue.run("dlq", "retry", "--all", "--yes")
      #expect(result.output == "retried 0 dead jobs\n")
      #expect(
        result.errors
          == "queuectl: 1 dead job not retried: unfinished jobs hold their unique keys\n",
        "\(result)")
    }

    @Test func `a retry wakes an idle worker`() async throws {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      try await fill()
      let workers = try await queue.startWorkers()
      let ring = try queue.lastRing()
      try await queue.succeed("dlq", "retry", "a")
      #expect(try queue.lastRing() != ring)
      try await workers.line(containing: "a failed after")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }
  }
}
