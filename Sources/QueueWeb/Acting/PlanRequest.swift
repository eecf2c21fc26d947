import QueueCore
import QueueOperations

/// A request for a plan: a JSON object with the fields of a form.
struct PlanRequest {
  let fields: FormFields

  /// - Throws: `invalid`, also for a field that is missing, or that the action doesn't take.
  init(_ body: [UInt8]) throws(RequestError) {
    var pairs: [(String, String)] = []
    try Self.read(body) { name, reader throws in
      switch name {
      case "jobs":
        guard try reader.peek() == .array else {
          throw try Self.wrong(name, "an array of ids", &reader)
        }
        try reader.readArray { reader throws in
          pairs.append(("job", try Self.text("jobs[]", &reader)))
        }
      case "limit": pairs.append((name, try Self.limit(name, &reader)))
      default: pairs.append((name, try Self.text(name, &reader)))
      }
    }
    fields = FormFields(pairs)
    guard let word = fields["do"], let purpose = Purpose(rawValue: word) else {
      let words = Purpose.allCases.map(\.rawValue).joined(separator: ", ")
      throw RequestError(400, "\"do\" must be one of \(words)")
    }
    let known = ["do"] + purpose.names
    if let other = fields.names.first(where: { !known.contains($0) }) {
      throw RequestError(
        400,
        "\(quoted: Self.name(of: other)) isn't a field of \(word): it takes "
          + known.map { Self.name(of: $0) }.joined(separator: ", "))
    }
    if let missing = purpose.required.first(where: { fields[$0] == nil }) {
      let kind = missing == "job" ? ", an array of at least one id" : ""
      throw RequestError(400, "\(word) needs \(quoted: Self.name(of: missing))\(kind)")
    }
  }

  /// The name in JSON of a form's field.
  private static func name(of field: String) -> String { field == "job" ? "jobs" : field }

  /// Reads the confirming number; nil for none.
  static func count(_ body: [UInt8]) throws(RequestError) -> Int? {
    guard !body.isEmpty else { return nil }
    var count: Int?
    try read(body) { name, reader throws in
      guard name == "count" else {
        throw RequestError(400, "\(quoted: name) isn't a field here: send {\"count\": NUMBER}")
      }
      count = try integer(name, in: 0...Int.max, "a whole number", &reader)
    }
    return count
  }

  // MARK: Values

  /// Reads an object whose names differ.
  private static func read(
    _ body: [UInt8], _ member: (_ name: String, _ reader: inout JSONReader) throws -> Void
  ) throws(RequestError) {
    var names: Set<String> = []
    var reader = JSONReader(body)
    do {
      try reader.readObject { (name, reader) throws in
        guard names.insert(name).inserted else {
          throw RequestError(400, "\(quoted: name) is given twice")
        }
        try member(name, &reader)
      }
      try reader.expectEnd()
    } catch let error as RequestError {
      throw error
    } catch {
      throw RequestError(400, "\(error)")
    }
  }

  private static func text(_ name: String, _ reader: inout JSONReader) throws -> String {
    guard try reader.peek() == .string else { throw try wrong(name, "text", &reader) }
    return try reader.readString()
  }

  /// Reads a limit; null is empty.
  private static func limit(_ name: String, _ reader: inout JSONReader) throws -> String {
    if try reader.peek() == .null {
      try reader.readNull()
      return ""
    }
    let range = QueueControl.limits
    let expected = "a whole number from 0 to \(range.upperBound), or null for none"
    return String(try integer(name, in: range, expected, &reader))
  }

  private static func integer(
    _ name: String, in range: ClosedRange<Int>, _ expected: String, _ reader: inout JSONReader
  ) throws -> Int {
    var ahead = reader
    guard try ahead.peek() == .number, let number = try ahead.readNumber().integer,
      range.contains(number)
    else { throw try wrong(name, expected, &reader) }
    reader = ahead
    return number
  }

  private static func wrong(
    _ name: String, _ expected: String, _ reader: inout JSONReader
  ) throws -> RequestError {
    let kind = try reader.peek()
    let found = try kind == .number ? String(reader.readNumber().text.prefix(40)) : kind.rawValue
    return RequestError(400, "\(quoted: name) must be \(expected), not \(found)")
  }
}

extension Plan {
  /// Writes the plan's question and progress as a JSON object.
  func write(to writer: inout JSONWriter, name: String) {
    writer.object { json in
      json.field("plan", name)
      json.field("title", title)
      json.key("notes")
      json.array { json in notes.forEach { json.value($0) } }
      json.field("count", count)
      json.field("asks_count", asksNumber)
      json.key("examples")
      json.array { json in examples.forEach { json.value($0.id.text) } }
      json.field("command", command)
      switch state {
      case .open: json.field("state", "open")
      case .running(let progress):
        json.field("state", "running")
        json.field("done", progress?.done)
        json.field("text", progress?.text)
      case .done(let result):
        json.field("state", "done")
        json.field("text", result.text)
        json.field("warning", result.isWarning)
      }
    }
  }
}
