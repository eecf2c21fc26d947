import Foundation
import Testing

extension EndToEnd {
  /// `config`.
  @Suite struct Configuring {
    let queue = TestQueue.current

    private static let defaults = [
      "max-retries": "3", "backoff-base": "2", "backoff-max": "1h", "backoff-jitter": "0",
      "snooze-delay": "30s", "timeout": "none", "kill-grace": "10s", "poll-interval": "1s",
      "lease": "30s",
      "max-crashes": "3", "on-dead": "none", "on-dead-timeout": "30s", "durability": "standard",
    ]

    private func settings() async throws -> [String: String] {
      try JSON.decode(
        [String: String].self, from: try await queue.succeed("config", "list", "--json"))
    }

    @Test func `every setting has its documented default`() async throws {
      let settings = try await settings()
      for (key, value) in Self.defaults { #expect(settings[key] == value, "\(key)") }
      let table = try await queue.succeed("config", "list")
      for key in settings.keys { #expect(table.contains("\(key) "), "no \(key) in \(table)") }
    }

    @Test func `a setting is set, kept, shown and reset`() async throws {
      #expect(try await queue.succeed("config", "set", "max-retries", "5") == "max-retries = 5\n")
      #expect(try await queue.succeed("config", "get", "max-retries") == "5\n")
      #expect(try await settings()["max-retries"] == "5")
      #expect(try await queue.succeed("config", "unset", "max-retries") == "max-retries = 3\n")
      #expect(try await queue.succeed("config", "get", "max-retries") == "3\n")
    }

    @Test func `keys may use - or _`() async throws {
      #expect(try await queue.succeed("config", "set", "max_retries", "1") == "max-retries = 1\n")
      #expect(try await queue.succeed("config", "get", "max_retries") == "1\n")
      #expect(try await queue.succeed("config", "unset", "max_retries") == "max-retries = 3\n")
    }

    @Test(arguments: [
      ("backoff-base", "0.5", "0.5"), ("backoff-base", "10", "10"), ("backoff-max", "90", "1m30s"),
      ("timeout", "1h30m", "1h30m"), ("timeout", "none", "none"), ("durability", "full", "full"),
      ("poll-interval", "250ms", "250ms"), ("max-retries", "0", "0"),
      ("max-retries", "10000", "10000"),
    ])
    func `a value is shown in the form in which it is typed`(
      key: String, value: String, shown: String
    ) async throws {
      #expect(try await queue.succeed("config", "set", key, value) == "\(key) = \(shown)\n")
      #expect(try await queue.succeed("config", "get", key) == "\(shown)\n")
    }

    @Test func `a value with control characters is sanitized on a terminal, and raw in a pipe`()
      async throws
    {
      let value = "echo \u{1B}]0;title\u{7}\u{9B}31m"
      let set = try await queue.succeed("config", "set", "on-dead", value)
      #expect(set == "on-dead = echo ^[]0;title^G·31m\n")
      #expect(try await queue.succeed("config", "get", "on-dead") == value + "\n")
      #expect(try await queue.screen("config", "get", "on-dead") == "echo ^[]0;title^G·31m\n")
    }

    @Test func `max-retries is fixed when a job is enqueued`() async throws {
      try await queue.succeed("config", "set", "max-retries", "7")
      try await queue.succeed("enqueue", "--id", "before", "true")
      try await queue.succeed("config", "set", "max-retries", "1")
      try await queue.succeed("enqueue", "--id", "after", "true")
      #expect(try await queue.job("before").maxRetries == 7)
      #expect(try await queue.job("after").maxRetries == 1)
    }

    @Test func `a running worker uses a changed backoff`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "1000")
      let workers = try await queue.startWorkers()
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      try await queue.succeed("enqueue", "--id", "quick", "--max-retries", "2", "false")
      try await workers.line(containing: "quick failed after")
      try await workers.line(containing: "no retry is left: dead")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `an invalid change keeps the old value`() async throws {
      try await queue.succeed("config", "set", "max-retries", "5")
      #expect(try await queue.run("config", "set", "max-retries", "x").status == 64)
      #expect(try await queue.succeed("config", "get", "max-retries") == "5\n")
    }
  }
}
