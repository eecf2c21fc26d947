/// What `enqueue --each` makes of a piece of input: the words of a command, with the piece put in.
///
/// `{}` stands for the piece, `{.}` for it without its ending, `{/}` for its base name, `{//}` for
/// its directory, `{#}` for its number. Where no word has the piece, it becomes the last word.
public struct EachForm: Sendable {
  private let words: [Template]
  private let id: Template?

  /// - Parameters:
  ///   - words: a program, and what it is given.
  ///   - id: the ids' form; nil to have them made.
  public init(words: [String], id: String?) {
    let templates = words.map(Template.init)
    let hasPiece = templates.contains { $0.parts.contains(where: \.isOfPiece) }
    self.words = templates + (hasPiece ? [] : [Template("{}")])
    self.id = id.map(Template.init)
  }

  /// Whether the ids of several jobs differ.
  public var hasOwnIDs: Bool {
    id?.parts.contains { if case .text = $0 { false } else { true } } ?? true
  }

  /// The job for a piece; for all else what is given.
  /// - Parameter number: the piece's, from 1.
  /// - Throws: ``InvalidJob`` naming the first part that isn't allowed.
  public func job(
    for piece: String, number: Int, _ given: JobDefaults
  ) throws(InvalidJob) -> NewJob {
    let id = try id.map { template throws(InvalidJob) in
      try JobID(template.text(for: piece, number))
    }
    let command = ShellWords.command(words.map { $0.text(for: piece, number) })
    let job = try NewJob(id: id, command: command, with: given)
    try job.checkSize()
    return job
  }
}

/// A text with places in it.
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

  /// A name that begins with its only dot has no ending.
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
