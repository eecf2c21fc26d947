import Foundation
import Testing

extension EndToEnd {
  /// Flags behind a command: the stored command must be the typed one.
  @Suite struct FlagsOfCommands {
    let queue = TestQueue.current

    @Test(arguments: [
      "docker run --env A=b img", "rsync --timeout 30 src dst", "ls --version", "ls -la",
      "--id x docker run --env A=b img", "echo a --priority 5 b",
      "--priority 1 docker run --id docker",
    ])
    func `flags among the words of a command are refused`(words: String) async throws {
      let result = try await queue.run(["enqueue"] + words.split(separator: " ").map(String.init))
      #expect(result.status == 64, "\(result)")
      #expect(result.output == "" && result.errors.contains("comes after the command: put"))
      #expect(try await queue.jobs().isEmpty)
    }

    @Test(arguments: [
      ("-- docker run --env A=b img", "docker run --env A=b img"), ("-- ls -la", "ls -la"),
      ("-- [ -f x ]", "'[' -f x ']'"), ("true --priority 5", "true"),
      ("--priority 5 -- echo --help", "echo --help"), ("echo a b", "echo a b"),
    ])
    func `unambiguous flags are accepted`(words: String, command: String) async throws {
      try await queue.run(["enqueue"] + words.split(separator: " ").map(String.init))
        .expectSuccess()
      #expect(try await queue.jobs().map(\.command) == [command])
    }

    @Test func `a misspelt flag behind a word is named`() async throws {
      let misspelt = try await queue.run("enqueue", "true", "--prioritty", "5")
      #expect(misspelt.status == 64 && misspelt.errors.contains("--priority"), "\(misspelt)")
    }

    @Test func `if the id can't be printed, the error says that the job is stored`() async throws {
      let result = try await queue.shell("queuectl enqueue --id job1 true > /dev/full")
      #expect(result.status == 1)
      #expect(result.errors.contains("the job job1 is stored nevertheless"), "\(result)")
      let many = #"[{"command":"true"},{"command":"true"}]"#
      let both = try await queue.shell("queuectl enqueue '\(many)' > /dev/full")
      #expect(both.errors.contains("the jobs are stored nevertheless"), "\(both)")
      #expect(try await queue.jobs().count == 3)
    }

    @Test func `a time in the past is reported`() async throws {
      let result = try await queue.run("enqueue", "--at", "1760000000", "true")
      #expect(result.status == 0 && result.errors.contains("the job is due now"), "\(result)")
      let later = try await queue.run("enqueue", "--at", "+1h", "true")
      #expect(later.status == 0 && later.errors == "", "\(later)")
    }
  }
}
