import Testing

/// The shapes of JSON that a document lists in tables.
struct DocumentedShapes {
  /// The fields of each section with a table, by the section's anchor.
  private(set) var shapes: [String: [Field]] = [:]
  /// The rows of the tables of commands and paths.
  private(set) var outputs: [Output] = []

  struct Field: Equatable {
    let name: String
    let type: DocumentedType
    /// The anchor of the section that lists it.
    let section: String
  }

  /// A command line, or a path of the web API, and the type of its output.
  struct Output: Equatable {
    let source: String
    let type: DocumentedType
  }

  /// - Throws: for a row that isn't understood.
  init(_ lines: [String]) throws {
    var included: [String: [String]] = [:]
    var section = ""
    var head: String?
    for line in lines {
      if let heading = line.wholeMatch(of: /##+ (.*)/)?.1 {
        section = heading.lowercased().replacing(" ", with: "-")
      }
      guard line.hasPrefix("|") else {
        head = nil
        continue
      }
      guard let title = head else {
        head = line
        continue
      }
      let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map {
        $0.trimmingPrefix(" ")
      }
      guard cells.count >= 3, !line.hasPrefix("|-") else { continue }
      let names = cells[0].matches(of: /`([^`]+)`/).map { String($0.1) }
      let link = cells[0].firstMatch(of: /\]\(#([a-z-]+)\)/).map { String($0.1) }
      switch title {
      case "| field | type | meaning |":
        if let link {
          included[section, default: []].append(link)
        } else {
          let type = try DocumentedType(String(cells[1]))
          shapes[section, default: []] += names.map {
            Field(name: $0, type: type, section: section)
          }
        }
      case "| command | type |", "| path | type |":
        let type = try DocumentedType(String(cells[1]))
        outputs += names.map { Output(source: $0, type: type) }
      default: break
      }
    }
    for section in included.keys { try include(section, &included) }
  }

  /// Adds the fields of the included sections that the section doesn't list itself.
  private mutating func include(_ section: String, _ included: inout [String: [String]]) throws {
    guard let others = included.removeValue(forKey: section) else { return }
    for other in others {
      try include(other, &included)
      let fields = try #require(shapes[other], "\(section) includes \(other), which has no table")
      let names = shapes[section, default: []].map(\.name)
      shapes[section, default: []] += fields.filter { !names.contains($0.name) }
    }
  }
}

/// A type in a table of docs/json.md.
struct DocumentedType: Equatable {
  enum Container: Equatable { case one, list, lines, object }

  /// A type without parts, or a link to another section.
  enum Part: Equatable {
    case text, number, truth, time, object
    case shape(String)
  }

  /// Whether the parts are the value's type, or that of its elements.
  var container = Container.one
  /// The alternatives.
  var parts: [Part] = []
  var mayBeNull = false
  var mayBeAbsent = false

  /// - Throws: for an unknown word.
  init(_ cell: String) throws {
    var rest = cell.replacing("true or false", with: "truth")[...]
    while rest.last == " " { rest.removeLast() }
    for (prefix, container) in [
      ("list of ", Container.list), ("lines of ", .lines), ("object of ", .object),
    ] where rest.hasPrefix(prefix) {
      rest.removeFirst(prefix.count)
      self.container = container
    }
    for word in String(rest).split(separator: " or ") {
      switch word {
      case "null": mayBeNull = true
      case "absent": mayBeAbsent = true
      case "text": parts.append(.text)
      case "number": parts.append(.number)
      case "truth": parts.append(.truth)
      case "time": parts.append(.time)
      case "object": parts.append(.object)
      default:
        let link = try #require(
          word.wholeMatch(of: /\[[^\]]+\]\(#([a-z-]+)\)/), "unknown type: \(cell)")
        parts.append(.shape(String(link.1)))
      }
    }
  }
}
