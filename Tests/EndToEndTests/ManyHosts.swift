import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// A queue on a server with several hosts, which are state directories here: their processes
  /// don't see each other's locks.
  @Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
  struct ManyHosts {
    let queue = TestQueue.current
    private let server: ServerQueue

    init() throws { server = try ServerQueue() }

    private func host(_ number: Int) throws -> [String: String?] {
      try server.host("host\(number)", of: queue)
    }

    private func on(_ number: Int, _ arguments: String...) async throws -> Finished {
      try await queue.run(arguments, adding: try host(number))
    }

    @discardableResult
    private func succeed(
      _ number: Int, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
      let result = try await queue.run(arguments, adding: try host(number))
      try #require(result.status == 0, "\(result)", sourceLocation: sourceLocation)
      return result.output
    }

    private func startWorkers(_ number: Int, _ arguments: String...) async throws -> ChildProcess {
      let workers = try queue.start(
        program: Binary.path, ["queuectl", "worker", "start"] + arguments, adding: try host(number))
      try await workers.line(containing: " ready; ")
      return workers
    }

    /// Starts a worker on the second host, whose first job hangs; the next run of it ends at once.
    private func startHostWithJob() async throws -> (
      workers: ChildProcess, job: pid_t, pids: [pid_t]
    ) {
      try await succeed(1, "config", "set", "host-lease", "30s")
      let workers = try await startWorkers(2)
      mkfifo(queue.file("pid"), 0o600)
      try await succeed(
        1, "enqueue", "--id", "job",
        "test -e again || { touch again; echo $$ > pid; exec sleep 1000; }")
      let job = try #require(pid_t(try await queue.shell("cat pid").output.dropLast()))
      return (workers, job, [workers.pid, try await pid(ofWorker: "w1"), job])
    }

    private func state(of id: String) async throws -> String {
      let text = try await succeed(1, "show", id, "--json")
      return try #require(
        (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["state"]
          as? String)
    }

    private func pid(ofWorker id: String) async throws -> pid_t {
      let text = try await succeed(1, "worker", "list", "--json")
      let list = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]]
      let worker = try #require(list?.first { $0["id"] as? String == id })
      return pid_t(try #require(worker["pid"] as? Int))
    }

    @Test func `the commands of the brief work on a server`() async throws {
      try await succeed(1, "enqueue", #"{"id":"good","command":"echo $QUEUECTL_DB"}"#)
      try await succeed(1, "enqueue", #"{"id":"bad","command":"no-such","max_retries":0}"#)
      try await succeed(1, "config", "set", "max-retries", "2")
      try await succeed(2, "worker", "start", "--count", "2", "--drain")
      #expect(try await state(of: "good") == "completed")
      let list = try await succeed(1, "dlq", "list")
      #expect(list.contains("bad") && list.contains("127"), "\(list)")
      try await succeed(1, "dlq", "retry", "bad")
      #expect(try await state(of: "bad") == "pending")
      #expect(try await succeed(2, "logs", "good") == server.address + "\n")
      let status = try await succeed(2, "status")
      #expect(status.contains("completed:  1"), "\(status)")
      let findings = try await on(2, "doctor").output
      // The tests' own server doesn't sync.
      let problems = findings.split(separator: "\n").filter { $0.hasPrefix("problem") }
      #expect(problems.allSatisfy { $0.contains("fsync is off") }, "\(findings)")
    }

    @Test func `an idle worker of another host is woken, whatever the poll interval`() async throws
    {
      try await succeed(1, "config", "set", "poll-interval", "1m")
      let workers = try await startWorkers(2)
      try await succeed(1, "enqueue", "--id", "job", "true")
      try await workers.line(containing: "job completed")
      #expect(try await state(of: "job") == "completed")
      try await succeed(1, "worker", "stop")
    }

    @Test func `FAULT 128: orders reach the workers of other hosts at once`() async throws {
      let workers = try await startWorkers(2)
      try await succeed(1, "enqueue", "--id", "job", "sleep 1000")
      try await workers.line(containing: "job started")
      let before = ContinuousClock.now
      #expect(try await succeed(1, "cancel", "job") == "cancelled job\n")
      #expect(ContinuousClock.now - before < .seconds(4), "a heartbeat would take up to 5 s")
      try await succeed(1, "enqueue", "--id", "next", "sleep 1000")
      try await workers.line(containing: "next started")
      #expect(try await succeed(1, "worker", "stop", "--now").contains("1 worker stopped"))
      #expect(try await workers.exit() == 0)
      #expect(try await state(of: "next") == "pending")
    }

    @Test func `FAULT 108: a host takes no job of another that merely looks dead from here`()
      async throws
    {
      let workers = try await startWorkers(2)
      try await succeed(1, "enqueue", "--id", "long", "sleep 8")
      try await workers.line(containing: "long started")
      // Its lock isn't in this host's directory, which proves nothing.
      try await succeed(1, "worker", "start", "--drain")
      let listed = try await succeed(1, "worker", "list")
      #expect(!listed.contains("lost"), "\(listed)")
      try await succeed(1, "wait", "long")
      let shown = try await succeed(1, "show", "long")
      #expect(shown.contains("attempt       1 of 4") && !shown.contains("lost"), "\(shown)")
      try await succeed(1, "worker", "stop")
    }

    @Test func `FAULT 126: a killed host's job runs on another once host-lease is over`()
      async throws
    {
      let host = try await startHostWithJob()
      let killed = ContinuousClock.now
      for pid in host.pids { kill(pid, SIGKILL) }
      let others = try await startWorkers(1)
      try await others.line(containing: "job started", atMost: .seconds(90))
      #expect(ContinuousClock.now - killed > .seconds(24))
      try await succeed(1, "wait", "job")
      try await succeed(1, "worker", "stop")
    }

    @Test func `FAULT 125: a host that stood still beyond its lease ends its run and goes on`()
      async throws
    {
      let host = try await startHostWithJob()
      for pid in host.pids { kill(pid, SIGSTOP) }
      let others = try await startWorkers(1)
      try await others.line(containing: "job completed", atMost: .seconds(90))
      try await succeed(1, "worker", "stop", "--no-wait")
      #expect(try await others.exit() == 0)
      for pid in host.pids { kill(pid, SIGCONT) }
      #expect(try await Processes.ends(host.job, within: Patience.usual), "the run goes on")
      #expect(try await state(of: "job") == "completed")
      // The stop was meant for the workers of that time.
      try await host.workers.line(containing: "job")
      #expect(try await host.workers.exit() == 0)
    }

    @Test func `FAULT 128: output is read and followed on a host that doesn't have it`()
      async throws
    {
      let workers = try await startWorkers(2, "--count", "2")
      try await succeed(1, "enqueue", "--id", "short", #"printf 'one\0two\377\nthree'"#)
      try await succeed(1, "enqueue", "--id", "long", "seq 100000")
      try await workers.line(containing: "long completed")
      try await workers.line(containing: "short completed")
      let copy = try await queue.shell("queuectl logs short | cksum", adding: try host(1))
      let own = try await queue.shell("queuectl logs short | cksum", adding: try host(2))
      #expect(copy.output == own.output && copy.status == 0, "\(copy) \(own)")

      mkfifo(queue.file("gate"), 0o600)
      try await succeed(1, "enqueue", "--id", "slow", "echo first; cat gate; echo last")
      try await workers.line(containing: "slow started")
      let follower = try queue.start(
        program: Binary.path, ["queuectl", "logs", "--follow", "slow"], adding: try host(1))
      try await follower.line(containing: "first")
      try await queue.shell("echo second > gate").expectSuccess()
      try await follower.line(containing: "last")
      #expect(try await follower.exit() == 0)
      #expect(follower.transcript.text.contains("first\nsecond\nlast\n"))
      try await succeed(1, "worker", "stop")
      let long = try await on(1, "logs", "long")
      #expect(long.output.hasPrefix("1\n2\n") && long.output.hasSuffix("\n99999\n100000\n"))
      #expect(!long.output.contains("\0"), "beside the hole")
      #expect(long.errors.contains("are omitted here: this is a copy"), "\(long.errors)")
    }

    @Test func `FAULT 128: a whole log comes from its host on request`() async throws {
      try await succeed(1, "config", "set", "log-max-size", "60MB")
      let workers = try await startWorkers(2)
      try await succeed(1, "enqueue", "--id", "long", "seq 400000")
      try await workers.line(containing: "long completed")
      for command in ["queuectl logs long | cksum", "queuectl logs long --tail 20000 | cksum"] {
        let own = try await queue.shell(command, adding: try host(2))
        let copy = try await queue.shell(command, adding: try host(command.count))
        #expect(copy.output == own.output && copy.errors == "", "\(copy) \(own)")
      }
      let first = try await queue.shell("queuectl logs long | head -1", adding: try host(3))
      #expect(first.output == "1\n" && first.errors == "", "\(first)")

      // A log that its host has removed, or whose file is that of another run.
      try await queue.shell("for log in host2/queuectl/*/logs/*/*.log; do echo >$log; done")
        .expectSuccess()
      let gone = try await on(4, "logs", "long")
      #expect(gone.output.hasPrefix("1\n2\n") && gone.output.hasSuffix("\n400000\n"))
      #expect(gone.errors.contains("are omitted here: this is a copy"), "\(gone.errors)")
      try await succeed(1, "worker", "stop")
    }

    @Test func `FAULT 128: output that its host discarded is omitted from a whole log, too`()
      async throws
    {
      try await succeed(1, "config", "set", "log-max-size", "300KB")
      let workers = try await startWorkers(2)
      try await succeed(1, "enqueue", "--id", "long", "seq 100000")
      try await workers.line(containing: "long completed")
      let copy = try await on(1, "logs", "long")
      let own = try await on(2, "logs", "long")
      #expect(own.errors.contains("see log-max-size"), "\(own.errors)")
      #expect(copy.output == own.output && copy.errors == own.errors, "\(copy.errors)")
      try await succeed(1, "worker", "stop")
    }

    @Test func `a queue moves between a file and a server with its history`() async throws {
      try await succeed(1, "enqueue", "--id", "done", "true")
      try await succeed(1, "worker", "start", "--drain")
      try await succeed(1, "enqueue", "--id", "open", "--priority", "3", "true")
      let exported = try await succeed(1, "export")
      try await queue.run("import", "-", input: exported).expectSuccess()
      #expect(try await queue.job("done").state == "completed")
      #expect(try await queue.job("open").state == "pending")
      try await queue.succeed("enqueue", "--id", "third", "true")
      let back = try await queue.succeed("export")
      let result = try await queue.run(
        ["import", "--if-absent", "-"], input: back, adding: try host(1))
      #expect(result.status == 0, "\(result)")
      #expect(try await state(of: "third") == "pending")
    }

    @Test func `FAULT 115: a password isn't taken where others see it, nor printed`() async throws {
      let address = "postgres://user:secret@localhost:1/jobs"
      for words in [
        ["enqueue", "--db", address, "true"], ["status", "--db", address],
        ["service", "install", "--user", "--print", "--db", address],
      ] {
        let result = try await queue.run(words)
        #expect(result.status == 64 && result.output == "", "\(result)")
        #expect(result.errors.contains("~/.pgpass") && !result.errors.contains("secret"))
      }
      let variable = try await queue.run(
        "service", "install", "--user", "--print", adding: ["QUEUECTL_DB": address])
      #expect(variable.status == 64 && !variable.errors.contains("secret"), "\(variable)")
      let unreachable = try await queue.run("status", adding: ["QUEUECTL_DB": address])
      #expect(unreachable.status == 1 && !unreachable.errors.contains("secret"), "\(unreachable)")
      let question = unreachable.errors.components(separatedBy: "the server running")
      #expect(question.count == 2, "\(unreachable)")
    }

    @Test func `an address that names nothing is refused with the remedy`() async throws {
      let invalid = try await queue.run("status", "--db", "postgres://h/d?schema=pg_x")
      #expect(invalid.status == 64 && invalid.errors.contains("the schema needs"), "\(invalid)")
      let base = server.address
      let missing = base + "_missing"
      let status = try await queue.run("status", "--db", missing)
      #expect(
        status.status == 1 && status.errors.contains("no queue at \(missing)"), "\(status)")
      let nowhere = base.replacing("/postgres?", with: "/no_such_database?")
      let database = try await queue.run("enqueue", "true", adding: ["QUEUECTL_DB": nowhere])
      #expect(database.status == 1 && database.errors.contains("no_such_database"), "\(database)")
    }

    @Test func `the commands of docs/many-hosts.md bring up a host`() async throws {
      let section = try #require(
        try ExampleDocument("docs/many-hosts.md").sections.first { $0.title == "Setting up" })
      let lines = section.blocks.flatMap(\.lines).filter { $0.hasPrefix("queuectl ") }
      #expect(lines.count == 4, "\(lines)")
      for line in lines where !line.contains("doctor") {
        let result = try await queue.shell(line, adding: try host(1))
        #expect(result.status == 0, "\(line): \(result)")
      }
      #expect(try await on(1, "doctor").output.contains("all alive"))
      try await succeed(1, "worker", "stop")
    }

    @Test(
      .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/sbin/pgbouncer"),
        "pgbouncer isn't installed"))
    func `FAULT 109: a pooler in transaction mode works, and its deafness is told`() async throws {
      let parts = try server.parts
      let place = try TemporaryDirectory()
      let directory = place.path.hasSuffix("/") ? String(place.path.dropLast()) : place.path
      try """
      [databases]
      * = host=\(parts.directory) user=\(parts.user)
      [pgbouncer]
      unix_socket_dir = \(directory)
      unix_socket_mode = 0777
      listen_port = 5432
      auth_type = any
      pool_mode = transaction
      default_pool_size = 2
      """.write(toFile: place.file("pooler.ini"), atomically: true, encoding: .utf8)
      // It refuses to run as root, and has to reach the server's socket.
      try await queue.shell("chmod 0777 '\(directory)'; chmod 0644 '\(directory)/pooler.ini'")
        .expectSuccess()
      let owner = try await queue.shell("stat -c %U '\(parts.directory)'").output.dropLast()
      let command = geteuid() == 0 ? ["/usr/sbin/runuser", "-u", String(owner), "--"] : []
      let words = command + ["/usr/sbin/pgbouncer", "\(directory)/pooler.ini"]
      let pooler = try queue.start(program: words[0], words)
      try await pooler.line(containing: "process up")
      let behind = try server.host("host2", of: queue, through: directory)
      let workers = try queue.start(
        program: Binary.path, ["queuectl", "worker", "start", "--count", "2"], adding: behind)
      try await workers.line(containing: " ready; ")
      try await workers.line(containing: "no notifications come from")
      for command in [["enqueue", "--id", "job", "true"], ["wait", "job"], ["status"]] {
        try await queue.run(command, adding: behind).expectSuccess()
      }
      let doctor = try await queue.run("doctor", adding: behind)
      #expect(doctor.output.contains("note     notifications: don't arrive"), "\(doctor)")
      let direct = try await on(1, "doctor")
      #expect(direct.output.contains("ok       notifications: arrive"), "\(direct)")
      try await succeed(1, "enqueue", "--id", "other", "true")
      try await workers.line(containing: "other completed")
      let stop = try await queue.run("worker", "stop", adding: behind)
      #expect(stop.status == 0, "\(stop)")
      pooler.signal(SIGTERM)
      try await pooler.exit()
    }

    @Test func `a unit for a server waits for the network, not for a mount`() async throws {
      let unit = try await succeed(1, "service", "install", "--user", "--print")
      #expect(unit.contains("After=network-online.target"), "\(unit)")
      let address = server.address.replacing("%", with: "%%")
      #expect(!unit.contains("RequiresMountsFor") && unit.contains("--db \(address)"), "\(unit)")
      let system = try await on(1, "service", "install", "--system", "--print")
      #expect(system.status == 64 && system.errors.contains("--run-as USER"), "\(system)")
    }
  }
}
