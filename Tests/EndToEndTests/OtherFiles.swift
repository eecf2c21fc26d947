import Foundation
import Testing

extension EndToEnd {
  /// Files that aren't a queue of this binary are refused and unchanged. Unwritable outputs.
  @Suite struct OtherFiles {
    let queue = TestQueue.current

    private static let commands = [
      ["status"], ["list"], ["list", "--json"], ["enqueue", "true"],
      ["worker", "start", "--drain"],
      ["worker", "stop"], ["config", "set", "max-retries", "1"], ["config", "list"],
      ["dlq", "list"],
      ["dlq", "retry", "--all"],
    ]

    private func expectRefusal(of path: String, saying text: String) async throws {
      let before = try FileContents.read(path)
      for command in Self.commands {
        let result = try await queue.run(command + ["--db", path])
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains(path), "\(result)")
        #expect(result.errors.contains(text), "\(result)")
        #expect(try FileContents.read(path) == before, "\(command) changed the file")
      }
      let directory = (path as NSString).deletingLastPathComponent
      let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        .filter { !$0.hasPrefix(".") }
      #expect(names == [(path as NSString).lastPathComponent], "files appeared beside it: \(names)")
    }

    private func path(_ name: String) throws -> String {
      let directory = queue.file("others")
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      return "\(directory)/\(name)"
    }

    @Test func `FAULT 64: a text file is refused and unchanged`() async throws {
      let path = try path("notes.txt")
      try FileContents.write(String(repeating: "these are my notes\n", count: 100), to: path)
      try await expectRefusal(of: path, saying: "isn't an SQLite database and is unchanged")
    }

    @Test func `FAULT 64: a short text file is refused and unchanged`() async throws {
      let path = try path("short.txt")
      try FileContents.write("hello\n", to: path)
      try await expectRefusal(of: path, saying: "isn't an SQLite database and is unchanged")
    }

    @Test func `FAULT 64: an empty file is refused and unchanged`() async throws {
      let path = try path("empty.db")
      try FileContents.write("", to: path)
      try await expectRefusal(of: path, saying: "isn't a queuectl database")
    }

    @Test(.needsSqlite)
    func `FAULT 64: a foreign SQLite file is refused and unchanged`() async throws {
      let path = try path("foreign.db")
      try await queue.sqlite(
        path, "CREATE TABLE jobs (id TEXT); INSERT INTO jobs VALUES ('theirs')")
      try await expectRefusal(of: path, saying: "isn't a queuectl database")
    }

    @Test(.needsSqlite)
    func `FAULT 64: a newer schema is refused and unchanged`() async throws {
      let path = try path("newer.db")
      try await queue.succeed("enqueue", "--db", path, "--id", "theirs", "true")
      // Checkpointed, so that the database file alone is the queue.
      try await queue.sqlite(
        path, "PRAGMA user_version = 999; PRAGMA journal_mode = DELETE")
      try FileManager.default.removeItem(atPath: path + ".d")
      try await expectRefusal(of: path, saying: "was written by a newer queuectl (schema 999")
    }

    @Test func `FAULT 64: a directory is refused with that reason`() async throws {
      let path = queue.file("directory.db")
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      for command in Self.commands {
        let result = try await queue.run(command + ["--db", path])
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains(path), "\(result)")
        #expect(result.errors.contains("directory"), "\(result)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
    }

    // MARK: - Outputs

    @Test(arguments: ["list --limit 0", "list --json", "status --watch=100ms"])
    func `FAULT 68: a reader that closes the pipe early ends a command silently`(
      command: String
    ) async throws {
      try await queue.succeed(
        "enqueue", "-", input: String(repeating: "{\"command\":\"true\"}\n", count: 3000))
      let result = try await queue.shell(
        "{ queuectl \(command); echo \"ended with $?\" >&2; } | head -n 1")
      #expect(result.lines.count == 1, "\(result)")
      // The shell's status for SIGPIPE.
      #expect(result.errors == "ended with 141\n", "\(result)")
    }

    @Test func `a closed pipe isn't the success of a job that is waited for`() async throws {
      let workers = try await queue.startWorkers()
      let result = try await queue.shell(
        """
        { queuectl enqueue --wait --max-retries 0 'echo one; sleep 0.1; echo two; exit 9'
        echo "ended with $?" >&2; } | head -n 1
        """)
      #expect(result.output == "one\n", "\(result)")
      #expect(result.errors == "ended with 141\n", "\(result)")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(arguments: ["list", "status", "config list", "list --json", "enqueue true", "--help"])
    func `FAULT 68: a full disk under the output is an error`(command: String) async throws {
      try await queue.succeed("enqueue", "true")
      let result = try await queue.shell("queuectl \(command) > /dev/full")
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains("No space left on device"), "\(result)")
    }

    @Test func `FAULT 68: closed outputs don't harm the database`() async throws {
      try await queue.shell("queuectl enqueue --id a true >&- 2>&- <&-; true").expectSuccess()
      try await queue.shell("queuectl list >&- 2>&- <&-; true").expectSuccess()
      try await queue.shell("queuectl enqueue --id b true >&-; true").expectSuccess()
      try await queue.shell("queuectl worker start --drain >&- 2>&- <&-; true").expectSuccess()
      #expect(try await queue.jobs().map(\.id) == ["b", "a"])
      #expect(try await queue.jobs().map(\.state) == ["completed", "completed"])
    }
  }
}
