import Foundation
import Testing

extension EndToEnd {
  /// `/api/v1` and `/metrics` of `queuectl web`, through sockets.
  @Suite(.enabled(if: RunningServer.isBuilt, "queuectl-web isn't built"))
  struct ServingPrograms {
    let queue = TestQueue.current

    /// The body of an answer with a length.
    private func body(_ answer: String) throws -> String {
      #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
      return String(answer[try #require(answer.firstRange(of: "\r\n\r\n")).upperBound...])
    }

    private func stop(_ server: RunningServer) async throws {
      server.process.signal(SIGTERM)
      #expect(try await server.process.exit() == 0)
    }

    @Test func `JSON is that of the commands, byte for byte`() async throws {
      try await queue.succeed("enqueue", "--id", "a", "--max-retries", "0", "echo no; exit 3")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "b", "--after", "a", "true")
      let server = try await RunningServer(queue)
      for (path, command) in [
        ("jobs/a", ["show", "a", "--json"]), ("jobs/b/explain", ["explain", "b", "--json"]),
        ("stats", ["stats", "--json"]), ("stats?queue=x", ["stats", "--queue", "x", "--json"]),
        ("queues", ["queue", "list", "--json"]), ("workers", ["worker", "list", "--json"]),
      ] {
        let printed = try await queue.run(command)
        // A minute may begin between the two.
        let found = try body(try await server.get("/api/v1/\(path)"))
        #expect(withoutSpans(found) == withoutSpans(printed.output), "\(path)")
      }
      try await stop(server)
    }

    private func withoutSpans(_ text: String) -> String {
      text.replacing(#/"(span|completed_per_second|drain)":[0-9.]+/#, with: "")
    }

    @Test func `a log is read in parts, as it is kept`() async throws {
      try await queue.succeed("enqueue", "--id", "a", "seq 30000; printf '\\033[31m<b>\\n'")
      try await queue.drain()
      let whole = try await queue.succeed("logs", "a")
      let server = try await RunningServer(queue)
      let path = "/api/v1/jobs/a/runs/1/log"
      let first = try await server.get(path)
      #expect(first.contains("X-Queuectl-Next: \(whole.utf8.count)\r\n"))
      #expect(first.contains("Content-Type: application/octet-stream\r\n"))
      let rest = try await server.get("\(path)?from=\(whole.utf8.count - 9)")
      #expect(rest.contains("\u{1B}[31m<b>\n") && !rest.contains("30000"))
      #expect(!(try await server.get("\(path)?from=\(whole.utf8.count)").contains("<b>")))
      try await stop(server)
    }

    @Test func `a body that is too long is refused in JSON`() async throws {
      let server = try await RunningServer(queue)
      let body = String(repeating: " ", count: (64 << 10) + 1)
      let answer = try await server.send(body, to: "/api/v1/plans")
      #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
      #expect(answer.contains("Content-Type: application/json\r\n"), "\(answer)")
      #expect(answer.contains(#"{"error":{"code":"too_long","message":"the body is"#), "\(answer)")
      try await stop(server)
    }

    @Test func `a stream has the status when it changes`() async throws {
      try await queue.succeed("enqueue", "--id", "a", "true")
      let server = try await RunningServer(queue)
      let stream = try RawConnection(port: server.port)
      stream.send(
        "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n"
          + "Authorization: Bearer \(server.token)\r\n\r\n")
      _ = try await stream.read(until: "\"pending\":1")
      try await queue.succeed("enqueue", "--id", "b", "true")
      _ = try await stream.read(until: "\"pending\":2")
      let metrics = try await server.get("/metrics")
      #expect(metrics.contains("\nqueuectl_web_streams 1\n"))
      #expect(metrics.contains("\nqueuectl_web_requests_total{code=\"200\"} 1\n"))
      #expect(try await server.get("/none").hasPrefix("HTTP/1.1 404 "))
      #expect(
        try await server.get("/metrics").contains(
          "\nqueuectl_web_requests_total{code=\"404\"} 1\n"))
      server.process.signal(SIGTERM)
      _ = try await stream.readToEnd()
      #expect(try await server.process.exit() == 0)
    }
  }
}
