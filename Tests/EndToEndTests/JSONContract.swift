import Foundation
import Testing

extension EndToEnd {
  /// docs/json.md, compared with the JSON of commands and of the web API.
  @Suite struct JSONContract {
    let queue = TestQueue.current

    /// Fields that a healthy queue leaves null, or that are seen for a moment only.
    private static let rare: Set = [
      "definition.inherit_env", "job.stands_for", "job.more_prerequisites", "worker.trouble",
      "supervisor.restart_at", "schedule.problem", "occurrence.through", "next-time.note",
      "top.drain", "statistics.drain", "jobs.searched", "plan.done",
    ]

    @Test(.enabled(if: RunningServer.isBuilt, "queuectl-web isn't built"))
    func `every field has the documented name and type`() async throws {
      let held = try HeldJobs(queue)
      let (workers, scheduled) = try await fill(held)
      let shapes = try DocumentedShapes(DocumentText.lines(of: "docs/json.md"))
      var comparison = ShapeComparison(shapes)
      try await compareCommands(&comparison, jobs: ["dead", "chained", "whole", scheduled])
      try await compareWebAPI(&comparison)
      held.release(1000)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)

      #expect(comparison.problems.sorted() == [])
      // Those of systemd have a test of their own, see Services.
      let documented = shapes.shapes.values.joined().filter { $0.section != "service" }
      let unseen = Set(documented.map { "\($0.section).\($0.name)" }).subtracting(comparison.seen)
      #expect(
        unseen.subtracting(Self.rare).sorted() == [], "null in every output: give them a value")
    }

    /// Makes a queue in which nearly every field has a value, and starts workers.
    /// - Returns: the workers, and the running job of a schedule.
    private func fill(_ held: HeldJobs) async throws -> (ChildProcess, job: String) {
      let jobs = """
        {"id":"first","command":"true"}
        {"id":"dead","command":"echo no; kill -9 $$","max_retries":1,"backoff_base":0.1}
        {"id":"whole","command":"queuectl progress 50 half; exit 3","max_retries":2,
          "run_at":"2026-01-01T00:00:00Z","after":["first"],"after_any":["dead"],"unique":"key",
          "tags":["nightly"],"nice":5,"memory":"64M","cpus":1,"best_effort":true,
          "timeout":60,"cwd":".","env":{"A":"1"},"inherit_env":false,
          "backoff_base":2,"backoff_max":60,"backoff_jitter":0.5,"retry_on":"1","no_retry_on":"2",
          "snooze_on":"75","success_on":"3"}
        {"id":"blocked","command":"true","after":["dead"]}
        {"id":"chained","command":"true","after":["blocked"]}
        {"id":"unserved","command":"true","queue":"mail"}
        """
      try await queue.succeed("enqueue", "-", input: jobs)
      try await queue.succeed("queue", "limit", "default", "5")
      try await queue.succeed(
        "schedule", "add", "nightly", "--cron", "30 2 * * *", "--tz", "UTC", "--paused", "true")
      try await queue.succeed(
        "schedule", "add", "failing", "--every", "1d", "--from", "2026-01-01T00:00:00Z", "--until",
        "2099-01-01T00:00:00Z", "--times", "9", "--late", "1h", "--max-retries", "0", "exit 1")
      let workers = try await queue.startWorkers("--count", "2", "--queue", "default")
      try await workers.line(containing: "whole completed")
      try await queue.succeed("schedule", "run", "failing")
      try await workers.line(containing: "no retry is left: dead")
      try await queue.succeed("schedule", "add", "tick", "--every", "1s", held.command)
      let first = try await held.nextStart()
      held.release()
      try await workers.line(containing: "\(first.id) completed")
      return (workers, try await held.nextStart().id)
    }

    /// Runs each command line of the document.
    private func compareCommands(_ comparison: inout ShapeComparison, jobs: [String])
      async throws
    {
      let commands = comparison.shapes.outputs.filter { !$0.source.hasPrefix("/") }
      try #require(commands.count > 15)
      for command in commands where !command.source.hasPrefix("service ") {
        let names =
          command.source.contains("SCHEDULE")
          ? ["nightly", "failing", "tick"]
          : command.source.hasPrefix("dlq ") ? ["dead"] : jobs
        for name in command.source.contains(/ID|SCHEDULE/) ? names : [""] {
          let words = command.source.split(separator: " ").map { word in
            switch word {
            case "ID", "SCHEDULE": name
            case "TAG": "nightly"
            default: String(word)
            }
          }
          let result = try await queue.run(words)
          // A fault that was found isn't a failure to print it.
          #expect([0, 1, 3].contains(result.status) && !result.output.isEmpty, "\(result)")
          try comparison.compare(result.output, with: command)
        }
      }
      // A directory in which others can create files has a remedy.
      chmod(queue.file("data"), 0o777)
      let doctor = try await queue.run("doctor", "--json")
      chmod(queue.file("data"), 0o700)
      let output = try #require(commands.first { $0.source == "doctor --json" })
      try comparison.compare(doctor.output, with: output)
    }

    /// Asks each path of the document, some with parameters, and makes a plan.
    private func compareWebAPI(_ comparison: inout ShapeComparison) async throws {
      let server = try await RunningServer(queue)
      let made = try body(
        try await server.send(#"{"do":"retry","jobs":["dead"]}"#, to: "/api/v1/plans"))
      let plan = try #require(made.firstMatch(of: #/"plan":"([a-z2-7]+)"/#)?.1)
      let parameters = [
        "/api/v1/jobs": ["?limit=1", "?q=exit:1"], "/api/v1/jobs/ID/runs": ["?limit=1"],
      ]
      let paths = comparison.shapes.outputs.filter { $0.source.hasPrefix("/") }
      try #require(paths.count > 10)
      for path in paths {
        let target = path.source.replacing("ID", with: "dead").replacing("PLAN", with: plan)
        for query in [""] + parameters[path.source, default: []] {
          try comparison.compare(body(try await server.get(target + query)), with: path)
        }
      }
      let confirmed = try body(try await server.send("", to: "/api/v1/plans/\(plan)"))
      comparison.compare(try JSONValue(parsing: confirmed), with: "plan")
      _ = try await server.follow("/ask/\(plan)").read(until: "retried ")
      let done = try body(try await server.get("/api/v1/plans/\(plan)"))
      comparison.compare(try JSONValue(parsing: done), with: "plan")
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    private func body(_ answer: String) throws -> String {
      String(answer[try #require(answer.firstRange(of: "\r\n\r\n")).upperBound...])
    }

    // MARK: - The comparison

    private static let example = """
      ## Commands
      | command | type |
      |---|---|
      | `list` | list of [job](#job) |
      ## Job
      | field | type | meaning |
      |---|---|---|
      | [base](#base) | | |
      | `done` | true or false | |
      | `at` | time or null | |
      ## Base
      | field | type | meaning |
      |---|---|---|
      | `id`, `name` | text | |
      | `count` | number or absent | |
      | `env` | object | |
      """

    @Test(arguments: [
      (#"[{"id":"a","name":"b","done":true,"at":null,"env":{}}]"#, []),
      (
        #"[{"count":1,"at":"2026-11-23T20:53:21.258Z","env":{"A":null},"done":false,"id":"a","#
          + #""name":"b"}]"#, []
      ),
      (#"[{"id":"a","done":true,"at":null,"env":{}}]"#, ["list: job.name is missing"]),
      (
        #"[{"id":"a","name":"b","done":1,"at":"2026","env":{},"x":null}]"#,
        [
          "list: job.at is text, not time", "list: job.done is number, not true or false",
          "list: job.x isn't documented",
        ]
      ),
      (
        #"[{"id":null,"name":"2026-11-23T20:53:21.258Z","done":true,"at":null,"env":[]}]"#,
        [
          "list: job.env is list, not object", "list: job.id is null",
          "list: job.name is time, not text",
        ]
      ),
      (#"{}"#, ["list is object, not list of"]),
    ])
    func `differences from a table are found`(json: String, problems: [String]) throws {
      let shapes = try DocumentedShapes(Self.example.components(separatedBy: "\n"))
      var comparison = ShapeComparison(shapes)
      try comparison.compare(json, with: try #require(shapes.outputs.first))
      #expect(comparison.problems.sorted() == problems)
    }
  }
}
