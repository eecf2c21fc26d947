import Foundation
import Testing

extension EndToEnd {
  /// The documents' commands that change a machine. They run inside a test's directory; commands
  /// that need the machine's own services are listed here instead.
  @Suite struct SetupDocuments {
    let queue = TestQueue.current

    // MARK: - Installing

    @Test(.needs(program: "strip"))
    func `the commands of docs/install.md install and remove`() async throws {
      let prefix = queue.file("prefix")
      let places = [
        "./scripts/install": "--prefix '\(prefix)' --binary '\(Binary.path)'",
        "./scripts/uninstall": "--prefix '\(prefix)'",
      ]
      // A package needs a binary without Swift's shared libraries: .ci/packages covers it.
      let elsewhere = ["./scripts/deb", "sudo apt-get install ./.build/queuectl_*.deb"]
      let lines = try SetupCommands(of: "docs/install.md", below: "").lines
      #expect(lines == places.keys.sorted() + elsewhere)
      for line in lines {
        guard let place = places[line] else { continue }
        let result = try await queue.shell(
          "cd '\(DocumentText.path(of: ""))' && \(line) \(place)")
        #expect(result.status == 0 && !result.output.isEmpty, "\(result)")
        #expect(
          FileManager.default.fileExists(atPath: "\(prefix)/bin/queuectl")
            == line.hasSuffix("/install"))
      }
    }

    // MARK: - Services

    @Test(.needsUserSystemd)
    func `the systemd commands of docs/service.md work`() async throws {
      let lines = try SetupCommands(of: "docs/service.md", below: "systemd").lines
        .filter { !$0.hasPrefix("journalctl ") && !$0.hasPrefix("loginctl ") }
      try #require(lines.count == 4, "\(lines)")
      let result = try await queue.shell(
        UserSystemd.line, adding: ["SCRIPT": "set -ex\n" + lines.joined(separator: "\n")])
      #expect(result.status == 0, "\(result)")
      #expect(result.output.contains("state     active (running)"), "\(result)")
    }

    @Test(.needs(program: "tmux"), arguments: ["send-keys -t queue C-c", "kill-session -t queue"])
    func `the tmux commands of docs/service.md stop workers after their jobs`(stop: String)
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      try await queue.succeed("enqueue", "--id", "next", "--delay", "1d", "true")
      let lines = try SetupCommands(of: "docs/service.md", below: "tmux").lines
      try #require(lines.last == "tmux attach -t queue", "\(lines)")
      let own = ["TMUX_TMPDIR": queue.path]
      for line in lines.dropLast() {
        try await queue.shell(line, adding: own).expectSuccess()
      }
      let worker = try await held.nextStart().worker
      try await queue.shell("tmux \(stop)", adding: own).expectSuccess()
      #expect(try await queue.job("job").state == "processing")
      held.release()
      try await offPool {
        #expect(Processes.wait(forEndOf: worker, atMost: Patience.usual))
      }
      #expect(try await queue.job("job").state == "completed")
    }

    @Test(arguments: ["docs/install.md", "docs/many-hosts.md", "docs/service.md"])
    func `the documents' queuectl command lines are all accepted`(document: String)
      async throws
    {
      let lines = try SetupCommands.ofQueuectl(in: document)
      try #require(!lines.isEmpty)
      for line in lines {
        // So that it ends, and changes nothing on the machine.
        let harmless =
          switch line {
          case _ where line.contains("service install"): "\(line) --print"
          case _ where line.contains("worker start"): "\(line) --drain"
          case _ where line.contains("queuectl web"): "\(line) --help"
          default: line
          }
        let result = try await queue.shell(harmless)
        #expect(result.status != 64, "\(document): \(result)")
      }
    }

    @Test func `text that isn't a queuectl command line is skipped`() throws {
      let lines = try SetupCommands.ofQueuectl(in: "docs/service.md")
      #expect(lines.contains("queuectl worker start --drain --queue mail"), "\(lines)")
      #expect(lines.contains("queuectl worker start --count 2"), "\(lines)")
      #expect(lines.contains("queuectl enqueue 'echo hello'"), "\(lines)")
      #expect(lines.contains("queuectl service install --user --count 3"), "\(lines)")
      #expect(!lines.contains { $0.contains("-f") || $0.contains(" does") }, "\(lines)")
    }
  }
}

/// The commands in a document's shell blocks.
private struct SetupCommands {
  let lines: [String]

  /// - Parameter title: the heading of the section; empty for the text below the document's title.
  init(of document: String, below title: String) throws {
    let section = try ExampleDocument(document).sections.first { $0.title == title }
    lines = try #require(section, "\(document) has no section \(title)").blocks
      .filter { $0.language == "sh" }.flatMap(\.lines).map(Self.withoutRemark)
    try #require(!lines.isEmpty, "\(document), \(title): no commands")
  }

  private static func withoutRemark(_ line: String) -> String {
    line.replacing(#/ +# .*/#, with: "")
  }

  /// The commands that begin with `queuectl`, in code blocks of any language and in code spans.
  static func ofQueuectl(in document: String) throws -> [String] {
    let blocks = try ExampleDocument(document).sections.flatMap(\.blocks).flatMap(\.lines)
    // A container's command is a list of words.
    let code = blocks.map { withoutRemark($0).replacing("\", \"", with: " ") }
    let text = try DocumentText.prose(of: document).joined(separator: " ")
    let quoted = text.matches(of: /`([^`]+)`/).map { String($0.1) }
    let line = /(?:^|[ '"])(queuectl(?: (?:'[^']*'|[^ '"`]+))+)/
    return (code + quoted).flatMap { words in
      words.matches(of: line).map { String($0.1) }
        .filter { !words.contains("-u \($0)") }
    }
  }
}
