import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// A command replies after its change is on the disk, and no other process waits for that.
  @Suite struct SyncingCommits {
    let queue = TestQueue.current

    @Test(.needs(program: "strace"))
    func `other commands commit while one waits for the disk, and it replies only then`()
      async throws
    {
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
    func `workers are notified once, before the job is on the disk`() async throws {
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
    func `a commit is one write to the WAL`() async throws {
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
    func `a failed sync is reported as a failure`() async throws {
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
    func `a worker whose sync fails leaves its job to other workers`() async throws {
      try await queue.succeed("config", "set", "durability", "full")
      // Each replacement loses the job as well, until all are stopped.
      try await queue.succeed("config", "set", "max-crashes", "100")
      try await queue.succeed("config", "set", "backoff-max", "100ms")
      try await queue.succeed("enqueue", "--id", "job", "echo done >>ran")
      // The first sync is for its registration, the second for the claim.
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
