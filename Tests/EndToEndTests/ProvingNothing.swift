import Foundation
import Testing

extension EndToEnd {
  /// A failed system call proves nothing: it is repeated, and nothing is concluded from it.
  @Suite struct ProvingNothing {
    let queue = TestQueue.current

    @Test(.needs(program: "strace"), arguments: 1...4)
    func `FAULT 72: an unreadable page isn't reported as damage`(which: Int) async throws {
      try await fill()
      for command in [
        ["list", "--json"], ["status"], ["enqueue", "true"], ["doctor", "--thorough"],
      ] {
        let result = try await queue.run(
          program: "/usr/bin/strace",
          failing("pread64", "error=EIO:when=\(which)", of: queue.database) + command)
        let text = result.output + result.errors
        #expect(!text.contains("damage") || text.contains("doesn't mean"), "\(result)")
        #expect(!text.contains("backup"), "\(result)")
        if result.status != 0 { #expect(text.contains("can't read"), "\(result)") }
      }
      try await queue.succeed("doctor", "--thorough")
    }

    @Test func `FAULT 72: supervisors that can't be listed don't count as missing`() async throws {
      try await queue.succeed("enqueue", "--id", "job1", "true")
      // A file instead of the directory, which root can't list either.
      let workers = queue.database + ".d/workers"
      try await queue.shell(
        #"mkdir -p "$D" && rm -rf "$D/workers" && : >"$D/workers""#,
        adding: ["D": queue.database + ".d"]
      ).expectSuccess()
      let reason = "unknown whether supervisors run: can't list \(workers): Not a directory"
      for command in [["stop"], ["stop", "--no-wait"], ["list"], ["list", "--json"]] {
        let result = try await queue.run(["worker"] + command)
        #expect(result.status == 1, "\(result)")
        #expect(result.errors.contains(reason), "\(result)")
        #expect(!result.errors.contains("no workers"), "\(result)")
      }
      let status = try await queue.run("status")
      #expect(status.status == 0 && status.errors.contains(reason), "\(status)")
      #expect(!status.errors.contains("worker start"), "\(status)")
      #expect(try await queue.succeed("status", "--json").contains(#""supervisors":null"#))
      let explained = try await queue.succeed("explain", "job1")
      #expect(explained.contains("no worker runs for it; \(reason)"), "\(explained)")
    }

    @Test(.needs(program: "strace"), arguments: ["data/queue.db", "data"])
    func `FAULT 72: a path that can't be looked up isn't a missing queue`(
      place: String
    ) async throws {
      try await queue.succeed("enqueue", "true")
      for command in [["list"], ["enqueue", "true"]] {
        let result = try await queue.run(
          program: "/usr/bin/strace",
          self.failing("readlink,readlinkat", "error=EIO", of: queue.file(place)) + command)
        #expect(result.status == 1, "\(result)")
        #expect(
          result.errors == "queuectl: can't look up \(queue.database): Input/output error\n")
      }
      #expect(try await queue.jobs().count == 1)
    }

    private func fill() async throws {
      let lines = (1...300).map { #"{"id":"job\#($0)","command":"true # \#($0)"}"# }
      try await queue.succeed("enqueue", "-", input: lines.joined(separator: "\n") + "\n")
      unlink(queue.database + "-shm")
    }

    private func failing(_ call: String, _ fault: String, of file: String) -> [String] {
      [
        "strace", "-qq", "-o", queue.file("trace"), "-P", file, "-e", "trace=\(call)",
        "-e", "inject=\(call):\(fault)", Binary.path,
      ]
    }
  }
}
