import ArgumentParser
import QueueCore

/// Fields of a job's JSON as columns of text, for scripts.
struct FieldColumns {
  private let names: [String]

  /// - Parameter text: names with commas between them.
  /// - Throws: ``ValidationError`` for a name that isn't a field's.
  init(typed text: String) throws {
    let known = JobField.allCases.filter { $0 != .argv }.map(\.rawValue)
    names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    for name in names where !known.contains(name) {
      throw OptionParsing.unknown(name, "a field that --fields takes", among: known)
    }
  }

  /// The values with tabs between them: texts as they are, except control characters; lists with
  /// commas; nothing for null.
  func line(of job: Job, showsVariables: Bool) throws -> String {
    var writer = JSONWriter()
    job.write(to: &writer, showsVariables: showsVariables)
    let bytes = writer.bytes
    var texts: [String: String] = [:]
    var reader = JSONReader(bytes)
    try reader.readObject { (name, reader) throws in
      texts[name] = try Self.text(of: &reader, in: bytes)
    }
    return names.map { TerminalText.sanitized(texts[$0] ?? "") }.joined(separator: "\t")
  }

  private static func text(of reader: inout JSONReader, in bytes: [UInt8]) throws -> String {
    switch try reader.peek() {
    case .string: return try reader.readString()
    case .null:
      try reader.readNull()
      return ""
    case .array:
      var texts: [String] = []
      try reader.readArray { reader throws in texts.append(try text(of: &reader, in: bytes)) }
      return texts.joined(separator: ",")
    case .object, .number, .boolean:
      return String(decoding: bytes[try reader.skipValue()], as: UTF8.self)
    }
  }
}
