import Testing

/// A document whose examples are run.
///
/// A block of `console` has commands after `$ ` (a command's further lines after `> `), each
/// followed by what it prints. One of `console second` has a command that goes on in a second
/// terminal, such as workers in the foreground. Other blocks aren't run.
///
/// Each section, from one `## ` or `### ` to the next, is a session of its own, with a home
/// directory and a queue of its own.
struct ExampleDocument {
  let name: String
  let sections: [Section]

  /// - Parameter name: its path from the root of the checkout.
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

  /// What is run in one session.
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
    /// What stands after the opening fence.
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

  /// A command and what it prints.
  struct Example: Sendable {
    /// The lines as they stand there, with `$ ` and `> `.
    var prompt: [String]
    var output: [String] = []

    var command: String { prompt.map { String($0.dropFirst(2)) }.joined(separator: "\n") }
    var lines: [String] { prompt + output }
  }
}
