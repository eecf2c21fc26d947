import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// A machine without free processes, threads or watches: queuectl falls back to slower ways.
  @Suite struct NoRoom {
    let queue = TestQueue.current

    /// A command that can't create a second thread.
    private func alone(_ arguments: String...) -> [String] {
      [
        "strace", "-qq", "-o", queue.file("trace"), "-e", "trace=clone3",
        "-e", "inject=clone3:error=EAGAIN", Binary.path,
      ] + arguments
    }

    @Test(.needs(program: "strace"))
    func `without a thread to read ahead, the main thread reads the jobs`() async throws {
      let lines = (1...3000).map { #"{"id":"job\#($0)","command":"true"}"# + "\n" }.joined()
      let result = try await queue.run(
        program: "/usr/bin/strace", alone("enqueue", "-"), input: lines)
      result.expectSuccess()
      #expect(result.lines.count == 3000)
      #expect(try await queue.jobs("--limit", "0").count == 3000)
    }

    @Test(.needs(program: "strace"))
    func `an attached command reports that it can't cancel the job`() async throws {
      let workers = try await queue.startWorkers()
      let result = try await queue.run(
        program: "/usr/bin/strace", alone("enqueue", "--wait", "echo out"))
      #expect(result.status == 0, "\(result)")
      #expect(result.output == "out\n")
      #expect(result.errors.contains("^C won't cancel the job"), "\(result)")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    /// Another process uses all of the user's inotify instances.
    private func blind(_ arguments: String...) -> [String] {
      [
        "strace", "-f", "-qq", "-o", queue.file("trace"), "-e", "trace=inotify_init1",
        "-e", "inject=inotify_init1:error=EMFILE", Binary.path,
      ] + arguments
    }

    @Test(.needs(program: "strace"))
    func `FAULT 70: without inotify a job is followed to its end`() async throws {
      let workers = try queue.start(program: "/usr/bin/strace", blind("worker", "start"))
      try await workers.line(containing: " ready; ")
      let result = try await queue.run(
        program: "/usr/bin/strace", blind("enqueue", "--id", "job", "--wait", "echo out; exit 3"))
      #expect(result.status == 3, "\(result)")
      #expect(result.output.hasSuffix("out\n"), "\(result)")
      #expect(result.errors.contains("fs.inotify.max_user_instances"), "\(result)")
      let logs = try await queue.run(program: "/usr/bin/strace", blind("logs", "-f", "job"))
      #expect(logs.status == 0, "\(logs)")
      #expect(logs.output == "out\n", "\(logs)")
      #expect(logs.errors.components(separatedBy: "inotify").count == 2, "it is said once: \(logs)")
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
      #expect(workers.transcript.text.contains("fs.inotify.max_user_instances"))
    }

    @Test func `FAULT 70: if logs can't be created, jobs wait unspent and all views say so`()
      async throws
    {
      let logs = queue.database + ".d/logs"
      try await queue.succeed("worker", "start", "--drain")
      try #require(rename(logs, logs + ".away") == 0)
      try FileContents.write("", to: logs)
      try await queue.succeed("enqueue", "--id", "job", "--max-retries", "0", "echo out")
      let workers = try await queue.startWorkers()
      try await workers.line(containing: "job can't start yet: ")
      let wait = try queue.start("wait", "job")
      try await wait.line(containing: "w2 can't start it yet: can't ")
      for command in ["status", "doctor", "explain job", "worker list"] {
        let result = try await queue.shell("queuectl \(command)")
        #expect((result.output + result.errors).contains("Not a directory"), "\(result)")
      }
      #expect(try await queue.job("job").attempts == 0)
      unlink(logs)
      try #require(rename(logs + ".away", logs) == 0)
      try await workers.line(containing: "job completed")
      #expect(try await wait.exit() == 0)
      #expect(try await queue.job("job").attempts == 1)
      let doctor = try await queue.run("doctor")
      #expect(!doctor.output.contains("can't start"), "\(doctor)")
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
    }

    @Test
    func `FAULT 70: a file size limit is a clear error for us, a signal for jobs`()
      async throws
    {
      let fresh = try await queue.shell("ulimit -f 8; exec queuectl enqueue true")
      #expect(fresh.status == 1, "\(fresh)")
      #expect(fresh.errors.contains("ulimit -f"), "\(fresh)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: queue.file("data")) == [])
      try await queue.succeed("enqueue", "--id", "first", "true")
      let long = String(repeating: "x", count: 90_000)
      let later = try await queue.shell("ulimit -f 100; exec queuectl enqueue -- \(long)")
      #expect(later.status == 1, "\(later)")
      #expect(later.errors.contains("ulimit -f"), "\(later)")
      try await queue.succeed(
        "enqueue", "--id", "big", "--max-retries", "0",
        "ulimit -f 8; exec head -c 100000 /dev/zero > big")
      try await queue.drain()
      #expect(try await queue.job("big").error?.contains("signal 25") == true)
    }

    @Test(.needs(program: "strace"))
    func `top prints one snapshot, and restores the terminal`() async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let terminal = try Terminal()
      let top = try queue.start(
        program: "/usr/bin/strace", alone("top"), adding: ["TERM": "xterm-256color"],
        streams: .terminal(terminal.path))
      terminal.show()
      try await terminal.shows("can't start another thread: printing one snapshot as text")
      try await terminal.shows("waiting")
      #expect(try await top.exit() == 0)
      #expect(terminal.isAsAShellWantsIt)
    }

    @Test(.needs(program: "strace"))
    func `a log that is removed while it is opened is created again`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "true")
      try await queue.sqlite(queue.database, "PRAGMA wal_checkpoint(TRUNCATE)")
      for suffix in ["-wal", "-shm"] { unlink(queue.database + suffix) }
      // It appears to exist when it is checked.
      let result = try await queue.run(
        program: "/usr/bin/strace",
        [
          "strace", "-qq", "-o", queue.file("trace"), "-P", queue.database + "-wal",
          "-e", "trace=?access,?faccessat", "-e", "inject=?access,?faccessat:retval=0",
          Binary.path, "enqueue", "--id", "second", "true",
        ])
      result.expectSuccess()
      #expect(try await queue.jobs().count == 2)
    }
  }
}
