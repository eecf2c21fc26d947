import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// A machine that has as many processes and threads as it can bear: what could be faster or nicer is done without.
  @Suite struct NoRoom {
    let queue = TestQueue.current

    /// A command that gets no second thread.
    private func alone(_ arguments: String...) -> [String] {
      [
        "strace", "-qq", "-o", queue.file("trace"), "-e", "trace=clone3",
        "-e", "inject=clone3:error=EAGAIN", Binary.path,
      ] + arguments
    }

    @Test(.needs(program: "strace"))
    func `many jobs are read by whoever stores them`() async throws {
      let lines = (1...3000).map { #"{"id":"job\#($0)","command":"true"}"# + "\n" }.joined()
      let result = try await queue.run(
        program: "/usr/bin/strace", alone("enqueue", "-"), input: lines)
      result.expectSuccess()
      #expect(result.lines.count == 3000)
      #expect(try await queue.jobs("--limit", "0").count == 3000)
    }

    @Test(.needs(program: "strace"))
    func `a command that stays with its job says that it can't cancel it`() async throws {
      let workers = try await queue.startWorkers()
      let result = try await queue.run(
        program: "/usr/bin/strace", alone("enqueue", "--wait", "echo out"))
      #expect(result.status == 0, "\(result)")
      #expect(result.output == "out\n")
      #expect(result.errors.contains("^C won't cancel the job"), "\(result)")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(.needs(program: "strace"))
    func `top prints one look, and leaves the terminal as it was`() async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let terminal = try Terminal()
      let top = try queue.start(
        program: "/usr/bin/strace", alone("top"), adding: ["TERM": "xterm-256color"],
        streams: .terminal(terminal.path))
      terminal.show()
      try await terminal.shows("no room for another thread: this is one look as text")
      try await terminal.shows("waiting")
      #expect(try await top.exit() == 0)
      #expect(terminal.isAsAShellWantsIt)
    }

    @Test(.needs(program: "strace"))
    func `a log that goes away while it is opened is made anew`() async throws {
      try await queue.succeed("enqueue", "--id", "first", "true")
      try await queue.sqlite(queue.database, "PRAGMA wal_checkpoint(TRUNCATE)")
      for suffix in ["-wal", "-shm"] { unlink(queue.database + suffix) }
      // It seems to be there when it is looked for.
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
