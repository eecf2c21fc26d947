import Foundation
import Testing

extension EndToEnd {
  /// `show`: one job with all its runs.
  @Suite struct Showing {
    let queue = TestQueue.current

    /// A run in `show --json`.
    private struct RunRecord: Decodable {
      var run: Int
      var attempt: Int
      var worker: String
      var startedAt: Date
      var finishedAt: Date?
      var outcome: String?
      var exitCode: Int?
      var error: String?
      var elapsed: Double?
      var waited: Double?
      var cpuTime: Double?
      var peakMemoryBytes: Int?
      var lastLine: String?
      var log: String
    }

    private struct History: Decodable { var runs: [RunRecord] }

    private func runs(of id: String) async throws -> [RunRecord] {
      try JSON.decode(History.self, from: try await queue.succeed("show", id, "--json")).runs
    }

    /// A job whose second run succeeds.
    private func fill() async throws {
      try await queue.succeed("config", "set", "backoff-max", "0")
      try await queue.succeed(
        "enqueue", "--id", "flaky", "--env", "TOKEN=hunter2",
        "echo \"run $QUEUECTL_ATTEMPT\"; test $QUEUECTL_ATTEMPT = 2 || exit 3")
      try await queue.drain()
    }

    @Test func `every run of a job is shown, newest first, with its end and its last line`()
      async throws
    {
      try await fill()
      let result = try await queue.run("show", "flaky")
      #expect(result.status == 0 && result.errors == "", "\(result)")
      let table = result.lines.drop { !$0.isEmpty }.dropFirst()
      #expect(table.count == 3, "\(result)")
      #expect(table.first?.hasPrefix("RUN  ATTEMPT  STARTED") == true, "\(result)")
      #expect(table.dropFirst().first?.hasSuffix("completed: run 2") == true, "\(result)")
      #expect(table.last?.hasSuffix("exit status 3: run 1") == true, "\(result)")
      #expect(result.lines.contains { $0.hasPrefix("attempt ") && $0.hasSuffix(" 2 of 4") })

      let runs = try await runs(of: "flaky")
      #expect(runs.map(\.attempt) == [2, 1])
      #expect(runs.map(\.outcome) == ["completed", "failed"])
      #expect(runs.map(\.exitCode) == [0, 3])
      #expect(runs.map(\.error) == [nil, "exit status 3: run 1"])
      #expect(runs.map(\.lastLine) == ["run 2", "run 1"])
      for run in runs {
        #expect(run.finishedAt != nil && run.worker == "w1")
        #expect(run.elapsed != nil && run.cpuTime != nil && run.waited != nil)
        #expect(run.peakMemoryBytes.map { $0 > 100_000 } == true)
        let log = String(decoding: try FileContents.read(run.log), as: UTF8.self)
        #expect(log == "run \(run.attempt)\n")
      }
      let job = try JSON.object(try await queue.succeed("show", "flaky", "--json"))
      #expect(Set(job.keys) == JobRecord.fields.union(["runs"]))
    }

    @Test func `a live run is shown with its output so far`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "busy", "echo so far; \(held.command)")
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      let text = try await queue.run("show", "busy")
      #expect(text.lines.last?.hasSuffix("running: so far") == true, "\(text)")
      #expect(text.lines.contains { $0.wholeMatch(of: /attempt +1 of 4/) != nil }, "\(text)")
      #expect(try await queue.succeed("list").contains("  1/4  "))
      let run = try #require(try await runs(of: "busy").first)
      #expect(run.outcome == nil && run.finishedAt == nil && run.elapsed == nil)
      held.release()
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a failed job has its whole error and the last lines of its log`() async throws {
      let long = String(repeating: "long ", count: 50) + "end"
      try await queue.succeed(
        "enqueue", "--id", "bad", "--max-retries", "0",
        "seq 9; printf '\\033[31m%s' '\(long)'; exit 3")
      try await queue.drain()
      let screen = try await queue.screen(["show", "bad", "--no-color"], columns: 80)
        .replacing("\r\n", with: "\n")
      #expect(screen.contains("error         exit status 3: "), "\(screen)")
      #expect(screen.components(separatedBy: "long end").count == 4, "\(screen)")
      let last = "\nThe last lines of run 1:\n  6\n  7\n  8\n  9\n  "
      #expect(screen.contains(last), "\(screen)")
      try await queue.succeed("retry", "bad")
      #expect(!(try await queue.succeed("show", "bad").contains("last lines")))
    }

    @Test func `many prerequisites are counted, and those that can't be met named`() async throws {
      let ids = (1...9).map { "p\($0)" }
      for id in ids { try await queue.succeed("enqueue", "--id", id, "true") }
      try await queue.run(
        ["enqueue", "--id", "job"] + ids.flatMap { ["--after", $0] } + ["true"]
      ).expectSuccess()
      try await queue.succeed("cancel", "p5")
      let shown = try await queue.run("show", "job").lines.filter { $0.hasPrefix("waits ") }
      #expect(shown.first?.hasSuffix(" it waits for 9 jobs, first: p1, p2, p3") == true, "\(shown)")
      #expect(shown.dropFirst().first?.contains("\"p5\", which is cancelled") == true, "\(shown)")
      #expect(shown.count == 3, "\(shown)")
    }

    @Test func `a job without runs has no table, and one without a log no last line`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "new", "true")
      let new = try await queue.run("show", "new")
      #expect(!new.output.contains("RUN"), "\(new)")
      #expect(try await runs(of: "new").isEmpty)
      try await queue.drain()
      try FileManager.default.removeItem(atPath: try #require(await runs(of: "new").first).log)
      #expect(try await queue.run("show", "new").lines.last?.hasSuffix("  completed") == true)
    }

    @Test func `a job's text is sanitized on a screen`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "loud", "--env", "X=\u{1B}[31m",
        "printf '\\033[2J\\033]0;owned\\007 \\302\\205\\n'; exit 1", "--max-retries", "0")
      try await queue.drain()
      for arguments in [["show", "loud", "--show-env"], ["show", "loud", "--json"]] {
        let screen = try await queue.screen(arguments + ["--no-color"])
        let isInert = screen.unicodeScalars.allSatisfy {
          $0 == "\n" || $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
        }
        #expect(isInert, "\(arguments): \(screen)")
      }
    }

    @Test(arguments: [["show", "nosuch"], ["show", "\u{1B}[31m"], ["show", ""]])
    func `an unknown job is reported`(arguments: [String]) async throws {
      try await queue.succeed("enqueue", "--id", "one", "true")
      let result = try await queue.run(arguments)
      #expect(result.status == 1 && result.output == "", "\(result)")
      #expect(result.errors.contains("no job is called"), "\(result)")
      #expect(!result.errors.contains("\u{1B}"), "\(result)")
      #expect(try await queue.run("show").status == 64)
    }
  }
}
