import Foundation
import Testing

extension EndToEnd {
  /// Negative numbers as words of their own, which the parser could take for options.
  @Suite struct NegativeNumbers {
    let queue = TestQueue.current
    private static let number = "-99999999"

    /// What the values of options are that hold a number, a duration or a time.
    private static let numeric: Set = [
      "address:port", "backoff-base", "backoff-jitter", "count", "duration", "limit", "lines",
      "max-retries", "n", "number", "octal", "priority", "runs", "size", "statuses", "time",
    ]

    /// The words that a command needs beside the option, which would be refused before it.
    private static func needed(by command: String, option: String) -> [String] {
      let isFilter = ["exit", "newer-than", "older-than"].contains(option)
      return switch command {
      case "edit" where isFilter: ["--nice", "1"]
      case "enqueue": ["true"]
      case "list", "dlq list", "purge", "schedule check", "status", "top", "worker start",
        "worker stop":
        []
      case "web": option == "mode" ? ["--unix=/x"] : []
      case "schedule add": ["new"] + (option == "every" ? [] : ["--every", "1m"]) + ["true"]
      case "schedule next": option == "every" ? [] : ["--every", "1m"]
      case "schedule edit", "schedule show": ["nightly"]
      case "service install":
        (option == "mode" ? ["--web", "--unix=/x"] : option == "listen" ? ["--web"] : [])
          + ["--user", "--print"]
      default: isFilter ? [] : ["job"]
      }
    }

    @Test func `a negative number is refused with its option, and nothing is changed`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "0", "false")
      try await queue.drain()
      try await queue.succeed("schedule", "add", "nightly", "--every", "1d", "true")
      let before = try await queue.succeed("export")
      var tried = 0
      for (command, options) in try await commands() {
        for option in options where Self.numeric.contains(option.value) {
          tried += 1
          let words = command.split(separator: " ").map(String.init)
          // The option before the words of a command, which could have it as well.
          let result = try await queue.run(
            words + ["--\(option.name)", Self.number]
              + Self.needed(by: command, option: option.name))
          #expect(result.status == 64, "\(result)")
          let says = result.errors.contains("--\(option.name) ")
          #expect(says && result.errors.contains(Self.number), "\(result)")
          #expect(result.errors.contains(/takes|must be (from|a |1 |0 )/), "\(result)")
        }
      }
      #expect(tried > 100)
      #expect(try await queue.succeed("export") == before)
    }

    @Test(arguments: [
      (["queue", "limit", "mail", "-1"], #"The limit must be 0 to 100000, or none, not "-1""#),
      (["queue", "limit", "mail", "1", "2"], "Give one limit"),
      (["queue", "limit", "mail"], "Missing expected argument '<limit> ...'"),
      (["progress", "-1", "a step"], #"progress must be a number from 0 to 100, not "-1""#),
      (["progress", "1", "a", "step"], "Give a percentage, and a message as one word, in quotes"),
      (
        ["config", "set", "max-retries", "-1"],
        #"max-retries must be a whole number from 0 to 10000, not "-1""#
      ),
      (["top", "-n", "-1"], "--count must be 1 or more, not -1"),
      (["top", "-d", "-1s"], "--delay takes a duration"),
      (["worker", "start", "-c", "-1"], "--count must be from 1 to 256, not -1"),
    ])
    func `so is one that is an argument, or follows a short option`(
      words: [String], message: String
    ) async throws {
      let result = try await queue.run(words)
      #expect(result.status == 64 && result.errors.contains(message), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    private struct Option {
      var name: String
      var value: String
    }

    /// The options with values of every command, by the command's full name.
    private func commands() async throws -> [String: [Option]] {
      let dump = try JSON.object(try await queue.succeed("--experimental-dump-help"))
      var found: [String: [Option]] = [:]
      func visit(_ command: [String: Any], named name: [String]) {
        for argument in command["arguments"] as? [[String: Any]] ?? [] {
          let names = argument["names"] as? [[String: Any]] ?? []
          guard argument["kind"] as? String == "option", let value = argument["valueName"],
            let long = names.first(where: { $0["kind"] as? String == "long" })?["name"]
          else { continue }
          found[name.joined(separator: " "), default: []].append(
            Option(name: "\(long)", value: "\(value)"))
        }
        for below in command["subcommands"] as? [[String: Any]] ?? [] {
          visit(below, named: name + ["\(below["commandName"] ?? "")"])
        }
      }
      visit(try #require(dump["command"] as? [String: Any]), named: [])
      return found
    }
  }
}
