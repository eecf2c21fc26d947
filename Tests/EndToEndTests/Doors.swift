import Foundation
import Testing

extension EndToEnd {
  /// Permissions and secrets of a queue, as docs/security.md states them.
  @Suite struct Doors {
    let queue = TestQueue.current

    // MARK: - Secrets

    @Test func `the values of a job's variables are shown on request only`() async throws {
      try await queue.succeed("config", "set", "on-dead", "cat > told")
      try await queue.succeed(
        "enqueue", "--id", "job", "--env", "TOKEN=hunter2", "--max-retries", "0", "false")
      try await queue.drain()
      let commands = [
        ["show", "job"], ["show", "job", "--json"], ["list"], ["list", "--json"],
        ["dlq", "show", "job"], ["dlq", "show", "job", "--json"], ["dlq", "list", "--json"],
        ["explain", "job", "--json"], ["top", "--once"], ["top", "--once", "--json"],
      ]
      for command in commands {
        let result = try await queue.run(command)
        #expect(
          result.status == 0 && !result.output.isEmpty && !result.output.contains("hunter2"),
          "\(result)")
      }
      #expect(try queue.lines(of: "told").map { $0.contains(#""env":{"TOKEN":null}"#) } == [true])
      for command in commands where ["show", "dlq"].contains(command[0]) || command[0] == "list" {
        let isTable = command.first == "list" && !command.contains("--json")
        let result = try await queue.run(command + ["--show-env"])
        #expect(result.status == 0, "\(result)")
        #expect(result.output.contains("hunter2") != isTable, "\(result)")
      }
      #expect(try await queue.succeed("export").contains("hunter2"), "an export leaves nothing out")
    }

    @Test func `JSON with hidden variables isn't accepted as a new job`() async throws {
      try await queue.succeed("enqueue", "--id", "job", "--env", "TOKEN=hunter2", "true")
      let shown = try await queue.succeed("list", "--json")
      let result = try await queue.run(
        "enqueue", "--db", queue.file("other.db"), "-", input: shown)
      #expect(result.status == 64, "\(result)")
      #expect(result.errors.contains(#"env must have text as the value of "TOKEN""#), "\(result)")
    }

    // MARK: - Symbolic links

    @Test func `a queue is the same through every link`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let link = queue.file("link.db")
      #expect(symlink(queue.database, link) == 0)
      let workers = try await queue.startWorkers("--db", link)
      _ = try await held.nextStart()
      #expect(try await queue.workers().map(\.state) == ["busy"])
      try await queue.succeed("enqueue", "--id", "next", "--db", link, "true")
      held.release()
      try await queue.succeed("wait", "--all", "--db", link)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      #expect(!FileManager.default.fileExists(atPath: "\(link).d"))
      #expect(try await queue.jobs().map(\.attempts) == [1, 1])
    }

    @Test func `a dangling link is reported, and nothing is created`() async throws {
      let link = queue.file("link.db")
      #expect(symlink(queue.file("nowhere.db"), link) == 0)
      for command in ["enqueue true", "status", "worker start --drain"] {
        let result = try await queue.shell("queuectl \(command) --db '\(link)'")
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains("\(link) is a dangling symbolic link"), "\(result)")
      }
      #expect(!FileManager.default.fileExists(atPath: queue.file("nowhere.db")))
    }

    @Test func `output isn't written through a link in a log's place`() async throws {
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "0", "echo written")
      let logs = queue.file("data/queue.db.d/logs/0")
      try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
      try queue.write("mine\n", to: "mine")
      #expect(symlink(queue.file("mine"), "\(logs)/1.log") == 0)
      try await queue.drain()
      #expect(try queue.lines(of: "mine") == ["mine"])
      #expect(try await queue.job("job").state == "completed")
      #expect(try await queue.succeed("logs", "job") == "written\n")
    }

    // MARK: - Who may write

    private func expectRefusal(
      saying text: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      let refused = try await queue.run("worker", "start", "--drain")
      #expect(refused.status == 1, "\(refused)", sourceLocation: sourceLocation)
      #expect(
        refused.errors.contains("\(path) \(text)") && refused.errors.contains("--trust-others"),
        "\(refused)", sourceLocation: sourceLocation)
      #expect(try await queue.counts()["pending"] == 1, sourceLocation: sourceLocation)
      let doctor = try await queue.run("doctor")
      #expect(
        doctor.status == 1 && doctor.output.contains("access: \(path) \(text)"), "\(doctor)",
        sourceLocation: sourceLocation)
    }

    @Test(arguments: ["data/queue.db", "data/queue.db-wal", "data", ""])
    func `workers refuse a queue that other users can write to, unless told to trust them`(
      place: String
    )
      async throws
    {
      try await queue.succeed("enqueue", "true")
      let path = place.isEmpty ? queue.path : queue.file(place)
      chmod(path, 0o777)
      try await expectRefusal(saying: "is writable by other users", at: path)
      try await queue.succeed("worker", "start", "--drain", "--trust-others")
      #expect(try await queue.counts()["completed"] == 1)
      chmod(path, 0o1777)
      if place.hasSuffix("data") || place.isEmpty {
        try await queue.succeed("worker", "start", "--drain")
      }
    }

    @Test(.needsStranger, arguments: ["data/queue.db", "data/queue.db.d", "data"])
    func `root's workers refuse a queue that another user created`(place: String)
      async throws
    {
      try await queue.succeed("enqueue", "true")
      try await queue.succeed("worker", "stop")
      mkdir(queue.file("data/queue.db.d"), 0o700)
      let path = queue.file(place)
      let stranger = UInt32(Conditions.stranger)
      #expect(chown(path, stranger, stranger) == 0)
      try await expectRefusal(saying: "belongs to uid \(stranger)", at: path)
      let background = try await queue.run("worker", "start", "--detach")
      #expect(background.status == 1, "\(background)")
    }

    @Test(.needs(program: "setfacl"), arguments: ["data/queue.db", "data/queue.db.d", "data"])
    func `FAULT 73: workers refuse a queue that an access control list opens to others`(
      place: String
    ) async throws {
      try await queue.succeed("enqueue", "true")
      let path = queue.file(place)
      let given = try await queue.run(
        program: "/usr/bin/setfacl", ["setfacl", "-m", "u:61234:rwx", path])
      // Some file systems have no access control lists.
      guard given.status == 0 else { return }
      try await expectRefusal(saying: "is writable by other users", at: path)
      try await queue.shell("setfacl -b '\(path)' && chmod go-w '\(path)'").expectSuccess()
      try await queue.drain()
    }

    @Test(.needsStranger, arguments: ["-journal", ".d/logs", ".d/workers", ".d/doorbell"])
    func `FAULT 73: workers refuse a queue with another user's file beside it`(
      place: String
    ) async throws {
      try await queue.succeed("enqueue", "true")
      try await queue.succeed("worker", "stop")
      let path = queue.database + place
      try await queue.shell("[ -e '\(path)' ] || mkdir -p '\(path)'").expectSuccess()
      let stranger = UInt32(Conditions.stranger)
      #expect(chown(path, stranger, stranger) == 0)
      try await expectRefusal(saying: "belongs to uid \(stranger)", at: path)
    }

    @Test func `FAULT 73: doctor reports where other users can create files beside the queue`()
      async throws
    {
      try await queue.succeed("enqueue", "true")
      chmod(queue.file("data"), 0o1777)
      let doctor = try await queue.succeed("doctor")
      #expect(
        doctor.contains(
          "other users can create files beside the database, in \(queue.file("data"))"))
    }

    // MARK: - One queue, one name

    @Test(.needsRoot)
    func `FAULT 75: a database file that is mounted by itself is refused`() async throws {
      try await queue.succeed("enqueue", "true")
      try queue.write("", to: "place.db")
      let script = """
        mount --bind '\(queue.database)' '\(queue.file("place.db"))' || exit 9
        '\(Binary.path)' enqueue --db '\(queue.file("place.db"))' true
        """
      let result = try await queue.run(
        program: "/usr/bin/unshare", ["unshare", "-m", "sh", "-c", script])
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains("mount the directory, not the file"), "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("place.db-wal")))
    }

    // MARK: - Inheritance

    @Test func `the on-dead command gets descriptors 0, 1 and 2 only, and default signals`()
      async throws
    {
      try await queue.succeed("config", "set", "on-dead", TestQueue.inheritanceProbe)
      try await queue.succeed("enqueue", "--max-retries", "0", "false")
      try await queue.drainWithInheritance()
      try queue.expectNothingInherited()
    }

    @Test func `a backup is readable by its owner only, whatever the umask`() async throws {
      try await queue.succeed("enqueue", "true")
      try await queue.shell("umask 0; queuectl backup copy.db").expectSuccess()
      #expect(try FileContents.mode(queue.file("copy.db")).mode == 0o600)
    }
  }
}
