import Foundation
import QueueStorePostgres
import QueueTestSupport
import Testing

extension EndToEnd {
  /// Servers of a test's own that stop, fail over, refuse changes or lose the queue under workers.
  @Suite(.enabled(if: TestServer.programs != nil, "there is no initdb"))
  struct FailingServers {
    let queue = TestQueue.current

    private func host(_ name: String, at address: String) -> [String: String?] {
      ["QUEUECTL_DB": address, "XDG_STATE_HOME": queue.file(name)]
    }

    private func start(_ count: Int = 1, on host: [String: String?]) async throws -> ChildProcess {
      let workers = try queue.start(
        program: Binary.path, ["queuectl", "worker", "start", "--count", "\(count)"], adding: host)
      try await workers.line(containing: " ready; ")
      return workers
    }

    /// A FIFO with the name `gate`, of which jobs read a line before they end.
    private func makeGate() throws {
      let gate = queue.file("gate")
      try #require(mkfifo(gate, 0o600) == 0)
      queue.keep(try Descriptor.open(gate, O_RDWR))
    }

    private static let waiting =
      "exec 9>lock-$QUEUECTL_JOB_ID; flock -n 9 || echo $QUEUECTL_JOB_ID >> twice; "
      + "echo $QUEUECTL_RUN_ID >> runs; read line < gate"

    @Test func `FAULT 103: jobs go on while a server restarts, and are written down afterwards`()
      async throws
    {
      let server = try TestServer()
      let host = host("host", at: server.address.text)
      try makeGate()
      for id in ["a", "b"] {
        try await queue.run("enqueue", "--id", id, "read line < gate", adding: host)
          .expectSuccess()
      }
      let workers = try await start(2, on: host)
      for id in ["a", "b"] { try await workers.line(containing: "\(id) started") }
      try server.stop(.fast)
      // Both end while the server is away.
      try await queue.shell("printf 'one\\ntwo\\n' > gate").expectSuccess()
      try await workers.line(containing: "can't reach")
      try server.start()
      for id in ["a", "b"] { try await workers.line(containing: "\(id) completed") }
      let shown = try await queue.run("list", "--json", adding: host)
      let jobs = try JSON.decode([JobRecord].self, from: shown.output)
      #expect(jobs.allSatisfy { $0.state == "completed" && $0.attempts == 1 }, "\(shown)")
      try await queue.run("worker", "stop", adding: host).expectSuccess()
      try await workers.closed()
    }

    @Test func `FAULT 103: a command waits for a server that restarts`()
      async throws
    {
      let server = try TestServer()
      let host = host("host", at: server.address.text)
      try await queue.run("enqueue", "--id", "a", "true", adding: host).expectSuccess()
      try server.stop(.fast)
      let gone = try await queue.run("enqueue", "true", adding: host)
      #expect(gone.status == 1 && gone.errors.contains("is the server running there?"), "\(gone)")
      let patient = try queue.start(
        program: Binary.path, ["queuectl", "enqueue", "--id", "c", "true"], adding: host)
      try server.start()
      #expect(try await patient.exit() == 0)
      #expect(try await queue.run("list", "--json", adding: host).output.contains("\"c\""))
    }

    @Test func `FAULT 104: a failover that lost an end and a claim costs a run of both jobs`()
      async throws
    {
      let server = try TestServer()
      let standby = try server.standby()
      let host = host("host", at: try Self.address(of: [server, standby]))
      try makeGate()
      for id in ["first", "second"] {
        try await queue.run("enqueue", "--id", id, Self.waiting, adding: host).expectSuccess()
      }
      let workers = try await start(on: host)
      try await workers.line(containing: "first started")
      try standby.waitForReplay(of: server)
      // From here on the standby learns nothing.
      try standby.stop(.fast)
      try await queue.shell("echo go > gate").expectSuccess()
      try await workers.line(containing: "second started")
      try await queue.run("enqueue", "--id", "lost", "true", adding: host).expectSuccess()
      try server.stop(.immediate)
      try standby.start()
      try standby.promote()
      // More than two, because the second job's lost run may still read one, and so may its next
      // run, which the worker gives back if it learns only then that the first job's end is lost.
      try await queue.shell("printf 'go\\n%.0s' 1 2 3 4 5 6 > gate").expectSuccess()
      let waited = try await queue.run(
        "wait", "first", "second", "--timeout", "50s", adding: host)
      #expect(waited.status == 0, "\(waited) \(workers.transcript.text)")
      let runs = try queue.lines(of: "runs")
      #expect(runs.count >= 4 && Set(runs).count == runs.count, "numbers come once: \(runs)")
      #expect(try queue.lines(of: "twice") == [])
      let lost = try await queue.run("show", "lost", adding: host)
      #expect(lost.status == 1, "the standby never had it: \(lost)")
      try await queue.run("worker", "stop", adding: host).expectSuccess()
      try await workers.closed()
    }

    @Test(.enabled(if: geteuid() == 0, "only root mounts file systems"))
    func `FAULT 111: on a server's full disk no part of a batch is stored, and workers go on`()
      async throws
    {
      let place = try TemporaryDirectory()
      try #require(chmod(place.path, 0o755) == 0)
      let disk = try await SmallDisks(
        queue, [(place.file("small"), "size=16m,uid=\(TestServer.user)")])
      let server = try TestServer(in: .mounts(of: disk.pid))
      try server.execute("CREATE TABLESPACE small LOCATION '\(place.file("small"))'")
      try server.execute("ALTER ROLE queuectl SET default_tablespace = small")
      let host = host("host", at: server.address.text)
      try await queue.run("enqueue", "--id", "first", "true", adding: host).expectSuccess()
      let workers = try await start(on: host)
      try await workers.line(containing: "first completed")
      let ballast = "\(place.file("small"))/ballast"
      try await disk.shell("head -c 2000000 /dev/zero > \(ballast)")
        .expectSuccess()
      // Random, so that the server can't compress it.
      let line =
        "head -c 30000000 /dev/urandom | base64 -w 3000 | sed 's/^/: /' "
        + "| queuectl enqueue --quiet --queue bulk --lines"
      let refused = try await queue.shell(line, adding: host)
      #expect(refused.status == 1 && refused.errors.contains("disk is full"), "\(refused)")
      let listed = try await queue.run("status", "--json", adding: host)
      let jobs = try JSON.decode(StatusRecord.self, from: listed.output).jobs
      #expect(jobs.values.reduce(0, +) == 1, "\(jobs)")
      try await disk.shell("rm \(ballast)").expectSuccess()
      try await queue.run("enqueue", "--id", "next", "true", adding: host).expectSuccess()
      try await workers.line(containing: "next completed")
      try await queue.run("worker", "stop", adding: host).expectSuccess()
      try await workers.closed()
      try server.stop(.immediate)
      try await disk.remove()
    }

    @Test func `FAULT 112: a standby is read, and an address of several finds the primary`()
      async throws
    {
      let server = try TestServer()
      let primary = host("host", at: server.address.text)
      try await queue.run("enqueue", "--id", "job", "true", adding: primary).expectSuccess()
      let standby = try server.standby()
      try standby.waitForReplay(of: server)
      let reading = host("host", at: standby.address.text)
      let status = try await queue.run("status", adding: reading)
      #expect(status.status == 0 && status.output.contains("pending:    1"), "\(status)")
      let refused = try await queue.run("enqueue", "true", adding: reading)
      #expect(refused.status == 1 && refused.errors.contains("target_session_attrs"), "\(refused)")
      #expect(refused.errors.split(separator: "\n").count == 1, "\(refused)")
      let worker = try await queue.run("worker", "start", adding: reading)
      #expect(worker.status == 1, "\(worker)")
      #expect(worker.errors.split(separator: "\n").count < 6, "\(worker)")
      let both = host("host", at: try Self.address(of: [standby, server]))
      try await queue.run("worker", "start", "--drain", adding: both).expectSuccess()
      let done = try await queue.run("show", "job", adding: both)
      #expect(done.output.contains("completed"), "\(done)")
    }

    @Test func `FAULT 122: workers leave a queue that is dropped, also if another has its place`()
      async throws
    {
      let server = try TestServer()
      let host = host("host", at: server.address.text)
      try makeGate()
      try await queue.run("enqueue", "--id", "job", "read line < gate", adding: host)
        .expectSuccess()
      let workers = try await start(2, on: host)
      try await workers.line(containing: "job started")
      try server.execute("DROP SCHEMA queuectl CASCADE")
      try await queue.run("enqueue", "--id", "other", "true", adding: host).expectSuccess()
      // The idle worker leaves at once, the other one with its job.
      try await workers.line(containing: "the database was moved, removed or replaced")
      try await queue.shell("echo go > gate").expectSuccess()
      try await workers.closed()
      let shown = try await queue.run("show", "other", adding: host)
      #expect(shown.output.contains("pending"), "another queue's workers run nothing: \(shown)")
    }

    @Test func `FAULT 129: workers go on beside a bulk of jobs, of which ^C leaves nothing`()
      async throws
    {
      let server = try TestServer()
      let host = host("host", at: server.address.text)
      let workers = try await start(on: host)
      let bulk = try queue.start(
        program: "/bin/sh",
        [
          "sh", "-c",
          "seq 1000000 | '\(Binary.path)' enqueue --quiet --queue bulk --each -- true {}",
        ], adding: host)
      for number in 1...3 {
        try await queue.run("enqueue", "--id", "job\(number)", "true", adding: host)
          .expectSuccess()
        try await workers.line(containing: "job\(number) completed", atMost: .seconds(20))
      }
      bulk.signalGroup(SIGINT)
      try await bulk.closed()
      let listed = try await queue.run("status", "--json", adding: host)
      let jobs = try JSON.decode(StatusRecord.self, from: listed.output).jobs
      #expect(jobs.values.reduce(0, +) == 3, "the bulk is stored as a whole or not at all: \(jobs)")
      try await queue.run("worker", "stop", adding: host).expectSuccess()
      try await workers.closed()
    }

    @Test func `FAULT 127: of many idle workers on four hosts only the supervisors are notified`()
      async throws
    {
      let server = try TestServer(settings: ["max_connections=600"])
      let hosts = ["one", "two", "three", "four"].map { host($0, at: server.address.text) }
      try await queue.run("config", "set", "poll-interval", "1m", adding: hosts[0])
        .expectSuccess()
      let count = Torture.number("WORKERS") ?? 12
      var workers: [ChildProcess] = []
      for host in hosts { workers.append(try await start(count / hosts.count, on: host)) }
      try await queue.run("enqueue", "--id", "job", "--wait", "echo done", adding: hosts[1])
        .expectSuccess()
      let listeners = try server.query(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
      #expect(listeners == "\(hosts.count)")
      try await queue.run("worker", "stop", adding: hosts[0]).expectSuccess()
      for process in workers { try await process.closed() }
      Torture.report(
        "127 idle workers", rounds: count, of: "workers on 4 hosts: 4 sessions notified")
    }

    /// One address of several servers, of which the one that takes changes is used.
    private static func address(of servers: [TestServer]) throws -> String {
      let places = try servers.map { server in
        try #require(server.address.text.firstMatch(of: #/@([^/?]+)/#)?.output.1)
      }
      return "postgres://queuectl@\(places.joined(separator: ","))/postgres"
        + "?target_session_attrs=read-write"
    }
  }
}
