import Foundation
import Testing

extension EndToEnd {
  /// The filters that commands share, and tags.
  @Suite struct Selecting {
    let queue = TestQueue.current

    /// Tagged batch: ok completed, bad (exit 2) and worse (exit 75) dead; next waits for bad.
    private func fill() async throws {
      try await queue.succeed(
        "enqueue", "-", "--tag", "batch", "--max-retries", "0",
        input: """
          {"id":"ok","command":"true","tags":["first"]}
          {"id":"bad","command":"exit 2","queue":"mail"}
          {"id":"worse","command":"exit 75"}
          """)
      try await queue.succeed("enqueue", "--id", "next", "--after", "bad", "true")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "other", "--delay", "1h", "true")
    }

    private func ids(_ arguments: String...) async throws -> [String] {
      let result = try await queue.run(["list", "--ids", "--reverse"] + arguments)
      try #require(result.status == 0, "\(result)")
      return result.output.split(separator: "\n").map(String.init)
    }

    @Test func `list takes each filter, and prints ids and fields`() async throws {
      try await fill()
      #expect(try await ids("--tag", "batch") == ["ok", "bad", "worse"])
      #expect(try await ids("--tag", "batch", "--tag", "first") == ["ok"])
      #expect(try await ids("--state", "dead,completed", "--state", "pending").count == 5)
      #expect(try await ids("--state", "dead", "--exit", "1,64-78") == ["worse"])
      #expect(try await ids("--queue", "mail") == ["bad"])
      #expect(try await ids("--blocked") == ["next"])
      let top = try await queue.succeed("top", "--once", "--tab", "all", "--filter", "is:blocked")
      #expect(top.contains(" next ") && !top.contains(" worse "), "\(top)")
      #expect(try await ids("--newer-than", "yesterday").count == 5)
      #expect(try await ids("--older-than", "yesterday") == [])
      #expect(try await ids("--newer-than", "2020-02-29").count == 5)
      #expect(try await ids("--older-than", "2020-02-29") == [])
      #expect(
        try await queue.succeed("list", "--tag", "first", "--fields", "id,tags,exit_code,env,error")
          == "ok\tbatch,first\t0\t{}\t\n")
      let text = try await queue.succeed("list", "--times", "--tag", "first")
      #expect(text.contains(/ok +completed +1\/1 +\d{4}-\d\d-\d\d \d\d:\d\d/), "\(text)")
      #expect(try await queue.succeed("show", "ok").contains("tags          batch, first\n"))
      let counts = try JSON.object(
        try await queue.succeed("status", "--json", "--tag", "batch"))
      let jobs = try #require(counts["jobs"] as? [String: Int])
      #expect(counts["tag"] as? String == "batch" && jobs["dead"] == 2 && jobs["pending"] == 0)
      let alarm = try await queue.run("status", "--tag", "first", "--fail-if", "dead>0")
      #expect(alarm.status == 0, "\(alarm)")
    }

    @Test func `wait takes a tag, and counts the jobs that have ended`() async throws {
      try await fill()
      let batch = try await queue.run("wait", "--tag", "batch")
      #expect(batch.status == 75, "\(batch)")
      #expect(try await queue.run("wait", "--tag", "first").status == 0)
      let none = try await queue.run("wait", "--tag", "no-such")
      #expect(none.status == 127 && none.errors.contains("nothing to wait for"), "\(none)")
      #expect(none.errors.contains(#"no job has the tag "no-such""# + "\n"), "\(none)")
      let near = try await queue.run("list", "--tag", "batches")
      #expect(
        near.errors.contains(#"no job has the tag "batches"; did you mean "batch"?"#), "\(near)")
      let status = try await queue.run("status", "--tag", "batchs")
      #expect(status.errors.contains(#"did you mean "batch"?"#), "\(status)")
      let unfinished = try await queue.run("wait", "--queue", "default", "--timeout", "1ms")
      #expect(unfinished.status == 124, "\(unfinished)")
      #expect(unfinished.errors.contains("2 jobs are still unfinished"), "\(unfinished)")
    }

    @Test func `wait names ten of the selected jobs that failed, and counts the others`()
      async throws
    {
      let jobs = (1...13).map { #"{"id":"j\#($0)","command":"exit 4"}"# }
      try await queue.succeed(
        "enqueue", "-", "--tag", "t", "--max-retries", "0", "--quiet",
        input: jobs.joined(separator: "\n"))
      try await queue.drain()
      let selected = try await queue.run("wait", "--tag", "t")
      #expect(selected.status == 4, "\(selected)")
      let lines = selected.errors.split(separator: "\n")
      #expect(lines.count == 11 && lines.last == "queuectl: … and 3 more jobs", "\(selected)")
      let named = try await queue.run(["wait"] + (1...13).map { "j\($0)" })
      #expect(named.errors.split(separator: "\n").count == 13, "\(named)")
    }

    @Test func `retry, cancel and remove change what filters select`() async throws {
      try await fill()
      #expect(
        try await queue.succeed("retry", "--exit", "2", "--max-retries", "1", "--yes")
          == "retried 1 job\n")
      #expect(try await queue.job("bad").maxRetries == 1)
      #expect(
        try await queue.succeed("cancel", "--tag", "batch", "--dry-run")
          == "would cancel 1 job:\n  bad\n")
      #expect(try await queue.succeed("cancel", "--all", "-y") == "cancelled 3 jobs\n")
      #expect(try await queue.succeed("cancel", "--all", "-y") == "cancelled 0 jobs\n")
      #expect(
        try await queue.succeed("remove", "--tag", "batch", "--state", "cancelled,dead", "-y")
          == "removed 2 jobs\n")
      #expect(try await ids() == ["ok", "next", "other"])
      #expect(
        try await queue.succeed("remove", "next", "--dry-run") == "would remove 1 job:\n  next\n")
      #expect(try await queue.succeed("retry", "--all", "--yes") == "retried 1 job\n")
      #expect(try await queue.job("other").state == "pending")
    }

    @Test(arguments: [
      (["cancel"], "cancelled"), (["retry"], "retried"), (["edit", "--priority", "1"], "edited"),
      (["remove"], "removed"), (["dlq", "retry"], "retried"), (["dlq", "discard"], "discarded"),
      (["pause"], "paused"), (["cancel", "--dry-run"], "cancelled"),
    ])
    func `one wrong name among several changes nothing, and the message says so`(
      words: [String], past: String
    ) async throws {
      try await fill()
      try await queue.succeed("schedule", "add", "nightly", "--every", "1d", "true")
      let job = past == "cancelled" || past == "paused" ? "other" : "bad"
      let before = try await queue.succeed("list", "--json")
      let wrong = try await queue.run(words + [job, "nosuch"])
      let refusal = past == "paused" ? "nothing was" : "no job is called \"nosuch\""
      #expect(wrong.status == 1 && wrong.errors.contains(refusal), "\(wrong)")
      #expect(wrong.errors.hasSuffix("; nothing was \(past)\n"), "\(wrong)")
      #expect(try await queue.succeed("list", "--json") == before)
      let schedule = try await queue.run(words + ["nightly"])
      #expect(schedule.status == 1 && !schedule.errors.contains("nothing was"), "\(schedule)")
      #expect(
        schedule.errors.contains(
          "but a schedule is: \"queuectl schedule show nightly\" has its jobs"), "\(schedule)")
    }

    @Test func `a running job that is selected is ended`() async throws {
      try await queue.succeed("enqueue", "--id", "long", "--tag", "t", "sleep 300")
      try await queue.succeed("enqueue", "--id", "wait", "--tag", "t", "--after", "long", "true")
      let workers = try await queue.startWorkers()
      try await workers.line(containing: "long started")
      #expect(try await queue.succeed("cancel", "--tag", "t", "--yes") == "cancelled 2 jobs\n")
      #expect(try await queue.job("long").state == "cancelled")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `from 20 jobs on a terminal asks for their number`() async throws {
      try await queue.succeed(
        "enqueue", "--each", "--quiet", "--", "true", input: (1...25).map { "\($0)\n" }.joined())
      for (answer, left) in [("y", 25), ("24", 25), ("25", 0)] {
        let terminal = try Terminal()
        let cancel = try queue.start("cancel", "--all", on: terminal)
        try await terminal.shows("Cancel 25 jobs? Type the number to confirm:")
        terminal.type("\(answer)\r")
        #expect(try await cancel.exit() == (left == 0 ? 0 : 1))
        #expect(try await queue.counts()["pending"] == left)
      }
    }

    /// A job that dies while the question is shown isn't discarded.
    @Test func `what is confirmed is what was shown`() async throws {
      try await queue.succeed("enqueue", "--id", "a", "--max-retries", "0", "false")
      try await queue.drain()
      let terminal = try Terminal()
      let discard = try queue.start("dlq", "discard", "--all", on: terminal)
      try await terminal.shows("Discard 1 dead job?")
      try await queue.succeed("enqueue", "--id", "b", "--max-retries", "0", "false")
      try await queue.drain()
      terminal.type("y\r")
      #expect(try await discard.exit() == 0)
      #expect(try await ids() == ["b"])
    }

    @Test func `tags are edited, kept by a rerun and stored by a schedule`() async throws {
      try await queue.succeed("enqueue", "--id", "job", "--tag", "a", "--tag", "b", "true")
      try await queue.succeed("edit", "job", "--tag", "c", "--untag", "a")
      #expect(try await queue.job("job").tags == ["b", "c"])
      try await queue.succeed("rerun", "job", "--id", "again", "--untag", "b", "--tag", "d")
      #expect(try await queue.job("again").tags == ["c", "d"])
      try await queue.succeed("schedule", "add", "s", "--every", "1h", "--tag", "s", "true")
      #expect(try await queue.succeed("schedule", "show", "s").contains(/\ntags +s\n/))
      try await queue.succeed("schedule", "run", "s")
      #expect(try await ids("--tag", "s", "--schedule", "s").count == 1)
      try await queue.succeed("schedule", "edit", "s", "--unset", "tag")
      try await queue.succeed("schedule", "run", "s", "--anyway")
      #expect(try await ids("--schedule", "s").count == 2)
      #expect(try await ids("--tag", "s").count == 1)
    }

    @Test(arguments: [
      (["list", "--state", "ded"], #"did you mean "dead"?"#),
      (["list", "--state", "ended"], #""ended" isn't a state that --state takes"#),
      (["list", "--sort", "size"], #""size" isn't an order that --sort takes; choices: created"#),
      (["list", "--exit", "256"], "--exit takes exit statuses from 0 to 255, such as 2,64-78"),
      (["list", "--newer-than", "tomorrow"], "--newer-than takes a duration like 90, 5m or 1h30m"),
      (["list", "--newer-than", "2026-11-31"], "YYYY-MM-DD or 'YYYY-MM-DD HH:MM', not"),
      (["list", "--newer-than", "9000-01-01"], "or a time in the past like 22:00"),
      (["list", "--older-than", "+5m"], "--older-than takes a duration like 90, 5m or 1h30m"),
      (["list", "--tag", "a b"], #"--tag must not contain a space: "a b""#),
      (["list", "--fields", "id,sate"], #"did you mean "state"?"#),
      (["list", "--ids", "--json"], "--ids, --fields and --json can't be combined"),
      (["enqueue", "--tag", "a,b", "true"], "--tag must not contain a comma"),
      (["enqueue", "--tag", "", "true"], "--tag must not be empty"),
      (["status", "--tag", "a,b"], "--tag must not contain a comma"),
      (["edit", "job", "--untag", "a b"], "--untag must not contain a space"),
      (["cancel"], "Name the jobs by id, or pass --all or a filter like --queue."),
      (
        ["cancel", "a", "--tag", "b"], "Ids can't be combined with --all or a filter like --queue."
      ),
      (["cancel", "--tag", "a", "--reason", "x"], "Unknown option '--reason'"),
      (["dlq", "retry", "--tag", "a", "--command", "true"], "Unknown option '--command'"),
      (["pause", "--state", "processing"], "Unknown option '--state'"),
      (["remove", "--tag", "a", "--nosuch", "x"], "Unknown option '--nosuch'"),
      (["edit", "--with-tag", "a", "--nosuch", "x"], "Unknown option '--nosuch'"),
      (["wait", "--nosuch"], "Unknown option '--nosuch'"),
      (["cancel", "--state", "dead"], "dead jobs have already ended"),
      (["retry", "--state", "completed"], #"completed jobs can't be retried; "queuectl rerun""#),
      (
        ["retry", "--tag", "a", "--command", "true"],
        "--command takes a single job; for others, give the same filters to \"queuectl edit"
      ),
      (["remove", "--state", "pending"], "pending jobs are unfinished and never removed"),
      (["cancel", "--tag", "a"], "without a terminal, pass --yes to cancel"),
      (["wait"], "Name the jobs by id, or pass --all or a filter like --tag."),
      (["edit", "job"] + (1...9).flatMap { ["--tag", "t\($0)"] }, "--tag takes at most 8, not 9"),
    ])
    func `a wrong selection is refused, and nothing is changed`(
      words: [String], message: String
    ) async throws {
      try await queue.succeed("enqueue", "--id", "job", "--tag", "a", "true")
      let result = try await queue.run(words)
      #expect(result.status == 64 && result.errors.contains(message), "\(result)")
      #expect(try await ids() == ["job"])
      #expect(try await queue.job("job").state == "pending")
    }
  }
}
