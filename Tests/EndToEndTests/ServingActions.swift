import Foundation
import Testing

extension EndToEnd {
  /// Actions through `queuectl web`: several servers, deaths, sockets, programs.
  @Suite(.enabled(if: RunningServer.isBuilt, "queuectl-web isn't built"))
  struct ServingActions {
    let queue = TestQueue.current

    /// Stores dead jobs without running them.
    private func addDead(_ count: Int) async throws {
      let run =
        #"{"attempt":1,"worker":"w1","started_at":"2026-11-30T14:35:01Z","#
        + #""finished_at":"2026-11-30T14:35:01Z","outcome":"failed","exit_code":3,"elapsed":1}"#
      let jobs = (0..<count).map { number in
        #"{"job":{"id":"j\#(number)","command":"true","max_retries":0},"state":"dead","#
          + #""attempts":1,"crashes":0,"#
          + #""created_at":"2026-11-30T14:35:01Z","updated_at":"2026-11-30T14:35:01Z","#
          + #""runs":[\#(run)]}"#
      }
      let imported = try await queue.succeed("import", "-", input: jobs.joined(separator: "\n"))
      #expect(imported == "imported \(count) job\(count == 1 ? "" : "s")\n")
    }

    /// Makes each change of a dead job cost some milliseconds of computing, so that an action takes
    /// far longer than this test, however busy the machine is.
    private func slowDown() async throws {
      let computing =
        "SELECT count(*) FROM (WITH RECURSIVE n(i) AS "
        + "(VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT i FROM n);"
      let triggers = ["UPDATE", "DELETE"].map {
        "CREATE TRIGGER slow_\($0) AFTER \($0) ON jobs WHEN OLD.state = 'dead' "
          + "BEGIN \(computing) END;"
      }
      try await queue.sqlite(queue.database, triggers.joined())
    }

    private func speedUp() async throws {
      try await queue.sqlite(
        queue.database, "DROP TRIGGER slow_UPDATE; DROP TRIGGER slow_DELETE")
    }

    private func plan(_ body: String, at server: RunningServer) async throws -> String {
      let made = try await server.send(body, to: "/api/v1/plans")
      #expect(made.hasPrefix("HTTP/1.1 200 "), "\(made)")
      return String(try #require(made.firstMatch(of: #/"plan":"([a-z2-7]+)"/#)?.1))
    }

    private func end(_ server: RunningServer) async throws {
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `two servers on one queue retry each job once`() async throws {
      try await addDead(3000)
      let servers = [try await RunningServer(queue), try await RunningServer(queue)]
      var plans: [String] = []
      for server in servers {
        plans.append(try await plan(#"{"do":"retry-all"}"#, at: server))
      }
      let paths = plans.map { "/api/v1/plans/\($0)" }
      async let first = servers[0].send(#"{"count":3000}"#, to: paths[0])
      async let second = servers[1].send(#"{"count":3000}"#, to: paths[1])
      for answer in try await [first, second] { #expect(answer.hasPrefix("HTTP/1.1 202 ")) }
      var retried = 0
      for (server, plan) in zip(servers, plans) {
        _ = try await server.follow("/ask/\(plan)").read(until: "retried ")
        let done = try await server.get("/api/v1/plans/\(plan)")
        let count = try #require(done.firstMatch(of: #/retried ([0-9,]+) job/#)?.1)
        retried += try #require(Int(count.filter { $0 != "," }))
      }
      #expect(retried == 3000)
      #expect(try await queue.counts()["pending"] == 3000)
      for server in servers { try await end(server) }
    }

    @Test(.enabled(if: Sqlite.isInstalled, "sqlite3 isn't installed"))
    func `a server that is killed in the middle leaves the rest untouched`() async throws {
      try await addDead(2000)
      try await slowDown()
      let server = try await RunningServer(queue)
      let path = "/api/v1/plans/" + (try await plan(#"{"do":"retry-all"}"#, at: server))
      let answer = try await server.send(#"{"count":2000}"#, to: path)
      server.process.signal(SIGKILL)
      try await server.process.exit()
      #expect(answer.contains(#""state":"running""#), "\(answer)")
      try await speedUp()
      let counts = try await queue.counts()
      let (dead, pending) = (try #require(counts["dead"]), try #require(counts["pending"]))
      #expect(dead > 0 && pending > 0 && dead + pending == 2000, "\(counts)")
      #expect(try await queue.run("doctor").status == 0)
      // The plan has died with its server.
      let next = try await RunningServer(queue)
      #expect(try await next.get(path).hasPrefix("HTTP/1.1 404 "))
      #expect(try await queue.counts()["dead"] == dead)
      try await end(next)
    }

    @Test(.enabled(if: Sqlite.isInstalled, "sqlite3 isn't installed"))
    func `a server that is asked to stop ends its step and says how far it was`() async throws {
      try await addDead(2000)
      try await slowDown()
      let server = try await RunningServer(queue)
      let path = "/api/v1/plans/" + (try await plan(#"{"do":"discard-all"}"#, at: server))
      _ = try await server.send(#"{"count":2000}"#, to: path)
      try await end(server)
      try await speedUp()
      let said = server.process.transcript.text
      #expect(said.contains("web: Discard all 2,000 dead jobs"), "\(said)")
      #expect(try await queue.run("doctor").status == 0)
      let dead = try #require(try await queue.counts()["dead"])
      #expect(dead > 0 && dead < 2000 && dead % 250 == 0, "\(dead)")
    }

    @Test func `through a socket, programs act without a token`() async throws {
      try await addDead(1)
      let server = try queue.start("web", "--unix")
      try await server.line(containing: "listening on ")
      let socket = queue.database + ".d/web/sock"
      func send(_ method: String, _ path: String, _ body: String) async throws -> String {
        let connection = try RawConnection(path: socket)
        connection.send(
          "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        return try await connection.readToEnd()
      }
      let made = try await send("POST", "/api/v1/plans", #"{"do":"retry","jobs":["j0"]}"#)
      let name = try #require(made.firstMatch(of: #/"plan":"([a-z2-7]+)"/#)?.1, "\(made)")
      let done = try await send("POST", "/api/v1/plans/\(name)", "")
      #expect(done.hasPrefix("HTTP/1.1 202 ") && done.contains("retried 1 job"), "\(done)")
      #expect(try await send("GET", "/jobs/pending", "").contains("/job/j0"))
      // Without the field that forms of this site have.
      let form = try RawConnection(path: socket)
      form.send(
        "POST /ask HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
          + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n")
      #expect(try await form.readToEnd().hasPrefix("HTTP/1.1 403 "))
      server.signal(SIGTERM)
      #expect(try await server.exit() == 0)
    }

    @Test func `a read-only server doesn't write to the database`() async throws {
      try await addDead(3)
      let files = [queue.database, queue.database + "-wal"]
      let before = files.map { FileManager.default.contents(atPath: $0) }
      let server = try await RunningServer(queue, "--readonly")
      for path in ["/", "/jobs/dead", "/job/j0", "/errors", "/schedules", "/metrics"] {
        #expect(try await server.get(path).hasPrefix("HTTP/1.1 200 "), "\(path)")
      }
      let refused = try await server.send(#"{"do":"retry-all"}"#, to: "/api/v1/plans")
      #expect(refused.hasPrefix("HTTP/1.1 403 "))
      try await end(server)
      #expect(files.map { FileManager.default.contents(atPath: $0) } == before)
    }

    @Test func `counters go on when the server is started again`() async throws {
      try await queue.succeed("enqueue", "true")
      try await queue.drain()
      let counter = #"queuectl_runs_ended_total{queue="default",outcome="completed"} 1"#
      for _ in 1...2 {
        let server = try await RunningServer(queue)
        #expect(try await server.get("/metrics").contains(counter))
        try await end(server)
      }
      #expect(try await queue.succeed("metrics").contains(counter))
    }
  }
}
