/// Makes a job of each item of `enqueue --each` or `--lines`.
/// Placeholders: `{}` the item, `{.}` without extension, `{/}` base name, `{//}` directory,
/// `{#}` number; in the words, the id and the unique key. If no word contains the item, it is
/// appended as the last word.
public struct EachForm: Sendable {
  /// Nil if each item is a command line itself.
  private let words: [Template]?
  private let id: Template?

  /// Creates a template from a program and its arguments; a nil `id` generates the ids.
  public init(words: [String], id: String?) {
    let templates = words.map(Template.init)
    let hasPiece = templates.contains { $0.parts.contains(where: \.isOfPiece) }
    self.words = templates + (hasPiece ? [] : [Template("{}")])
    self.id = id.map(Template.init)
  }

  /// Creates a form whose items are command lines for `/bin/sh -c`; a nil `id` generates the ids.
  public init(commandLinesWithID id: String?) {
    words = nil
    self.id = id.map(Template.init)
  }

  /// Whether an item gets no job: an empty one, and among command lines also blanks and comments.
  public func skips(_ piece: some Collection<UInt8>) -> Bool {
    guard words == nil else { return piece.isEmpty }
    let first = piece.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
    return first == nil || first == UInt8(ascii: "#")
  }

  /// Whether each item gets a different id.
  public var hasOwnIDs: Bool {
    id?.parts.contains { if case .text = $0 { false } else { true } } ?? true
  }

  /// Returns the job for an item, with `given` as defaults. Items are numbered from 1.
  public func job(
    for piece: String, number: Int, _ given: JobDefaults
  ) throws(InvalidJob) -> NewJob {
    let id = try id.map { template throws(InvalidJob) in
      try JobID(template.text(for: piece, number))
    }
    let command = words.map { ShellWords.command($0.map { $0.text(for: piece, number) }) } ?? piece
    var given = given
    given.uniqueKey = given.uniqueKey.map { Template($0).text(for: piece, number) }
    let job = try NewJob(id: id, command: command, with: given)
    try job.checkSize()
    return job
  }
}

private struct Template: Sendable {
  enum Part: Sendable {
    case text(String)
    case piece, stem, base, directory, number

    var isOfPiece: Bool {
      switch self {
      case .text, .number: false
      case .piece, .stem, .base, .directory: true
      }
    }
  }

  private static let places: [(String, Part)] = [
    ("{}", .piece), ("{.}", .stem), ("{/}", .base), ("{//}", .directory), ("{#}", .number),
  ]

  let parts: [Part]

  init(_ text: String) {
    var parts: [Part] = []
    var (rest, literal) = (text[...], "")
    while let first = rest.first {
      if let (name, part) = Self.places.first(where: { rest.hasPrefix($0.0) }) {
        if !literal.isEmpty { parts.append(.text(literal)) }
        literal = ""
        parts.append(part)
        rest = rest.dropFirst(name.count)
      } else {
        literal.append(first)
        rest = rest.dropFirst()
      }
    }
    self.parts = literal.isEmpty ? parts : parts + [.text(literal)]
  }

  func text(for piece: String, _ number: Int) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .piece: piece
      case .stem: Self.stem(of: piece)
      case .base: String(piece[Self.baseStart(in: piece)...])
      case .directory: Self.directory(of: piece)
      case .number: "\(number)"
      }
    }.joined()
  }

  private static func baseStart(in path: String) -> String.Index {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map(path.utf8.index(after:)) ?? path.startIndex
  }

  /// Removes the extension; a leading dot doesn't start one.
  private static func stem(of path: String) -> String {
    let start = baseStart(in: path)
    guard let dot = path.utf8[start...].lastIndex(of: UInt8(ascii: ".")), dot > start else {
      return path
    }
    return String(path[..<dot])
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
