import Foundation
import Testing

extension EndToEnd {
  /// `purge`, and the workers' own removals.
  @Suite struct Purging {
    let queue = TestQueue.current

    /// Completed: a, and m of queue mail; dead: d; cancelled: off; pending: waits.
    private func fill() async throws {
      try await queue.succeed(
        "enqueue", "-", "--max-retries", "0",
        input: """
          {"id":"a","command":"true"}
          {"id":"m","command":"true","queue":"mail"}
          {"id":"d","command":"false"}
          """)
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "off", "true")
      try await queue.succeed("cancel", "off")
      try await queue.succeed("enqueue", "--id", "waits", "--delay", "1h", "true")
    }

    private func ids() async throws -> [String] { try await queue.jobs().map(\.id).sorted() }

    private func logs() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "\(queue.database).d/logs/0").sorted()
    }

    @Test func `completed and cancelled jobs are removed with their logs`() async throws {
      try await fill()
      let dry = try await queue.succeed("purge", "--dry-run").split(separator: "\n").map(
        String.init)
      #expect(dry.first == "would remove 3 jobs:", "\(dry)")
      #expect(Set(dry.dropFirst()) == ["  a", "  m", "  off"], "\(dry)")
      #expect(
        try await queue.succeed("purge", "--older-than", "1d", "--yes") == "removed 0 jobs\n")
      #expect(try await ids().count == 5)
      #expect(try await queue.succeed("purge", "--yes") == "removed 3 jobs\n")
      #expect(try await ids() == ["d", "waits"])
      #expect(try logs() == ["3.log"])
      #expect(try await queue.counts().filter { $0.value > 0 } == ["dead": 1, "pending": 1])
    }

    @Test func `--state and --queue select jobs`() async throws {
      try await fill()
      #expect(try await queue.succeed("purge", "--queue", "mail", "-y") == "removed 1 job\n")
      #expect(try await queue.succeed("purge", "--state", "dead", "-y") == "removed 1 job\n")
      #expect(try await ids() == ["a", "off", "waits"])
      #expect(try await queue.succeed("purge", "--state", "Canceled", "-y") == "removed 1 job\n")
      #expect(try await ids() == ["a", "waits"])
    }

    @Test(arguments: [
      (["--state", "pending"], "pending jobs are unfinished"),
      (["--state", "compelted"], "did you mean \"completed\"?"),
      (["--older-than", "long"], "--older-than takes a duration"),
    ])
    func `invalid values are refused`(words: [String], message: String) async throws {
      try await fill()
      let result = try await queue.run(["purge"] + words)
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains(message), "\(result)")
      #expect(try await ids().count == 5)
    }

    @Test func `without a terminal nothing is removed unless --yes is given`() async throws {
      try await fill()
      for words in [["purge"], ["purge", "--state", "dead"]] {
        let result = try await queue.run(words)
        #expect(result.status == 64 && result.errors.contains("pass --yes"), "\(result)")
      }
      let elsewhere = try await queue.run("purge", "--queue", "mial", "--dry-run")
      #expect(elsewhere.errors.contains(#"did you mean "mail"?"#), "\(elsewhere)")
      #expect(try await ids().count == 5)
    }

    @Test func `it asks on a terminal`() async throws {
      try await fill()
      let terminal = try Terminal()
      let purge = try queue.start("purge", on: terminal)
      try await terminal.shows("Remove 3 jobs? [y/N]")
      terminal.type("n\r")
      #expect(try await purge.exit() == 1)
      #expect(try await ids().count == 5)
      #expect(try await queue.screen("purge", "--yes") == "removed 3 jobs\n")
    }

    @Test func `workers remove jobs after their retention`() async throws {
      try await fill()
      try await queue.succeed("config", "set", "keep-completed", "1ms")
      // Removal is a worker's first task besides jobs.
      try await queue.succeed("enqueue", "--id", "last", "exit 1", "--max-retries", "0")
      let workers = try await queue.startWorkers()
      try await workers.line(containing: "last failed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      #expect(try await ids() == ["d", "last", "waits"])
      #expect(try logs() == ["3.log", "4.log"])
    }

    @Test(.needs(program: "strace"))
    func `a removal that fails half-way reports its progress`() async throws {
      let lines = (1...600).map { #"{"id":"job\#($0)","command":"true"}"# }
      try await queue.succeed("enqueue", "-", input: lines.joined(separator: "\n") + "\n")
      let cancelled = (1...600).map { "job\($0)" }
      try await queue.shell("queuectl cancel \(cancelled.joined(separator: " ")) >cancelled")
        .expectSuccess()
      let result = try await queue.run(
        program: "/usr/bin/strace",
        [
          "strace", "-qq", "-o", queue.file("trace"), "-e", "trace=fdatasync",
          "-e", "inject=fdatasync:error=EIO:when=3+", Binary.path, "purge", "--yes",
        ])
      #expect(result.status == 1)
      #expect(result.errors.contains(" jobs had been removed before"), "\(result)")
    }
  }
}
