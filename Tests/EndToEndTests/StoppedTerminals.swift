import Foundation
import Testing

extension EndToEnd {
  /// A stopped terminal (^S) blocks the command that prints, and no other.
  @Suite struct StoppedTerminals {
    let queue = TestQueue.current

    /// Starts a command on a stopped terminal, waits until its change is visible, changes the queue
    /// from elsewhere, and resumes the terminal.
    private func run(
      _ arguments: String..., isDone: ([String: Int]) -> Bool
    ) async throws -> (status: Int, screen: String) {
      let terminal = try Terminal()
      try terminal.stop()
      let child = try queue.start(
        program: Binary.path, ["queuectl"] + arguments, adding: ["TERM": "xterm"],
        streams: .terminal(terminal.path))
      terminal.show()
      let deadline = ContinuousClock.now + Patience.usual
      while !isDone(try await queue.counts()) {
        try #require(ContinuousClock.now < deadline, "\(arguments) never got to its commit")
      }
      try await queue.succeed("enqueue", "--id", "second", "true")
      try terminal.goOn()
      let status = try await child.exit()
      try await offPool { _ = terminal.screen.waitForEnd(atMost: Patience.usual) }
      return (status, terminal.screen.text)
    }

    @Test
    func `FAULT 69: errors in lines are printed after the transaction, so writers don't wait`()
      async throws
    {
      let lines = #"{"command":"true"}\#n{"comand":"true"}\#n"#
      try queue.write(String(repeating: lines, count: 15), to: "jobs.jsonl")
      try await queue.succeed("enqueue", "true")
      let (status, screen) = try await run("enqueue", "--keep-going", "--file", "jobs.jsonl") {
        $0["pending"] == 16
      }
      #expect(status == 1)
      #expect(screen.contains("line 30: "), "\(screen)")
      #expect(screen.contains("15 enqueued, 15 refused"), "\(screen)")
    }

    @Test func `FAULT 69: the progress line doesn't wait for the terminal`() async throws {
      let lines = (1...30_000).map {
        #"{"job":{"id":"j\#($0)","command":"true","max_retries":1},"state":"completed","#
          + #""attempts":1,"crashes":0,"created_at":"2026-01-01T00:00:00Z","#
          + #""updated_at":"2026-01-01T00:00:00Z","runs":[]}"#
      }
      try queue.write(lines.joined(separator: "\n"), to: "jobs.jsonl")
      try await queue.succeed("enqueue", "true")
      let (status, screen) = try await run("import", "jobs.jsonl") {
        $0["completed"] == 30_000
      }
      #expect(status == 0)
      #expect(screen.contains("imported 30000 jobs"), "\(screen)")
    }

    @Test func `FAULT 69: a removal is committed before it is reported`() async throws {
      try await queue.succeed("enqueue", "-", input: #"[{"id":"a","command":"true"}]"#)
      try await queue.succeed("cancel", "a")
      let (status, screen) = try await run("purge", "--yes") { $0["cancelled"] == 0 }
      #expect(status == 0)
      #expect(screen.contains("removed 1 job"), "\(screen)")
    }
  }
}
