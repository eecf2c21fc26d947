import Foundation
import Testing

extension EndToEnd {
  /// `queuectl top` without a screen.
  @Suite struct TopOnPaper {
    let queue = TestQueue.current

    @Test func `in a pipe it prints one snapshot and exits`() async throws {
      try await queue.succeed("enqueue", "--id", "broken", "--max-retries", "0", "exit 3")
      try await queue.drain()
      let look = try await queue.run("top")
      #expect(look.status == 0, "\(look)")
      #expect(
        look.errors
          == "queuectl: standard output isn't a terminal: printing one snapshot as text; "
          + "--batch repeats it\n"
      )
      #expect(look.output.contains("dead 1!"))
      #expect(look.lines.contains { $0.hasPrefix("   x broken") }, "\(look)")
      #expect(look.lines.allSatisfy { !$0.hasSuffix(" ") })
    }

    @Test(arguments: [["--once"], ["--batch", "--count", "1"], ["--json", "--once"]])
    func `--batch prints no note about itself`(words: [String]) async throws {
      try await queue.succeed("enqueue", "true")
      let look = try await queue.run(["top"] + words)
      #expect(look.status == 0 && look.errors == "" && look.output != "", "\(look)")
    }

    @Test func `--json prints one object per line`() async throws {
      try await queue.succeed("enqueue", "true")
      let looks = try await queue.run(
        "top", "--json", "--count", "2", "--delay", "100ms")
      #expect(looks.status == 0, "\(looks)")
      #expect(looks.lines.count == 2)
      let object = try JSON.object(looks.lines[0])
      #expect(object["database"] as? String == queue.database)
      #expect((object["jobs"] as? [String: Int])?["pending"] == 1)
      #expect((object["workers"] as? [String: Int])?["busy"] == 0)
    }

    @Test func `recent events are shown as figures`() async throws {
      let idle = try JSON.object(try await queue.succeed("top", "--once", "--json"))
      #expect(idle["completed_per_second"] as? Double == 0)
      #expect(idle["failure_rate"] is NSNull && idle["run_p50"] is NSNull)
      try await queue.succeed("enqueue", "true")
      try await queue.succeed("enqueue", "--max-retries", "0", "exit 1")
      try await queue.drain()
      let busy = try JSON.object(try await queue.succeed("top", "--once", "--json"))
      #expect((busy["completed_per_second"] as? Double ?? 0) > 0)
      #expect(busy["failure_rate"] as? Double == 0.5)
      #expect(busy["run_p50"] is Double && busy["wait_p95"] is Double)
      #expect(try await queue.succeed("top", "--once").contains("err 50%"))
    }

    @Test func `a condition that holds is named and gives status 3`() async throws {
      try await queue.succeed("enqueue", "true")
      let quiet = try await queue.run("top", "--once", "--fail-if", "dead>0")
      #expect(quiet.status == 0 && quiet.errors == "", "\(quiet)")
      let raised = try await queue.run(
        "top", "--once", "--json", "--fail-if", "dead>0", "--fail-if", "workers<1")
      #expect(raised.status == 3, "\(raised)")
      #expect(raised.errors == "queuectl: workers<1: workers is 0\n")
      #expect(raised.lines.count == 1)
    }

    @Test func `a condition on a missing queue is an error`() async throws {
      let result = try await queue.run("top", "--once", "--fail-if", "dead>0")
      #expect(result.status == 1, "\(result)")
      #expect(result.errors.contains("no queue at \(queue.database)"), "\(result)")
    }

    @Test func `a condition on the oldest job takes a duration`() async throws {
      try await queue.succeed("enqueue", "true")
      let quiet = try await queue.run("top", "--once", "--fail-if", "oldest>1h")
      #expect(quiet.status == 0, "\(quiet)")
      let raised = try await queue.run("top", "--once", "--fail-if", "oldest<10m")
      #expect(raised.status == 3 && raised.errors.contains("oldest<10m: oldest is"), "\(raised)")
      #expect(try await queue.run("top", "--once", "--fail-if", "dead>10m").status == 64)
    }

    @Test(arguments: [
      ["--fail-if", "deaf>0"], ["--delay", "0"], ["--delay", "x"], ["--count", "0"],
      ["--dump-frame", "80"], ["--dump-frame", "0x24"], ["--tab", "ded"],
      ["--filter", "foo:1"], ["--queue", "a b"],
    ])
    func `invalid words are refused`(words: [String]) async throws {
      let refused = try await queue.run(["top"] + words)
      #expect(refused.status == 64, "\(refused)")
      #expect(refused.errors.contains(words[0]) && refused.output == "", "\(refused)")
    }

    @Test func `a tab, a queue and a filter are chosen on the command line`() async throws {
      try await queue.succeed("enqueue", "--id", "one", "--queue", "mail", "true")
      try await queue.succeed("enqueue", "--id", "two", "--delay", "1h", "true")
      let queues = try await queue.run("top", "--once", "--tab", "queues")
      #expect(queues.lines.contains { $0.hasPrefix("   mail ") }, "\(queues)")
      let later = try await queue.run("top", "--once", "--tab", "later")
      #expect(later.lines.contains { $0.hasPrefix("   . two ") && !$0.contains("one") }, "\(later)")
      let mail = try await queue.run("top", "--once", "--queue", "mail")
      #expect(mail.output.contains("pending 1 ") && !mail.output.contains(" two "), "\(mail)")
      let filtered = try await queue.run("top", "--once", "--tab", "all", "--filter", "id:tw")
      #expect(filtered.output.contains(" two ") && !filtered.output.contains(" one "))
    }

    @Test func `one frame of any size can be printed`() async throws {
      try await queue.succeed("enqueue", "--id", "waiting", "true")
      let frame = try await queue.run("top", "--dump-frame", "60x15")
      #expect(frame.status == 0, "\(frame)")
      #expect(frame.lines.count == 15)
      #expect(frame.lines.allSatisfy { $0.count == 60 }, "\(frame)")
    }

    @Test func `a missing queue is empty, unless its path was typed`() async throws {
      let empty = try await queue.run("top", "--once", "--json")
      #expect(empty.status == 0 && empty.errors.contains("no queue yet"), "\(empty)")
      let missing = try await queue.run("top", "--once", "--db", queue.file("nowhere.db"))
      #expect(missing.status == 1 && missing.errors.contains("no queue at"), "\(missing)")
    }
  }
}
