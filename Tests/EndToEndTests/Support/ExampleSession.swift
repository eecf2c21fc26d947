import Foundation
import Testing

/// Runs the examples of a section in a new user's home directory.
///
/// With `QUEUECTL_REWRITE_SNAPSHOTS=1`, writes the output into the document; review it with `git
/// diff`.
struct ExampleSession {
  let queue: TestQueue
  let section: ExampleDocument.Section

  private static let isRewriting =
    ProcessInfo.processInfo.environment["QUEUECTL_REWRITE_SNAPSHOTS"] == "1"

  func run() async throws {
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    var second: [(block: ExampleDocument.Block, terminal: ChildProcess)] = []
    for block in section.blocks {
      switch block.kind {
      case .console: try check(block, try await outputs(of: block))
      case .second: second.append((block, try await open(block)))
      case .other: break
      }
    }
    for (block, terminal) in second {
      try await terminal.exit()
      try await terminal.closed()
      try check(block, [lines(terminal.transcript.text)])
    }
    _ = try await shell("queuectl worker stop --now 2> /dev/null")
  }

  // MARK: - Running

  private var home: String { queue.file("home") }

  /// The environment of a login only, so the queue is the default one.
  private func variables() throws -> [String: String?] {
    let path = "\(try Binary.directory(in: queue.path)):\(queue.environment["PATH"] ?? "")"
    return ["PATH": path, "HOME": home, "QUEUECTL_DB": nil]
  }

  private func shell(_ script: String) async throws -> Finished {
    try await queue.run(
      program: "/bin/sh", ["sh", "-c", script], adding: try variables(), in: home)
  }

  /// The output of each command of a block, both streams; one shell runs them all.
  private func outputs(of block: ExampleDocument.Block) async throws -> [[String]] {
    let mark = "end of an example"
    // The next command may use `$?`.
    let script = block.examples.map { example in
      "\(example.command)\nstatus=$?; echo '\(mark)'; (exit $status)"
    }
    let result = try await shell("exec 2>&1\n" + script.joined(separator: "\n"))
    let outputs = result.output.components(separatedBy: "\(mark)\n").dropLast().map(lines)
    try #require(outputs.count == block.examples.count, "\(section.testDescription): \(result)")
    return outputs
  }

  /// Starts a command in a second terminal, and waits until its workers are ready.
  private func open(_ block: ExampleDocument.Block) async throws -> ChildProcess {
    let example = try #require(block.examples.first, "a block without a command")
    let terminal = try queue.start(
      program: "/bin/sh", ["sh", "-c", "exec \(example.command)"], adding: try variables(), in: home
    )
    try await terminal.line(containing: " ready; ")
    return terminal
  }

  // MARK: - Comparing

  private func lines(_ text: String) -> [String] {
    let text = text.replacingOccurrences(of: home, with: "/home/you")
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      .dropLast(text.hasSuffix("\n") || text.isEmpty ? 1 : 0)
  }

  private func check(_ block: ExampleDocument.Block, _ printed: [[String]]) throws {
    var updated: [String] = []
    for (example, printed) in zip(block.examples, printed) {
      if VaryingText(printed).isShown(by: VaryingText(example.output)) {
        updated += example.lines
        continue
      }
      updated += example.prompt + printed
      if !Self.isRewriting {
        Issue.record(
          """
          \(section.testDescription): $ \(example.command)
          doesn't print what the document shows:
          \(example.output.joined(separator: "\n"))
          but:
          \(printed.joined(separator: "\n"))
          """)
      }
    }
    if updated != block.lines, Self.isRewriting {
      let fence = block.kind == .second ? "```console second" : "```console"
      try DocumentText.replace(
        [fence] + block.lines + ["```"], by: [fence] + updated + ["```"], in: section.document)
    }
  }
}
