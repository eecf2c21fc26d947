import Foundation
import Testing

extension EndToEnd {
  /// `queuectl web`, spoken to through sockets.
  @Suite(.enabled(if: RunningServer.isBuilt, "queuectl-web isn't built"))
  struct ServingPages {
    let queue = TestQueue.current

    private func dead(_ ids: String...) async throws {
      for id in ids {
        try await queue.succeed("enqueue", "--id", id, "--max-retries", "0", "exit 3")
      }
      try await queue.drain()
    }

    private var web: String { queue.database + ".d/web" }

    // MARK: Beginning and end

    @Test func `it prints an address with a token that only its user can read`() async throws {
      let server = try await RunningServer(queue)
      #expect(server.token.count == 26)
      #expect(try FileContents.mode(web) == (0o700, true))
      #expect(try FileContents.mode(web + "/token") == (0o600, false))
      #expect(try await queue.succeed("web", "--print-token") == server.token + "\n")
      #expect(try await server.get("/").hasPrefix("HTTP/1.1 200 "))
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `a new token locks out the old one at once`() async throws {
      let server = try await RunningServer(queue)
      let token = try await queue.succeed("web", "--new-token").dropLast()
      #expect(token != server.token[...])
      #expect(try await server.get("/").hasPrefix("HTTP/1.1 401 "))
      let connection = try RawConnection(port: server.port)
      connection.send(
        "GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(token)\r\n"
          + "Connection: close\r\n\r\n")
      #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 200 "))
      server.process.signal(SIGINT)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `a port that is taken is told of`() async throws {
      let server = try await RunningServer(queue)
      let other = try await queue.run("web", "--listen", "127.0.0.1:\(server.port)")
      #expect(other.status == 1 && other.output == "")
      #expect(other.errors.contains("port \(server.port) on 127.0.0.1 is taken"))
      server.process.signal(SIGTERM)
      try await server.process.exit()
    }

    @Test func `a socket of its own needs no token, and no one else may open it`() async throws {
      let first = try queue.start("web", "--unix")
      try await first.line(containing: "listening on \(web)/sock")
      #expect(try FileContents.mode(web + "/sock").mode == 0o600)
      let connection = try RawConnection(path: web + "/sock")
      connection.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      #expect(try await connection.readToEnd().hasSuffix("\r\n\r\nready\n"))
      let second = try await queue.run("web", "--unix")
      #expect(second.status == 1 && second.errors.contains("another server listens"))
      first.signal(SIGKILL)
      try await first.exit()
      // The file is left behind, without a listener.
      let third = try queue.start("web", "--unix")
      try await third.line(containing: "listening on ")
      third.signal(SIGTERM)
      #expect(try await third.exit() == 0)
      #expect(!FileManager.default.fileExists(atPath: web + "/sock"))
    }

    @Test func `of servers that start at once over a socket left behind, one listens`()
      async throws
    {
      let first = try queue.start("web", "--unix")
      try await first.line(containing: "listening on ")
      first.signal(SIGKILL)
      try await first.exit()
      let servers = try (1...4).map { _ in try queue.start("web", "--unix") }
      var listening: [ChildProcess] = []
      for server in servers {
        let line = try await server.line(containing: "listen")
        if line.contains("another server listens") {
          #expect(try await server.exit() == 1)
        } else {
          listening.append(server)
        }
      }
      #expect(listening.count == 1)
      let late = try await queue.run("web", "--unix")
      #expect(late.errors.contains("another server listens"), "\(late)")
      for server in listening {
        server.signal(SIGTERM)
        #expect(try await server.exit() == 0)
      }
    }

    @Test func `a socket elsewhere may be opened by a group`() async throws {
      let socket = queue.file("sock")
      let group = try await queue.shell("id -gn").output.dropLast()
      let server = try queue.start("web", "--unix", socket, "--group", String(group))
      try await server.line(containing: "listening on \(socket)")
      #expect(try FileContents.mode(socket).mode == 0o660)
      let connection = try RawConnection(path: socket)
      connection.send("GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      #expect(try await connection.readToEnd().hasSuffix("ready\n"))
      server.signal(SIGTERM)
      #expect(try await server.exit() == 0)
      #expect(!FileManager.default.fileExists(atPath: socket))
      let missing = try await queue.run("web", "--unix", queue.file("none/sock"))
      #expect(missing.status == 1 && missing.errors.contains("can't listen on "))
      try queue.write("x", to: "file")
      let taken = try await queue.run("web", "--unix", queue.file("file"))
      #expect(taken.status == 1 && taken.errors.contains("exists and isn't a socket"))
      #expect(FileManager.default.contents(atPath: queue.file("file")) == Data("x".utf8))
    }

    @Test(arguments: [
      (["--unix", "sock"], "--unix takes an absolute path of at most 107 bytes, not \"sock\""),
      (["--unix", "--mode", "0660"], "--mode 0660 needs a path after --unix"),
      (["--unix", "--group", "root"], "--group root needs a path after --unix"),
      (["--mode", "0660"], "--mode 0660 needs --unix"),
      (["--unix", "/x/s", "--mode", "0640"], "--mode takes 0600, 0660, or with --readonly 0666"),
      (["--unix", "/x/s", "--mode", "0666"], "--mode 0666 needs --readonly"),
      (["--unix", "/x/s", "--group", "no such"], "--group takes a group of this machine, not"),
      (["--unix", "/x/s", "--mode", "0600", "--group", "root"], "--group root needs a --mode"),
    ])
    func `a socket's refusals name the option and its value`(
      arguments: [String], message: String
    ) async throws {
      for words in [["web"], ["service", "install", "--user", "--web", "--print"]] {
        let result = try await queue.run(words + arguments)
        #expect(result.status == 64 && result.errors.contains(message), "\(result)")
      }
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    @Test func `without the server's program the command says what to do`() async throws {
      let copy = queue.file("alone")
      try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: Binary.path, toPath: copy + "/queuectl")
      let result = try await queue.run(program: copy + "/queuectl", ["queuectl", "web"])
      #expect(result.status == 1 && result.errors.contains("queuectl-web isn't installed"))
      let other = try await queue.shell(
        "\((Binary.path as NSString).deletingLastPathComponent)/queuectl-web 0.0.1 --db x")
      #expect(other.status == 1 && other.errors.contains("reinstall both"))
    }

    @Test(arguments: [
      ["--listen", "8377"], ["--listen", "127.0.0.1:65536"], ["--listen", "0.0.0.0:8377"],
      ["--listen", ":8377"], ["--no-token"], ["--unix", "--listen", "127.0.0.1:0"],
      ["--public-url", "ci.example.org"],
    ])
    func `unsafe and contradictory arguments are refused`(arguments: [String]) async throws {
      let result = try await queue.run(["web"] + arguments)
      #expect(result.status == 64 && result.output == "", "\(result)")
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    // MARK: Bad clients

    @Test func `malformed requests are refused, and the server goes on`() async throws {
      let server = try await RunningServer(queue)
      let host = "Host: localhost\r\n"
      let requests = [
        "GET / HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "GET / HTTP/1.1\r\n\(host)Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET / HTTP/1.1\r\n\(host)X y: z\r\n\r\n", "GET /\u{1} HTTP/1.1\r\n\(host)\r\n",
        "\u{16}\u{3}\u{1}\r\n\r\n", "GET / HTTP/9.9\r\n\(host)\r\n",
        "GET / HTTP/1.1\r\n\(host)X: \(String(repeating: "a", count: 100_000))\r\n\r\n",
      ]
      for request in requests {
        let connection = try RawConnection(port: server.port)
        connection.send(request)
        let answer = try await connection.readToEnd()
        #expect(
          answer.hasPrefix("HTTP/1.1 400 ") || answer.hasPrefix("HTTP/1.1 431 "),
          "\(request.prefix(80)): \(answer.prefix(200))")
      }
      let connection = try RawConnection(port: server.port)
      let body = String(repeating: "a", count: (64 << 10) + 1)
      connection.send("POST /login HTTP/1.1\r\n\(host)Content-Length: \(body.count)\r\n\r\n\(body)")
      #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 413 "))
      #expect(try await server.get("/readyz").hasSuffix("ready\n"))
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `a client that is slow to ask is disconnected`() async throws {
      let server = try await RunningServer(queue)
      let silent = try RawConnection(port: server.port)
      let half = try RawConnection(port: server.port)
      half.send("GET / HTTP/1.1\r\nHost: local")
      let partial = try RawConnection(port: server.port)
      partial.send("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\na")
      for connection in [silent, half, partial] {
        #expect(try await connection.readToEnd() == "")
      }
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `idle connections make room for new ones`() async throws {
      let server = try await RunningServer(queue)
      let idle = try (0..<200).map { _ in try RawConnection(port: server.port) }
      #expect(try await server.get("/readyz").hasSuffix("ready\n"))
      let open = try FileManager.default.contentsOfDirectory(
        atPath: "/proc/\(server.process.pid)/fd")
      #expect(open.count < 64 + 30)
      withExtendedLifetime(idle) {}
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `another name and another site are turned away`() async throws {
      let server = try await RunningServer(queue)
      let connection = try RawConnection(port: server.port)
      connection.send("GET / HTTP/1.1\r\nHost: evil.example:\(server.port)\r\n\r\n")
      #expect(try await connection.readToEnd().hasPrefix("HTTP/1.1 421 "))
      let foreign = try await server.get(
        "/", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"])
      #expect(foreign.hasPrefix("HTTP/1.1 403 "))
      server.process.signal(SIGTERM)
      try await server.process.exit()
    }

    // MARK: What it is for

    @Test func `a stream brings what changes, and ends with the server`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "true")
      let server = try await RunningServer(queue)
      let before = try FileManager.default.contentsOfDirectory(
        atPath: "/proc/\(server.process.pid)/fd"
      ).count
      var gone: RawConnection? = try server.follow("/jobs")
      _ = try await gone?.read(until: "event: beat")
      gone = nil
      let stream = try server.follow("/jobs")
      #expect(try await stream.read(until: "event: beat").contains("/job/first"))
      try await queue.succeed("enqueue", "--id", "second", "true")
      _ = try await stream.read(until: "/job/second")
      let open = try FileManager.default.contentsOfDirectory(
        atPath: "/proc/\(server.process.pid)/fd")
      #expect(open.count <= before + 8, "the stream that ended is closed")
      server.process.signal(SIGTERM)
      _ = try await stream.readToEnd()
      #expect(try await server.process.exit() == 0)
    }

    @Test func `open pages don't keep the WAL from being reused`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "true")
      let server = try await RunningServer(queue)
      let pages = try (0..<20).map { try server.follow($0 % 2 == 0 ? "/" : "/jobs") }
      for page in pages { _ = try await page.read(until: "event: beat") }
      let jobs = String(repeating: "{\"command\":\"true\"}\n", count: 2000)
      for round in 1...12 {
        try await queue.succeed("enqueue", "-", input: jobs)
        // The page has read what was stored.
        let found = try await server.get("/api/v1/status")
        #expect(found.contains("\"pending\":\(round * 2000 + 1)"))
      }
      // All jobs take about 4 MB, each time a tenth of that.
      let size = try FileManager.default.attributesOfItem(atPath: queue.database + "-wal")[.size]
      #expect(try #require(size as? Int) < 2 << 20)
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `dead jobs are retried in two steps`() async throws {
      try await dead("a", "b")
      let server = try await RunningServer(queue)
      let page = try await server.get("/jobs/dead")
      let secret = try #require(page.firstMatch(of: #/name="secret" value="([a-z2-7]+)"/#)?.1)
      let question = try await server.post("/ask", "secret=\(secret)&do=retry-all")
      let path = try #require(question.firstMatch(of: #/Location: (\/ask\/[a-z2-7]+)/#)?.1)
      #expect(try await queue.counts()["dead"] == 2)
      let done = try await server.post(String(path), "secret=\(secret)&count=2")
      #expect(done.hasPrefix("HTTP/1.1 303 "))
      #expect(try await server.get(String(path)).contains("retried 2 jobs"))
      #expect(try await queue.counts()["pending"] == 2)
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
      #expect(server.process.transcript.text.contains("web: retried 2 jobs"))
    }

    @Test func `read-only, no form changes anything`() async throws {
      try await dead("a")
      let server = try await RunningServer(queue, "--readonly")
      #expect(try await server.get("/jobs/dead").contains("/job/a"))
      #expect(try await server.post("/ask", "do=retry&job=a").hasPrefix("HTTP/1.1 403 "))
      #expect(try await queue.counts()["dead"] == 1)
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `a log is sent whole, whatever its length`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "a", "seq 200000; printf '\\033[31m<b>'")
      try await queue.drain()
      let server = try await RunningServer(queue)
      let log = try await server.get("/log?id=a&run=1")
      #expect(log.contains("Content-Disposition: attachment; filename=\"run-1.log\""))
      #expect(log.contains("\n199999\r\n") || log.contains("\n199999\n"))
      #expect(log.contains("\u{1B}[31m<b>"))
      #expect(try await server.get("/log?id=b&run=1").hasPrefix("HTTP/1.1 404 "))
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `a queue that is replaced is reopened`() async throws {
      try await queue.succeed("enqueue", "--id", "old", "true")
      let server = try await RunningServer(queue)
      #expect(try await server.get("/jobs").contains("/job/old"))
      for end in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: queue.database + end)
      }
      #expect(try await server.get("/jobs").hasPrefix("HTTP/1.1 503 "))
      try await queue.succeed("enqueue", "--id", "new", "true")
      #expect(try await server.get("/jobs").contains("/job/new"))
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }
  }
}
