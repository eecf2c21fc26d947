import Foundation
import Testing

extension EndToEnd {
  /// `export` and `import`.
  @Suite struct MovingJobs {
    let queue = TestQueue.current

    private func fill() async throws {
      try await queue.succeed(
        "enqueue", "-", "--max-retries", "0",
        input: """
          {"id":"good","command":"echo hi","env":{"A":"ü"}}
          {"id":"bad","command":"exit 3"}
          """)
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "later", "--delay", "1h", "true")
      try await queue.succeed("enqueue", "--id", "next", "--after", "later", "true")
    }

    private var other: [String: String?] { ["QUEUECTL_DB": queue.file("other/queue.db")] }

    @Test func `export, import and export give the same text`() async throws {
      try await fill()
      let text = try await queue.succeed("export")
      #expect(text.split(separator: "\n").count == 4)
      #expect(
        try await queue.succeed("import", "-", input: text, adding: other) == "imported 4 jobs\n")
      #expect(try await queue.succeed("export", adding: other) == text)
      try queue.write(text, to: "jobs.jsonl")
      let third: [String: String?] = ["QUEUECTL_DB": queue.file("third/queue.db")]
      try await queue.succeed("import", "jobs.jsonl", adding: third)
      #expect(try await queue.succeed("export", adding: third) == text)
    }

    @Test func `a duplicate key or id is an error of the input, and nothing is stored`()
      async throws
    {
      let line = #"{"id":"a","command":"true","unique":"k"}"#
      let other = #"{"id":"b","command":"true","unique":"k"}"#
      let keys = try await queue.run("enqueue", "-", input: line + "\n" + other)
      #expect(
        keys.errors.contains(#"line 2: an earlier job of the input has the key "k""#), "\(keys)")
      let ids = try await queue.run(
        "enqueue", "-", input: line.replacing("k", with: "l") + "\n" + line)
      #expect(ids.errors.contains(#"line 2: an earlier job of the input has the id "a""#), "\(ids)")
      try await queue.succeed("enqueue", line)
      let text = try await queue.succeed("export")
      for text in [text + text, text + text.replacing(#""id":"a""#, with: #""id":"b""#)] {
        let twice = try await queue.run(
          "import", "-", input: text, adding: ["QUEUECTL_DB": queue.file("third/queue.db")])
        #expect(twice.errors.contains("line 2: an earlier line has the"), "\(twice)")
      }
      let stored = try await queue.run("enqueue", "-", input: other)
      #expect(stored.errors.contains(#"unfinished job "a" has the key "k""#), "\(stored)")
    }

    @Test func `existing jobs are refused, or skipped on request`() async throws {
      try await fill()
      let text = try await queue.succeed("export")
      let twice = try await queue.run("import", "-", input: text)
      #expect(twice.status == 1, "\(twice)")
      #expect(
        twice.errors.contains(
          #"standard input, line 1: job "good" already exists: pass --if-absent; "#
            + "nothing was imported"
        ), "\(twice)")
      let absent = try await queue.run("import", "--if-absent", "-", input: text)
      #expect(absent.output == "imported 0 jobs\n", "\(absent)")
      #expect(absent.errors.contains("4 skipped"), "\(absent)")
      #expect(try await queue.succeed("export") == text)
    }

    @Test(arguments: [
      ["queue", "limit", "mail", "2"], ["queue", "pause", "mail"], ["queue", "pause", "--all"],
    ])
    func `export mentions limits and pauses of queues, which it leaves out`(words: [String])
      async throws
    {
      try await queue.succeed("enqueue", "--queue", "mail", "true")
      #expect(try await queue.run("export").errors == "")
      try await queue.run(words).expectSuccess()
      let result = try await queue.run("export")
      #expect(result.status == 0 && result.lines.count == 1, "\(result)")
      #expect(result.errors.contains("limits and pauses of queues aren't exported"), "\(result)")
    }

    @Test func `a run without an end is accepted only as the latest of a running job`()
      async throws
    {
      func job(_ state: String, _ runs: String...) -> String {
        let runs = runs.map { finished in
          """
          {"attempt":1,"worker":"w1","started_at":"2026-01-01T00:00:00Z","finished_at":\(finished)}
          """
        }
        return """
          {"job":{"id":"\(state)","command":"true","max_retries":1},"state":"\(state)",\
          "attempts":1,\
          "crashes":0,"created_at":"2026-01-01T00:00:00Z",\
          "updated_at":"2026-01-01T00:00:00Z",\
          "runs":[\(runs.joined(separator: ","))]}
          """ + "\n"
      }
      let end = "\"2026-01-01T00:00:01Z\""
      for state in ["pending", "failed", "completed", "dead", "cancelled"] {
        let result = try await queue.run("import", "-", input: job(state, end, "null"))
        #expect(result.status == 64, "\(result)")
        #expect(
          result.errors.contains(
            "runs must have finished_at for attempt 1: the job is \(state)"), "\(result)")
      }
      let middle = try await queue.run("import", "-", input: job("processing", "null", end))
      #expect(middle.status == 64, "\(middle)")
      try await queue.succeed("import", "-", input: job("processing", end, "null"))
      #expect(try await queue.job("processing").state == "pending")
    }

    @Test(arguments: [
      ("{", "line 1: "), ("{}", "job must be given"), ("[]", "expected an object"),
      (#"{"job":{"command":"true"}}"#, "job must be given, with id and max_retries"),
      (
        #"{"job":{"id":"a","command":"true","max_retries":1},"state":"x","runs":[]}"#,
        #"state must be one of "pending", "processing""#
      ),
      (
        #"{"job":{"id":"a","command":"true","max_retries":1},"state":"dead","tags":[],"runs":[]}"#,
        #""tags" isn't a field of an exported job; new jobs are for "queuectl enqueue""#
      ),
      (
        #"{"job":{"id":"a","command":"true","max_retries":1},"state":"dead","state":"dead"}"#,
        "state is given twice"
      ),
      (
        #"""
        {"job":{"id":"a","command":"true","max_retries":1},"state":"dead","runs":[{"attempt":1,\#
        "worker":"w1","started_at":"2026-01-01T00:00:00Z","exit_code":1.5}]}
        """#, "exit_code must be a whole number, not 1.5"
      ),
      (
        #"{"job":{"id":"a","command":"true","max_retries":1},"state":"dead","#
          + #""attempts":-1,"runs":[]}"#,
        "attempts must be a whole number"
      ),
      (
        #"""
        {"job":{"id":"a","command":"true","max_retries":1},"state":"pending","runs":[{"attempt":1,\#
        "worker":"w1","started_at":"2026-01-01T00:00:00Z","outcome":"exploded"}]}
        """#, #"outcome is unknown, or its exit_code or signal is missing: "exploded""#
      ),
      (
        #"{"job":{"id":"../x","command":"true","max_retries":1},"state":"dead","runs":[]}"#,
        "id must not contain"
      ),
    ])
    func `input that export didn't write is refused with its place`(line: String, message: String)
      async throws
    {
      let result = try await queue.run("import", "-", input: line + "\n")
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains(message), "\(result)")
      #expect(result.errors.contains("nothing was imported"), "\(result)")
      #expect(try await queue.jobs().isEmpty)
    }
  }
}
