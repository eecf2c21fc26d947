import Foundation
import QueueCore
import Testing

extension EndToEnd {
  /// The manual pages, made by `scripts/man` from the help of the commands.
  @Suite struct Manual {
    let queue = TestQueue.current

    private func pages() async throws -> [String: String] {
      let directory = queue.file("man1")
      try await queue.run(
        program: Checkout.script("man"), ["man", Binary.path, directory]
      ).expectSuccess()
      return try Dictionary(
        uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: directory).map {
          ($0, String(decoding: try FileContents.read("\(directory)/\($0)"), as: UTF8.self))
        })
    }

    @Test func `every command has a page, and queuectl's page names them all`() async throws {
      let pages = try await pages()
      let main = try #require(pages["queuectl.1"])
      let help = try await queue.succeed("--help")
      let commands = help.subcommandsInHelp
      #expect(commands.count > 20)
      #expect(Set(pages.keys) == Set(commands.map { "queuectl-\($0).1" } + ["queuectl.1"]))
      for command in commands { #expect(main.contains(".BR queuectl\\-\(command) (1)\n")) }
      for section in [
        "NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "STATES", "DURATIONS", "TIMES",
        "SIZES", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO",
      ] {
        #expect(main.contains("\n.SH \(section)\n"), "no \(section)")
      }
      for group in ["Job and worker", "Inspection", "Control", "Maintenance", "Scripting"] {
        #expect(main.contains("\n.SS \(group)\n"), "no \(group)")
      }
      for variable in try DocumentText.variablesInSources() {
        #expect(main.contains(variable), "no \(variable)")
      }
      #expect(main.contains("\n.SH EXIT STATUS\n.TP\n.B 0\n") && main.contains("\n.B 3\n"))
      for state in JobState.allCases {
        #expect(main.contains("\n.B \(state.rawValue)\n"), "no \(state)")
      }

      // All parts of the help: options, subcommands, examples, other lists.
      let worker = try #require(pages["queuectl-worker.1"])
      for text in [
        ".SS queuectl worker start\n", ".SS queuectl worker stop\n",
        "\n\\fB\\-c\\fR, \\fB\\-\\-count\\fR \\fIcount\\fR\nHow many workers, 1 to 256. (default: "
          + "1)\n",
        "\n$ queuectl worker start \\-\\-count 3 \\-\\-detach\n", ".SH EXIT STATUS\n",
      ] {
        #expect(worker.contains(text), "\(text) isn't in:\n\(worker)")
      }
      let config = try #require(pages["queuectl-config.1"])
      #expect(config.contains(".SH SETTINGS\n"))
      #expect(
        config.replacing("\n", with: " ").contains(
          "durability (default standard): standard: after a power loss the last seconds\\(aq jobs"))
      #expect(try #require(pages["queuectl-top.1"]).contains(".B 3\n"))
    }

    private static let checkers = [
      ("mandoc", "exec mandoc -T lint -W style man1/*.1"),
      ("groff", "for page in man1/*.1; do groff -ww -man -T utf8 -z \"$page\" || exit; done"),
    ].filter { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0.0)") }

    @Test(.enabled(if: !checkers.isEmpty, "neither mandoc nor groff is installed"))
    func `mandoc and groff accept the pages without warnings`() async throws {
      _ = try await pages()
      for (_, command) in Self.checkers {
        let result = try await queue.shell(command)
        #expect(result.status == 0 && result.output == "" && result.errors == "", "\(result)")
      }
    }

    @Test func `without a binary and a directory the usage is shown`() async throws {
      let result = try await queue.run(program: Checkout.script("man"), ["man"])
      #expect(result.status == 64 && result.errors.contains("Usage: scripts/man"), "\(result)")
    }
  }
}
