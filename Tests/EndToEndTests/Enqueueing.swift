import Foundation
import Testing

extension EndToEnd {
  /// `enqueue` in all its forms.
  @Suite struct Enqueueing {
    let queue = TestQueue.current

    @Test func `an object of JSON becomes a job with every documented field`() async throws {
      let before = Date()
      let id = try await queue.succeed("enqueue", #"{"id":"job1","command":"sleep 10"}"#)
      #expect(id == "job1\n")
      let text = try await queue.succeed("list", "--json")
      let object = try #require(try JSON.objects(text).first)
      #expect(Set(object.keys) == JobRecord.fields)

      let job = try await queue.job("job1")
      #expect(job.command == "sleep 10")
      #expect(job.state == "pending")
      #expect(job.attempts == 0)
      #expect(job.maxRetries == 3)
      #expect(job.queue == "default")
      #expect(job.priority == 0)
      #expect(job.cwd == queue.path)
      #expect(job.createdAt == job.updatedAt)
      #expect(job.createdAt >= before.addingTimeInterval(-0.01))
      #expect(job.createdAt <= Date())
    }

    @Test(arguments: [
      ("enqueue", #"{"comand":"true"}"#), ("enqueue", ""), ("import", "{}"),
    ])
    func `input whose first job is refused creates no queue`(
      command: String, input: String
    ) async throws {
      let later = command == "enqueue" && !input.isEmpty ? "\n{\"command\":\"true\"}" : ""
      let result = try await queue.run(command, "-", input: input + later + "\n")
      #expect(result.status == 64 && result.output == "", "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")))
      guard !later.isEmpty else { return }
      let kept = try await queue.run("enqueue", "--keep-going", "-", input: input + later + "\n")
      #expect(kept.status == 1 && kept.lines.count == 1, "\(kept)")
      #expect(try await queue.jobs().count == 1)
    }

    @Test func `the whole example of the brief can be pasted`() async throws {
      try await queue.succeed(
        "enqueue",
        """
        {
          "id": "unique-job-id",
          "command": "echo 'Hello World'",
          "state": "pending",
          "attempts": 0,
          "max_retries": 3,
          "created_at": "2025-11-04T10:30:00Z",
          "updated_at": "2025-11-04T10:30:00Z"
        }
        """)
      let job = try await queue.job("unique-job-id")
      #expect(job.command == "echo 'Hello World'")
      #expect(job.createdAt > Date(timeIntervalSinceNow: -600), "the time is queuectl's own")
    }

    @Test func `an array prints its ids in order`() async throws {
      let ids = try await queue.succeed(
        "enqueue", #"[{"id":"b","command":"true"},{"id":"a","command":"true"}]"#)
      #expect(ids == "b\na\n")
      #expect(try await queue.jobs().map(\.id) == ["a", "b"], "newest first")
    }

    @Test func `one word is a shell command line`() async throws {
      try await queue.succeed("enqueue", "--id", "line", "echo one && echo $((1 + 1)) > out")
      #expect(try await queue.job("line").command == "echo one && echo $((1 + 1)) > out")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["2"])
    }

    @Test func `a group of shell commands isn't read as JSON`() async throws {
      try await queue.succeed("enqueue", "{ echo braces; } > out")
      try await queue.succeed("enqueue", "[ -n x ] && echo brackets >> out2")
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["braces"])
      #expect(try queue.lines(of: "out2") == ["brackets"])
    }

    @Test func `words after -- reach the command unchanged`() async throws {
      let words = ["a b", "it's", "$HOME", "*", "", "\"", "\\", "--id", "ünï", "x;y", "!"]
      try await queue.run(
        ["enqueue", "--", "sh", "-c", #"printf '[%s]' "$@" > out"#, "sh"] + words
      )
      .expectSuccess()
      try await queue.drain()
      let out = String(decoding: try FileContents.read(queue.file("out")), as: UTF8.self)
      #expect(out == words.map { "[\($0)]" }.joined())
    }

    @Test func `every flag is in the job`() async throws {
      try FileManager.default.createDirectory(
        atPath: queue.file("there"), withIntermediateDirectories: false)
      let id = try await queue.succeed(
        "enqueue", "--id", "flags", "--queue", "mail", "--priority", "7", "--timeout", "1m30s",
        "--max-retries", "5", "--cwd", "there", "--env", "A=1", "--env", "B=x=y", "--delay", "2h",
        "--unique", "once", "--backoff-base", "1.5", "--backoff-max", "10m", "--backoff-jitter",
        "0.25", "--retry-on", "1-9", "--no-retry-on", "2, 4", "--snooze-on", "75",
        "--success-on", "0,24", "--nice", "-1", "--memory", "1500M", "--cpus", "0.5",
        "--best-effort", "--", "true", "--id")
      #expect(id == "flags\n")
      let job = try await queue.job("flags")
      #expect(job.command == "true --id")
      #expect(job.queue == "mail")
      #expect(job.priority == 7)
      #expect(job.timeout == 90)
      #expect(job.maxRetries == 5)
      #expect(job.cwd == queue.file("there"))
      #expect(job.env == ["A": "1", "B": "x=y"])
      #expect(job.unique == "once")
      #expect(job.backoffBase == 1.5 && job.backoffMax == 600 && job.backoffJitter == 0.25)
      #expect(job.retryOn == "1-9" && job.noRetryOn == "2,4" && job.snoozeOn == "75")
      #expect(job.successOn == "0,24" && job.nice == -1)
      #expect(job.memory == 1500 << 20 && job.cpus == 0.5 && job.bestEffort == true)
      let runAt = try #require(job.runAt)
      #expect(abs(runAt.timeIntervalSince(job.createdAt) - 7200) < 0.01)
    }

    @Test func `a negative priority can be given`() async throws {
      let result = try await queue.run("enqueue", "--id", "low", "--priority", "-5", "true")
      #expect(result.status == 0, "\(result)")
      let equals = try await queue.run("enqueue", "--id", "lower", "--priority=-6", "true")
      #expect(equals.status == 0, "\(equals)")
      #expect(try await queue.job("lower").priority == -6)
    }

    @Test(arguments: [
      ("2099-01-02T03:04:05Z", "2099-01-02T03:04:05.000Z"),
      ("2099-01-02T03:04:05+02:00", "2099-01-02T01:04:05.000Z"),
      ("2099-01-02 03:04", "2099-01-02T03:04:00.000Z"), ("4070908800", "2099-01-01T00:00:00.000Z"),
    ])
    func `--at takes a time`(text: String, expected: String) async throws {
      try await queue.succeed("enqueue", "--id", "later", "--at", text, "true")
      #expect(try await queue.job("later").runAt == JSON.date(expected))
    }

    @Test(
      .enabled(
        if: FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/Berlin"),
        "the time zones aren't installed (Debian: apt-get install tzdata)"),
      arguments: [
        ("Europe/Berlin", "2027-03-28 12:00", "2027-03-28T10:00:00.000Z"),
        ("Europe/Berlin", "2027-10-31 12:00", "2027-10-31T11:00:00.000Z"),
        ("Europe/Berlin", "2027-03-28 02:30", "2027-03-28T01:00:00.000Z"),
        ("Australia/Lord_Howe", "2027-10-03 12:00", "2027-10-03T01:00:00.000Z"),
        ("America/Santiago", "2027-09-05 00:15", "2027-09-05T04:00:00.000Z"),
      ])
    func `FAULT 47: 12:00 is 12:00 by --at of enqueue and edit, and in JSON`(
      zone: String, text: String, expected: String
    ) async throws {
      let time = JSON.date(expected)
      let there: [String: String?] = ["TZ": zone]
      try await queue.succeed("enqueue", "--id", "flag", "--at", text, "true", adding: there)
      try await queue.succeed(
        "enqueue", "{\"id\":\"json\",\"command\":\"true\",\"run_at\":\"\(text)\"}", adding: there)
      try await queue.succeed("enqueue", "--id", "edited", "--delay", "1h", "true")
      try await queue.succeed("edit", "edited", "--at", text, adding: there)
      for id in ["flag", "json", "edited"] {
        #expect(try await queue.job(id).runAt == time, "\(id)")
      }
    }

    @Test(.needsFakeTime)
    func `FAULT 47: at 05:30 after the clock was set back, --at 06:00 is in half an hour`()
      async throws
    {
      let fake: [String: String?] = [
        "TZ": "Europe/Berlin", "LD_PRELOAD": Conditions.fakeTime,
        "FAKETIME": "@2027-10-31 05:30:00", "DONT_FAKE_MONOTONIC": "1",
      ]
      try await queue.succeed("enqueue", "--id", "a", "--at", "06:00", "true", adding: fake)
      #expect(try await queue.job("a").runAt == JSON.date("2027-10-31T05:00:00.000Z"))
    }

    @Test func `--at takes a time of day and a time from now`() async throws {
      try await queue.succeed("enqueue", "--id", "soon", "--at", "+10m", "true")
      let soon = try await queue.job("soon")
      let wait = try #require(soon.runAt).timeIntervalSince(soon.createdAt)
      #expect(abs(wait - 600) < 0.01)
      try await queue.succeed("enqueue", "--id", "day", "--at", "00:00", "true")
      let day = try await queue.job("day")
      let midnight = try #require(day.runAt).timeIntervalSince(day.createdAt)
      #expect(midnight > 0 && midnight <= 86_400, "the next midnight, not \(midnight) s away")
    }

    @Test func `a job isn't run before its time`() async throws {
      try await queue.succeed("enqueue", "--id", "timed", "--delay", "1s", "date +%s.%N > out")
      let created = try await queue.job("timed").createdAt
      try await queue.drain()
      let ran = try #require(Double(try queue.lines(of: "out").first ?? ""))
      let gap = ran - created.timeIntervalSince1970
      #expect(gap >= 0.99 && gap < 30, "it ran \(gap) s after it was enqueued")
    }

    @Test func `a higher priority runs first, then order of arrival`() async throws {
      for (id, priority) in [("c", "0"), ("d", "0"), ("a", "5"), ("b", "1")] {
        try await queue.succeed(
          "enqueue", "--id", id, "--priority", priority, "echo $QUEUECTL_JOB_ID >> out")
      }
      try await queue.drain()
      #expect(try queue.lines(of: "out") == ["a", "b", "c", "d"])
    }

    @Test func `JSON fields override flags`() async throws {
      try await queue.succeed(
        "enqueue", "--queue", "flag", "--priority", "1", "--max-retries", "1",
        #"[{"id":"own","command":"true","queue":"own","priority":2,"max_retries":2},"#
          + #"{"id":"none","command":"true"}]"#)
      let own = try await queue.job("own")
      #expect(own.queue == "own" && own.priority == 2 && own.maxRetries == 2)
      let none = try await queue.job("none")
      #expect(none.queue == "flag" && none.priority == 1 && none.maxRetries == 1)
    }

    @Test func `JSON Lines come from standard input or a file`() async throws {
      let text = "{\"id\":\"a\",\"command\":\"true\"}\r\n\n  {\"id\":\"b\",\"command\":\"true\"}"
      #expect(try await queue.succeed("enqueue", "-", input: text) == "a\nb\n")
      try queue.write(text.replacingOccurrences(of: #"id":""#, with: #"id":"f"#), to: "jobs.jsonl")
      #expect(try await queue.succeed("enqueue", "--file", "jobs.jsonl") == "fa\nfb\n")
    }

    @Test func `an array may come from standard input or a file`() async throws {
      let text = "\n[ {\"id\":\"a\",\"command\":\"true\"},\n{\"id\":\"b\",\"command\":\"true\"} ]\n"
      #expect(try await queue.succeed("enqueue", "-", input: text) == "a\nb\n")
      try queue.write(text.replacingOccurrences(of: #"id":""#, with: #"id":"f"#), to: "jobs.json")
      #expect(try await queue.succeed("enqueue", "--file", "jobs.json") == "fa\nfb\n")
    }

    @Test func `in a batch, each taken id or key is reported with its line`() async throws {
      var lines = (1...200).map { #"{"id":"j\#($0)","command":"true"}"# }
      lines[149] = lines[2]
      lines[179] = lines[170]
      lines[99] = "{"
      let result = try await queue.run(
        "enqueue", "--keep-going", "-", input: lines.joined(separator: "\n"))
      #expect(result.status == 1)
      #expect(result.lines == (1...200).filter { ![100, 150, 180].contains($0) }.map { "j\($0)" })
      #expect(result.errors.contains(#"line 150: job "j3" already exists"#), "\(result)")
      #expect(result.errors.contains(#"line 180: job "j171" already exists"#), "\(result)")
      #expect(result.errors.contains("line 100: "), "\(result)")
      #expect(result.errors.contains("197 enqueued, 3 refused"), "\(result)")
    }

    @Test func `a duplicate id is an error, and no error with --if-absent`() async throws {
      try await queue.succeed("enqueue", "--id", "one", "echo first")
      let again = try await queue.run("enqueue", "--id", "one", "echo second")
      #expect(again.status == 1)
      #expect(again.output == "")
      #expect(again.errors.contains(#"job "one" already exists"#), "\(again)")
      #expect(again.errors.contains("--if-absent"), "\(again)")
      let absent = try await queue.succeed("enqueue", "--id", "one", "--if-absent", "echo third")
      #expect(absent == "one\n")
      #expect(try await queue.jobs().map(\.command) == ["echo first"])
    }

    @Test func `generated ids differ, and sort in order of arrival`() async throws {
      let ids = try await queue.succeed(
        "enqueue", "-",
        input: String(repeating: "{\"command\":\"true\"}\n", count: 500)
      ).split(separator: "\n").map(String.init)
      #expect(ids.count == 500)
      #expect(Set(ids).count == 500)
      #expect(ids == ids.sorted())
      #expect(ids.allSatisfy { $0.count <= 20 && $0.allSatisfy { $0.isASCII && $0 != "-" } })
    }

    @Test func `FAULT 40: a batch is stored whole or not at all, with the line of each error`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "there", "true")
      let lines = [
        #"{"id":"good","command":"true"}"#, #"{"command":}"#, "",
        #"{"id":"there","command":"true"}"#, #"{"comand":"true"}"#,
        #"{"id":"last","command":"true"}"#,
      ]
      let result = try await queue.run(
        "enqueue", "-", input: lines.joined(separator: "\n"))
      #expect(result.status == 64)
      #expect(result.output == "")
      for text in [#"did you mean "command""#, "nothing was enqueued"] {
        #expect(result.errors.contains(text), "no \(text) in: \(result)")
      }
      // In the order of the lines, although only the store can detect the error of line 4.
      let named = result.errors.matches(of: /line (\d+)/).map { String($0.output.1) }
      #expect(named == ["2", "4", "5"], "\(result)")
      #expect(try await queue.jobs().map(\.id) == ["there"])

      try queue.write(lines.joined(separator: "\n"), to: "jobs.jsonl")
      let file = try await queue.run("enqueue", "--file", "jobs.jsonl")
      #expect(file.status == 64)
      #expect(file.errors.contains("jobs.jsonl, line 2"), "\(file)")

      let going = try await queue.run("enqueue", "--keep-going", "--file", "jobs.jsonl")
      #expect(going.status == 1)
      #expect(going.output == "good\nlast\n")
      #expect(going.errors.contains("line 4"), "\(going)")
      #expect(going.errors.contains("2 enqueued, 3 refused"), "\(going)")
      #expect(try await queue.jobs().map(\.id) == ["last", "good", "there"])
    }

    @Test func `the first of many errors are reported, in the order of the lines`() async throws {
      try await queue.succeed("enqueue", "--id", "there", "true")
      let lines =
        [#"{"id":"there","command":"true"}"#] + Array(repeating: "{", count: 20)
      let result = try await queue.run("enqueue", "-", input: lines.joined(separator: "\n"))
      #expect(result.status == 64)
      let named = result.errors.matches(of: /line (\d+)/).map { String($0.output.1) }
      #expect(named == (1...20).map(String.init), "\(result)")
      #expect(result.errors.contains("… and 1 more error\n"), "\(result)")
    }

    @Test func `of an id that occurs twice in one batch, the second is an error`() async throws {
      let line = #"{"id":"same","command":"true"}"# + "\n"
      let result = try await queue.run("enqueue", "-", input: line + line)
      #expect(result.status == 1)
      #expect(result.errors.contains("line 2"), "\(result)")
      #expect(try await queue.jobs().isEmpty)
    }

    @Test func `FAULT 40: an array with one invalid member stores nothing and names it`()
      async throws
    {
      let result = try await queue.run(
        "enqueue", #"[{"command":"true"},{"command":"true","max_retries":"two"}]"#)
      #expect(result.status == 64)
      #expect(result.errors.contains("job 2: max_retries must be"), "\(result)")
      #expect(try await queue.jobs().isEmpty)
    }

    @Test(arguments: [
      [], ["--id", "x", "-"], ["--file", "jobs", "true"], ["--delay", "1s", "--at", "+1s", "true"],
      ["--priority", "high", "true"], ["--delay", "soon", "true"], ["--at", "never", "true"],
      ["--timeout", "-1", "true"], ["--env", "novalue", "true"], ["--nosuchflag", "true"],
      ["--id", "x", #"[{"command":"true"},{"command":"true"}]"#],
      ["--id", "x", #"{"id":"y","command":"true"}"#],
    ])
    func `wrong usage exits with status 64`(arguments: [String]) async throws {
      let result = try await queue.run(["enqueue"] + arguments)
      #expect(result.status == 64, "\(result)")
      #expect(result.output == "")
      #expect(
        result.errors.hasPrefix("Error: ") || result.errors.hasPrefix("queuectl: "), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")), "a queue was made")
    }

    /// Without flags the argument parser is skipped; with a flag it runs.
    @Test(arguments: [
      ["echo one"], ["echo", "it's", "two"], [#"{"command":"true","priority":3}"#],
      [#"[{"command":"true"},{"command":"false","queue":"other"}]"#], ["[]"], [""], [" "], ["{"],
      [#"{"comand":"true"}"#], [#"{"command":"true"}"#, "more"], ["help"], ["--", "a b"],
      ["a", "--"],
    ])
    func `words without flags are read as the argument parser reads them`(words: [String])
      async throws
    {
      let alone = try await queue.run(["enqueue"] + words)
      let jobsOfAlone = try await queue.jobs()
      let parsed = try await queue.run(["enqueue", "--if-absent"] + words)
      let jobsOfParsed = try await queue.jobs().dropLast(jobsOfAlone.count)
      #expect(alone.status == parsed.status, "\(alone) \(parsed)")
      #expect(alone.errors == parsed.errors)
      #expect(alone.lines.count == parsed.lines.count, "\(alone) \(parsed)")
      func said(_ job: JobRecord) -> [String] {
        [job.command, job.queue, "\(job.priority)", "\(job.maxRetries)", job.cwd]
      }
      #expect(jobsOfAlone.map(said) == jobsOfParsed.map(said))
    }

    @Test func `an unreadable file is named, and no queue is created`() async throws {
      let missing = try await queue.run("enqueue", "--file", "missing.jsonl")
      #expect(missing.status == 1, "\(missing)")
      #expect(missing.errors.contains("missing.jsonl"), "\(missing)")
      let directory = try await queue.run("enqueue", "--file", queue.path)
      #expect(directory.status == 1, "\(directory)")
      #expect(directory.errors.contains(queue.path), "\(directory)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("data")), "a queue was made")
    }

    @Test func `a line of a million bytes is read whole`() async throws {
      let value = String(repeating: "y", count: 10_000)
      let names = (1...100).map { "\"V\($0)\":\"\(value)\"" }.joined(separator: ",")
      try await queue.succeed(
        "enqueue", "-", input: "{\"id\":\"long\",\"command\":\"true\",\"env\":{\(names)}}\n")
      #expect(try await queue.job("long").env.count == 100)
    }
  }
}

extension Finished {
  /// Records an issue unless it succeeded.
  func expectSuccess(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(status == 0, "\(self)", sourceLocation: sourceLocation)
  }
}
