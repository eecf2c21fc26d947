import Foundation
import Testing

extension EndToEnd {
  /// `metrics`: figures for Prometheus.
  @Suite struct Metrics {
    let queue = TestQueue.current

    @Test func `figures are those of status, one sample a line`() async throws {
      try await queue.succeed("enqueue", "--id", "b", "--max-retries", "0", "--queue", "x", "false")
      try await queue.drain()
      try await queue.succeed("enqueue", "--id", "a", "--queue", "q\"\\", "true")
      try await queue.succeed("queue", "pause", "q\"\\")
      let text = try await queue.succeed("metrics")
      #expect(text.contains(#"queuectl_jobs{queue="q\"\\",state="pending"} 1"#), "\(text)")
      #expect(text.contains(#"queuectl_jobs{queue="x",state="dead"} 1"#))
      #expect(text.contains(#"queuectl_queue_paused{queue="q\"\\"} 1"#))
      #expect(text.contains("queuectl_jobs_died_total{queue=\"x\"} 1\n"))
      #expect(text.contains("queuectl_up 1\n") && text.contains("queuectl_paused 0\n"))
      let samples = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      #expect(samples.allSatisfy { $0.wholeMatch(of: /[a-z_]+({.*})? [0-9.e+-]+/) != nil })
      #expect(Set(samples).count == samples.count)
      let open = try await queue.succeed("metrics", "--openmetrics")
      #expect(open.contains("# TYPE queuectl_jobs_died counter\n") && open.hasSuffix("\n# EOF\n"))
    }

    @Test func `a file is replaced at once`() async throws {
      try await queue.succeed("enqueue", "true")
      try queue.write("old", to: "q.prom")
      #expect(try await queue.succeed("metrics", "--output", queue.file("q.prom")) == "")
      #expect(try queue.lines(of: "q.prom").contains("queuectl_up 1"))
      let names = try FileManager.default.contentsOfDirectory(atPath: queue.path)
      #expect(names.filter { $0.hasPrefix("q.prom") } == ["q.prom"])
      let failed = try await queue.run("metrics", "--output", queue.file("none/q.prom"))
      #expect(failed.status == 1 && failed.errors.contains("none/q.prom"))
    }

    @Test func `without a queue it fails, so that an old file stays`() async throws {
      let result = try await queue.run("metrics")
      #expect(result.status == 1 && result.output == "")
    }
  }
}
