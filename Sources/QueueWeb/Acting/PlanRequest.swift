import QueueCore
import QueueOperations

/// A request for a plan: a JSON object with the fields of a form.
struct PlanRequest {
  let fields: FormFields

  /// - Throws: `invalid`, also for a field that the action doesn't take.
  init(_ body: [UInt8]) throws(RequestError) {
    var pairs: [(String, String)] = []
    try Self.read(body) { name, reader throws in
      if name == "jobs" {
        try reader.readArray { reader throws in pairs.append(("job", try reader.readString())) }
      } else {
        pairs.append((name, try Self.text(&reader)))
      }
    }
    fields = FormFields(pairs)
    guard let word = fields["do"], let purpose = Purpose(rawValue: word) else {
      let words = Purpose.allCases.map(\.rawValue).joined(separator: ", ")
      throw RequestError(400, "\"do\" must be one of \(words)")
    }
    let known = ["do"] + purpose.names
    guard let other = pairs.first(where: { !known.contains($0.0) }) else { return }
    throw RequestError(
      400,
      "\(quoted: other.0) isn't a field of \(word): it takes "
        + known.map { $0 == "job" ? "jobs" : $0 }.joined(separator: ", "))
  }

  /// Reads the confirming number; nil for none.
  static func count(_ body: [UInt8]) throws(RequestError) -> Int? {
    guard !body.isEmpty else { return nil }
    var count: Int?
    try read(body) { name, reader throws in
      guard name == "count", let number = try reader.readNumber().integer else {
        throw RequestError(400, "send {\"count\": NUMBER}")
      }
      count = number
    }
    return count
  }

  private static func read(
    _ body: [UInt8], _ member: (_ name: String, _ reader: inout JSONReader) throws -> Void
  ) throws(RequestError) {
    var reader = JSONReader(body)
    do {
      try reader.readObject(member)
      try reader.expectEnd()
    } catch let error as RequestError {
      throw error
    } catch {
      throw RequestError(400, "\(error)")
    }
  }

  /// Reads a string or a number; null is empty.
  private static func text(_ reader: inout JSONReader) throws -> String {
    switch try reader.peek() {
    case .number: return try reader.readNumber().text
    case .null:
      try reader.readNull()
      return ""
    default: return try reader.readString()
    }
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
