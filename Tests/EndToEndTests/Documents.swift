import Foundation
import Testing

extension EndToEnd {
  /// The examples of the documents, run and compared.
  @Suite struct Documents {
    let queue = TestQueue.current

    private static let names = ["README.md", "docs/guide.md"]

    private static let sections: [ExampleDocument.Section] = names.flatMap { name in
      // An unreadable document has no sections, which the first test detects.
      ((try? ExampleDocument(name))?.sections ?? []).filter(\.hasExamples)
    }

    @Test(arguments: names)
    func `every example of a document is run`(name: String) throws {
      let document = try ExampleDocument(name)
      let blocks = document.sections.flatMap(\.blocks)
      #expect(blocks.flatMap(\.examples).count > 20, "\(name) has few examples")
      for block in blocks {
        switch block.kind {
        case .console:
          #expect(block.lines.first?.hasPrefix("$ ") == true, "\(name): \(block.lines)")
        case .second: #expect(block.examples.count == 1, "\(name): \(block.lines)")
        case .other:
          let isExample = block.lines.contains { $0.hasPrefix("queuectl ") || $0.hasPrefix("$ ") }
          #expect(!isExample, "\(name) has a block that isn't checked: \(block.lines)")
        }
      }
    }

    @Test(arguments: sections)
    func `the examples of a section print the documented output`(section: ExampleDocument.Section)
      async throws
    {
      try await ExampleSession(queue: queue, section: section).run()
    }

    @Test(arguments: [
      ("12:00:01 w1 a completed in 0.01s", "23:59:59 w7 a completed in 12s"),
      ("a  0.50s ago", "a    1m05s ago"),
      ("w1  13728  vm  busy  3.0s  a  0  1", "w2  1  elsewhere  busy  12s  a  12  0"),
      ("12:00:01 w1 a\n12:00:01 w2 b", "12:00:01 w1 b\n12:00:02 w1 a"),
      ("a\n…\nz", "a\nb\nc\nz"), ("a\n…", "a"), ("…\nz", "z\nz"),
      ("stopped", "queuectl: waiting for w1 to finish a (1.0s so far)\nstopped"),
    ])
    func `output that varies from run to run isn't compared`(shown: String, printed: String) {
      #expect(isShown(printed, by: shown))
    }

    @Test(arguments: [
      ("a", "b"), ("a", "a\nb"), ("a\nb", "a"), ("", "a"), ("a", ""),
      ("12:00:01 w1 a started", "12:00:01 w1 b started"),
      ("12:00:01 w1 a", "12:00:01 w1 a\n12:00:01 w1 a"),
      ("a failed; retry 1 of 3 in 2.0s", "a failed; retry 1 of 3 in 4.0s"),
      ("a\n…\nz", "a\nb\nc"), ("…\nb", "b\na"), ("3 workers stopped", "2 workers stopped"),
      ("waited 1", "waited 2"), ("w1  13728  vm  busy  a  0  1", "w1  13728  vm  idle  a  0  1"),
    ])
    func `other differences are detected`(shown: String, printed: String) {
      #expect(!isShown(printed, by: shown))
    }

    private func isShown(_ printed: String, by shown: String) -> Bool {
      func lines(_ text: String) -> [String] {
        text.isEmpty ? [] : text.components(separatedBy: "\n")
      }
      return VaryingText(lines(printed)).isShown(by: VaryingText(lines(shown)))
    }
  }
}
