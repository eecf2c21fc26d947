import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// What a command changes is on the disk when it answers, and nobody else waits for that.
  @Suite struct SyncingCommits {
    let queue = TestQueue.current

    @Test(.needs(program: "strace"))
    func `others commit while one waits for the disk, which answers only then`() async throws {
      let workers = try await queue.startWorkers()
      let slow = try queue.start(
        program: "/usr/bin/strace",
        ["strace", "-qq", "-o", queue.file("trace")] + onEachSync("delay_enter=60s")
          + [Binary.path, "enqueue", "--id", "slow", "true"])
      try await workers.line(containing: "slow completed")
      try await queue.succeed("enqueue", "--id", "quick", "true")
      #expect(slow.transcript.text == "", "it answered before the disk did")
      kill(-slow.pid, SIGKILL)
      try await slow.closed()
      try await workers.line(containing: "quick completed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(.needs(program: "strace"))
    func `a job is told of before it is on the disk, and again by nobody`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "true")
      let result = try await queue.run(
        program: "/usr/bin/strace",
        [
          "strace", "-qq", "-o", queue.file("trace"), "-e", "trace=fdatasync,utimensat,write",
          Binary.path, "enqueue", "--id", "second", "true",
        ])
      result.expectSuccess()
      let calls = try queue.lines(of: "trace").compactMap { $0.split(separator: "(").first }
      #expect(calls == ["utimensat", "fdatasync", "write"])
    }

    @Test(.needs(program: "strace"))
    func `a commit goes into the log at once`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "true")
      let result = try await queue.run(
        program: "/usr/bin/strace",
        [
          "strace", "-qq", "-y", "-o", queue.file("trace"), "-e", "trace=pwrite64",
          Binary.path, "enqueue", "--id", "second", "true",
        ])
      result.expectSuccess()
      let writes = try queue.lines(of: "trace").filter { $0.contains("queue.db-wal>") }
      #expect(writes.count == 1, "\(writes)")
      #expect(try await queue.jobs().count == 2)
    }

    @Test(.needs(program: "strace"))
    func `a disk that fails to keep a job is no success`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "true")
      let result = try await queue.run(
        program: "/usr/bin/strace",
        ["strace", "-qq", "-o", queue.file("trace")] + onEachSync("error=EIO")
          + [Binary.path, "enqueue", "--id", "second", "true"])
      #expect(result.status == 1)
      #expect(result.output == "")
      #expect(result.errors.contains("changes were committed but fsync failed"))
    }

    @Test(.needs(program: "strace"))
    func `a worker whose disk fails leaves its job to others`() async throws {
      try await queue.succeed("config", "set", "durability", "full")
      // Each worker that takes its place loses the job as well, until all are stopped.
      try await queue.succeed("config", "set", "max-crashes", "100")
      try await queue.succeed("config", "set", "backoff-max", "100ms")
      try await queue.succeed("enqueue", "--id", "job", "echo done >>ran")
      // The first sync is that of its registering, the second that of the claim.
      let workers = try queue.start(
        program: "/usr/bin/strace",
        ["strace", "-f", "-qq", "-o", queue.file("trace")] + onEachSync("error=EIO:when=2+")
          + [Binary.path, "worker", "start"])
      try await workers.line(containing: "changes were committed but fsync failed")
      kill(-workers.pid, SIGTERM)
      _ = try? await workers.exit()
      #expect(
        !FileManager.default.fileExists(atPath: queue.file("ran")), "it ran what it might lose")
      try await queue.drain()
      #expect(try await queue.job("job").state == "completed")
      #expect(try queue.lines(of: "ran") == ["done"])
    }

    private func onEachSync(_ fault: String) -> [String] {
      ["-e", "trace=fdatasync", "-e", "inject=fdatasync:\(fault)"]
    }
  }
}
