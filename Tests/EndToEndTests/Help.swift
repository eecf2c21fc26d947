import Foundation
import Testing

extension EndToEnd {
  /// `--help` of every command, starting at the root.
  @Suite struct Help {
    let queue = TestQueue.current

    private struct Page {
      let words: [String]
      let text: String

      var examples: [String] {
        text.lines { $0 == "EXAMPLES:" }.filter { $0.hasPrefix("  $ ") }
          .map { String($0.dropFirst(4)) }
      }

      var subcommands: [String] { text.subcommandsInHelp }
    }

    private func pages(_ words: [String] = []) async throws -> [Page] {
      let result = try await queue.run(words + ["--help"])
      try #require(result.status == 0 && result.errors == "", "\(result)")
      let page = Page(words: words, text: result.output)
      var all = [page]
      for name in page.subcommands where name != "help" { all += try await pages(words + [name]) }
      return all
    }

    @Test func `every command's help has examples`() async throws {
      let pages = try await pages()
      let names = Set(pages.map { $0.words.joined(separator: " ") })
      let documented: Set = [
        "", "enqueue", "worker", "worker start", "worker stop", "worker list", "status", "list",
        "show", "logs", "stats", "explain",
        "dlq",
        "dlq list", "dlq retry", "dlq discard", "dlq show", "cancel", "retry", "wait", "progress",
        "purge", "edit", "pause", "resume", "rerun", "remove", "queue forget", "worker restart",
        "export", "import",
        "config",
        "config list", "config get", "config set",
        "config unset", "schedule", "schedule add", "schedule list", "schedule show",
        "schedule next", "schedule check", "schedule import-crontab", "schedule edit",
        "schedule rename", "schedule pause", "schedule resume", "schedule remove",
        "schedule run", "web", "metrics", "service", "service install", "service uninstall",
        "service status",
      ]
      #expect(names.isSuperset(of: documented), "missing: \(documented.subtracting(names))")
      for page in pages {
        #expect(!page.examples.isEmpty, "no examples in the help of \(page.words)")
        #expect(page.examples.allSatisfy { $0.contains("queuectl ") })
      }
    }

    @Test func `every example of the help succeeds in a fresh queue`() async throws {
      var count = 0
      for (number, page) in try await pages().enumerated() {
        let database: [String: String?] = ["QUEUECTL_DB": queue.file("page-\(number)/queue.db")]
        try await queue.run(["config", "set", "max-retries", "3"], adding: database).expectSuccess()
        // A service would be one of this machine, if systemd runs it: the suite Services tries
        // that. A server ends with a signal only: see the suite ServingPages.
        for example in page.examples
        where !(example.contains("queuectl service ") || example.contains("queuectl web"))
          || example.contains("--print")
        {
          // It must end by itself, and write nowhere but here; workers in the background are
          // stopped after it.
          let example = example.replacingOccurrences(of: "/tmp/", with: "\(queue.path)/")
          let result = try await queue.shell(example, adding: database)
          #expect(result.status == 0, "help of \(page.words): \(result)")
          count += 1
        }
        try await queue.run(["worker", "stop", "--now"], adding: database).expectSuccess()
      }
      #expect(count > 15, "only \(count) examples were found")
    }

    @Test func `help is plain text of at most 80 columns, except examples`() async throws {
      for page in try await pages() {
        #expect(!page.text.contains("\u{1B}"))
        let examples = page.examples.map { "  $ \($0)" }
        for line in page.text.split(separator: "\n").map(String.init)
        where !examples.contains(line) {
          #expect(line.count <= 80, "\(page.words): \(line)")
        }
      }
    }

    @Test func `help has no lines that were wrapped twice`() async throws {
      for page in try await pages() {
        let overview = page.text.split(separator: "\n", omittingEmptySubsequences: false)
          .prefix { $0 != "EXAMPLES:" && !$0.hasPrefix("USAGE:") }
        for (line, next) in zip(overview, overview.dropFirst())
        where !line.isEmpty && !next.isEmpty && !next.hasPrefix("  ") && !line.hasPrefix("  ") {
          #expect(line.count >= 60, "\(page.words): \"\(line)\"; break it before column 80")
        }
      }
    }

    @Test func `help about an unknown command suggests the nearest`() async throws {
      for (words, hint) in [
        (["help", "lisst"], "did you mean \"list\"?"), (["help", "dlq", "lst"], "\"list\"?"),
      ] {
        let result = try await queue.run(words)
        #expect(result.status == 64 && result.output == "", "\(result)")
        #expect(result.errors.contains(hint), "\(result)")
      }
      #expect(try await queue.succeed("help", "dlq", "list").contains("dlq list"))
      #expect(try await queue.succeed("help").contains("SUBCOMMANDS:"))
    }

    @Test func `queuectl's help groups its commands`() async throws {
      let help = try await queue.succeed("--help")
      let headings = help.split(separator: "\n").filter { $0.hasSuffix("SUBCOMMANDS:") }
      #expect(headings.count > 3 && !headings.contains("SUBCOMMANDS:"), "\(help)")
      let inspection = help.lines { $0 == "INSPECTION SUBCOMMANDS:" }
      #expect(inspection.contains { $0.hasPrefix("  explain ") }, "\(help)")
    }

    @Test func `no arguments show the help`() async throws {
      let result = try await queue.run()
      #expect(result.output.contains("SUBCOMMANDS:"), "\(result)")
    }
  }
}
