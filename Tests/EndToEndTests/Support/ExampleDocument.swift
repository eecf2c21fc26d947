import Testing

/// A document whose examples are run.
///
/// A `console` block has commands after `$ ` (continued after `> `), each followed by its output. A
/// `console second` block has a command that runs on in a second terminal, such as workers in the
/// foreground. Other blocks aren't run.
///
/// Each section, from one `## ` or `### ` to the next, is a session with its own home directory and
/// queue.
struct ExampleDocument {
  let name: String
  let sections: [Section]

  /// - Parameter name: its path relative to the checkout.
  init(_ name: String) throws {
    let lines = try DocumentText.lines(of: name)
    self.name = name
    var sections: [Section] = [Section(document: name, title: "")]
    var open: (fence: String, lines: [String])?
    for line in lines {
      if let block = open {
        if line == "```" {
          sections[sections.count - 1].blocks.append(Block(fence: block.fence, lines: block.lines))
          open = nil
        } else {
          open = (block.fence, block.lines + [line])
        }
      } else if line.hasPrefix("```") {
        open = (String(line.dropFirst(3)), [])
      } else if let heading = line.wholeMatch(of: /###? (.*)/) {
        sections.append(Section(document: name, title: String(heading.1)))
      }
    }
    self.sections = sections
  }

  /// The commands of one session.
  struct Section: Sendable, CustomTestStringConvertible {
    let document: String
    let title: String
    var blocks: [Block] = []

    var testDescription: String { "\(document), \(title)" }
    var hasExamples: Bool { blocks.contains { $0.kind != .other } }
  }

  struct Block: Sendable {
    enum Kind { case console, second, other }

    let kind: Kind
    /// The text after the opening fence.
    let language: String
    let lines: [String]

    init(fence: String, lines: [String]) {
      self.lines = lines
      language = fence
      kind =
        switch fence {
        case "console": .console
        case "console second": .second
        default: .other
        }
    }

    /// The commands of a console block.
    var examples: [Example] {
      var examples: [Example] = []
      for line in lines {
        if line.hasPrefix("$ ") {
          examples.append(Example(prompt: [line]))
        } else if let last = examples.indices.last {
          if line.hasPrefix("> "), examples[last].output.isEmpty {
            examples[last].prompt.append(line)
          } else {
            examples[last].output.append(line)
          }
        }
      }
      return examples
    }
  }

  struct Example: Sendable {
    /// The lines of the document, with `$ ` and `> `.
    var prompt: [String]
    var output: [String] = []

    var command: String { prompt.map { String($0.dropFirst(2)) }.joined(separator: "\n") }
    var lines: [String] { prompt + output }
  }
}
