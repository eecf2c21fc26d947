import Foundation
import Testing

extension EndToEnd {
  /// `status --watch` repeats until it is ended.
  @Suite struct Watching {
    let queue = TestQueue.current

    @Test func `on a terminal it redraws in place, and ^C ends it`() async throws {
      try await queue.succeed("enqueue", "--id", "a", "true")
      let terminal = try Terminal()
      let watch = try queue.start("status", "--watch", "100ms", "--no-color", on: terminal)
      try await terminal.shows("pending:    1")
      try await queue.succeed("enqueue", "--id", "b", "true")
      try await terminal.shows("pending:    2")
      watch.signal(SIGINT)
      #expect(try await watch.exit() == -Int(SIGINT))
      try await offPool { _ = terminal.screen.waitForEnd(atMost: Patience.usual) }
      let blocks = terminal.screen.text.components(separatedBy: "\u{1B}[9A\u{1B}[J")
      #expect(blocks.count > 1)
      for block in blocks {
        #expect(block.hasPrefix("pending") && block.hasSuffix("\r\n"), "\(block)")
      }
    }

    @Test func `in a pipe it prints blocks without escapes, until the reader is gone`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "a", "true")
      let result = try await queue.shell("queuectl status --watch 100ms | head -n 19")
      #expect(result.status == 0, "\(result)")
      #expect(result.lines.count == 19 && !result.output.contains("\u{1B}"), "\(result)")
      #expect(result.lines.filter { $0 == "pending:    1" }.count == 2, "\(result)")
      #expect(result.lines[9] == "", "\(result)")
      let json = try await queue.shell("queuectl status --watch 100ms --json | head -n 2")
      for line in json.lines { #expect(try JSON.object(line)["jobs"] != nil) }
      #expect(json.lines.count == 2)
    }

    @Test(arguments: ["0", "10ms", "-1", "soon"])
    func `an invalid interval is refused`(pause: String) async throws {
      try await queue.succeed("enqueue", "true")
      #expect(try await queue.run("status", "--watch=\(pause)").status == 64)
    }
  }
}
