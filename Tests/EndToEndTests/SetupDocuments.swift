import Foundation
import Testing

extension EndToEnd {
  /// The commands of the documents that change a machine. They are run where nothing but a test's
  /// directory is changed; what needs the machine's own services isn't run, and is named here.
  @Suite struct SetupDocuments {
    let queue = TestQueue.current

    // MARK: - Installing

    @Test(.needs(program: "strip"))
    func `what docs/install.md says installs and removes`() async throws {
      let prefix = queue.file("prefix")
      let places = [
        "./scripts/install": "--prefix '\(prefix)' --binary '\(Binary.path)'",
        "./scripts/uninstall": "--prefix '\(prefix)'",
      ]
      // A package wants a binary without Swift's shared libraries: .ci/packages makes, installs and
      // removes one.
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
    func `what docs/service.md says of systemd works under it`() async throws {
      let lines = try SetupCommands(of: "docs/service.md", below: "systemd").lines
        .filter { !$0.hasPrefix("journalctl ") && !$0.hasPrefix("loginctl ") }
      try #require(lines.count == 4, "\(lines)")
      let result = try await queue.shell(
        UserSystemd.line, adding: ["SCRIPT": "set -ex\n" + lines.joined(separator: "\n")])
      #expect(result.status == 0, "\(result)")
      #expect(result.output.contains("state     active (running)"), "\(result)")
    }

    @Test(.needs(program: "tmux"), arguments: ["send-keys -t queue C-c", "kill-session -t queue"])
    func `what docs/service.md says of tmux stops workers once their jobs have ended`(stop: String)
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

    @Test(arguments: ["docs/install.md", "docs/service.md"])
    func `every command line of queuectl in them is one that it takes`(document: String)
      async throws
    {
      let lines = try SetupCommands.ofQueuectl(in: document)
      try #require(!lines.isEmpty)
      for line in lines {
        // So that it ends, and changes nothing of the machine.
        let harmless =
          switch line {
          case _ where line.contains("service install"): "\(line) --print"
          case _ where line.contains("worker start"): "\(line) --drain"
          default: line
          }
        let result = try await queue.shell(harmless)
        #expect(result.status != 64, "\(document): \(result)")
      }
    }

    @Test func `what isn't a command line of queuectl isn't taken for one`() throws {
      let lines = try SetupCommands.ofQueuectl(in: "docs/service.md")
      #expect(lines.contains("queuectl worker start --drain --queue mail"), "\(lines)")
      #expect(lines.contains("queuectl worker start --count 2"), "\(lines)")
      #expect(lines.contains("queuectl enqueue 'echo hello'"), "\(lines)")
      #expect(lines.contains("queuectl service install --user --count 3"), "\(lines)")
      #expect(!lines.contains { $0.contains("-f") || $0.contains(" does") }, "\(lines)")
    }
  }
}

/// The commands in a document's blocks of shell.
private struct SetupCommands {
  let lines: [String]

  /// - Parameter title: the heading of the section; empty for what stands below the document's
  ///   title.
  init(of document: String, below title: String) throws {
    let section = try ExampleDocument(document).sections.first { $0.title == title }
    lines = try #require(section, "\(document) has no section \(title)").blocks
      .filter { $0.language == "sh" }.flatMap(\.lines).map(Self.withoutRemark)
    try #require(!lines.isEmpty, "\(document), \(title): no commands")
  }

  private static func withoutRemark(_ line: String) -> String {
    line.replacing(#/ +# .*/#, with: "")
  }

  /// What the document says to type that begins with `queuectl`, in blocks of any language and
  /// between backquotes.
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
