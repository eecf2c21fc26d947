import Foundation
import Testing

extension EndToEnd {
  /// `stats`.
  @Suite struct Statistics {
    let queue = TestQueue.current

    /// Three jobs that succeed, in two queues; one that dies of its second failure; one that waits.
    private func fill() async throws {
      try await queue.succeed("config", "set", "backoff-max", "0")
      try await queue.succeed(
        "enqueue", "-",
        input: """
          {"command":"true"}
          {"command":"true"}
          {"command":"sleep 0.1","queue":"mail"}
          {"command":"exit 3","max_retries":1}
          """)
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "waits", "true")
    }

    private func figures(_ arguments: String...) async throws -> [String: Any] {
      try JSON.object(try await queue.run(["stats", "--json"] + arguments).output)
    }

    private func total(_ figures: [String: Any], window: Int) throws -> [String: Any] {
      let windows = try #require(figures["windows"] as? [[String: Any]])
      return try #require(windows[window]["total"] as? [String: Any])
    }

    @Test func `a tag is refused with the command that counts its jobs`() async throws {
      let result = try await queue.run("stats", "--tag", "import")
      #expect(result.status == 64 && result.errors.contains("Unknown option '--tag'"), "\(result)")
      #expect(result.errors.contains("queuectl status --tag NAME"), "\(result)")
    }

    @Test func `events are counted over a minute, an hour and a day`() async throws {
      try await fill()
      let figures = try await figures()
      let windows = try #require(figures["windows"] as? [[String: Any]])
      #expect(windows.map { $0["window"] as? String } == ["1m", "1h", "1d"])
      for window in 1...2 {
        let total = try total(figures, window: window)
        for (event, count) in [
          "enqueued": 5, "started": 5, "completed": 3, "failed": 2, "dead": 1, "stopped": 0,
          "lost": 0, "cancelled": 0,
        ] {
          #expect(total[event] as? Int == count, "\(event) in \(total)")
        }
        #expect(total["failure_rate"] as? Double == 0.4)
        let longest = try #require((total["run_time"] as? [String: Double])?["max"])
        #expect(longest >= 0.1 && longest < 10)
        #expect((total["wait"] as? [String: Double])?["p50"] != nil)
        let queues = try #require(windows[window]["queues"] as? [String: Any])
        #expect(Set(queues.keys) == ["default", "mail"])
      }
      #expect(figures["unfinished"] as? Int == 1)
      #expect(figures["longest_wait"] as? Double != nil)
      #expect(figures["drain"] as? Double != nil)
      let commands = try #require(figures["commands"] as? [String: Any])
      #expect(commands["runs"] as? Int == 5)
      let slowest = try #require(commands["slowest"] as? [[String: Any]])
      #expect(slowest.first?["command"] as? String == "sleep 0.1")
      let failing = try #require(commands["most_failing"] as? [[String: Any]])
      #expect(failing.map { $0["command"] as? String } == ["exit 3"])
      #expect(failing.map { $0["failed"] as? Int } == [2])
    }

    @Test func `--queue shows one queue`() async throws {
      try await fill()
      let mail = try await figures("--queue", "mail")
      let total = try total(mail, window: 2)
      #expect(total["completed"] as? Int == 1 && total["failed"] as? Int == 0)
      #expect(mail["unfinished"] as? Int == 0)
      #expect(mail["longest_wait"] is NSNull)
      let none = try await figures("--queue", "nosuch")
      #expect(try self.total(none, window: 2)["completed"] as? Int == 0)
    }

    @Test func `tables fit the terminal, and are plain when piped`() async throws {
      try await fill()
      let result = try await queue.run("stats")
      #expect(result.status == 0 && result.errors == "", "\(result)")
      #expect(result.lines.first?.hasPrefix("OVER THE LAST") == true, "\(result)")
      #expect(result.lines.contains { $0.hasPrefix("completed ") && $0.hasSuffix(" 3") })
      #expect(result.output.contains("1 unfinished"), "\(result)")
      for title in ["BY QUEUE", "SLOWEST COMMANDS, of the latest 5 runs", "MOST FAILING COMMANDS"] {
        #expect(result.output.contains(title), "\(result)")
      }
      let screen = try await queue.screen("stats")
      #expect(screen.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(screen)")
    }

    @Test func `without events nothing is divided by zero`() async throws {
      try await queue.succeed("config", "set", "max-retries", "1")
      let result = try await queue.run("stats")
      #expect(result.status == 0, "\(result)")
      #expect(result.output.contains("0 unfinished"), "\(result)")
      let total = try total(try await figures(), window: 0)
      #expect(total["failure_rate"] is NSNull)
      #expect(try #require(total["wait"] as? [String: Any])["p50"] is NSNull)
    }

    @Test func `a command is sanitized on a screen`() async throws {
      try await queue.succeed("enqueue", "echo '\u{1B}[2J'")
      try await queue.drain()
      let screen = try await queue.screen("stats", "--no-color")
      #expect(screen.contains("^[[2J") && !screen.contains("\u{1B}"), "\(screen)")
    }
  }
}
