import Foundation
import Testing

extension EndToEnd {
  /// A call to the system that fails proves nothing: it is made again, and nothing is concluded
  /// from it.
  @Suite struct ProvingNothing {
    let queue = TestQueue.current

    @Test(.needs(program: "strace"), arguments: 1...4)
    func `FAULT 72: a page that can't be read isn't taken for damage`(which: Int) async throws {
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
