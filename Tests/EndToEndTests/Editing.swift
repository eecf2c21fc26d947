import Foundation
import Testing

extension EndToEnd {
  /// `edit`.
  @Suite struct Editing {
    let queue = TestQueue.current

    @Test func `a waiting job is changed, and an idle worker is notified`() async throws {
      try await queue.succeed("config", "set", "poll-interval", "1m")
      try await queue.succeed("enqueue", "--id", "job1", "--delay", "1h", "echo old")
      let workers = try await queue.startWorkers()
      #expect(
        try await queue.succeed("edit", "job1", "--command", "echo new", "--priority", "-5")
          == "edited job1\n")
      let job = try await queue.job("job1")
      #expect(job.command == "echo new")
      #expect(job.priority == -5)
      let ring = try queue.lastRing()
      try await queue.succeed("edit", "job1", "--delay", "0")
      #expect(try queue.lastRing() != ring)
      try await workers.line(containing: "job1 completed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)

      let late = try await queue.run("edit", "job1", "--priority", "1")
      #expect(late.status == 1, "\(late)")
      #expect(
        late.errors.contains(#"job "job1" is completed: only waiting jobs can be edited"#),
        "\(late)")
    }

    @Test(
      arguments: [
        ([], 64, "Give the change"),
        (["--delay", "1", "--at", "+1m"], 64, "--delay can't be combined with --at"),
        (["--at", "never"], 64, "--at takes"), (["--delay", "-1"], 64, "--delay takes"),
        (["--priority", "99999999"], 64, "--priority must be from"),
        (["--command", " "], 64, "--command must not be blank"),
      ] as [([String], Int, String)])
    func `invalid values are refused`(words: [String], status: Int, message: String) async throws {
      try await queue.succeed("enqueue", "--id", "job1", "true")
      let before = try await queue.succeed("list", "--json")
      let result = try await queue.run(["edit", "job1"] + words)
      #expect(result.status == status, "\(result)")
      #expect(result.errors.contains(message), "\(result)")
      #expect(try await queue.succeed("list", "--json") == before)
    }
  }
}
