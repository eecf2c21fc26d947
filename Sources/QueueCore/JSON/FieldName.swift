/// The names that the fields of one kind of object have in JSON.
protocol FieldName: RawRepresentable<String>, CaseIterable, Hashable {
  /// Names that other programs use for some of them.
  static var otherNames: [String: Self] { get }
  /// The end of a message about a field of another kind of object: where to pass that; nil for any
  /// other name.
  static func destination(of key: String) -> String?
}

extension FieldName {
  static var otherNames: [String: Self] { [:] }

  static func destination(of key: String) -> String? { nil }

  /// The end of a message about an unknown field: the nearest name, or nothing.
  static func hint(for key: String) -> String {
    guard let field = otherNames[key] else {
      return Suggestion.hint(for: key, among: allCases.map(\.rawValue))
    }
    return "; did you mean \"\(field.rawValue)\"?"
  }

  /// The field's value.
  /// - Throws: ``InvalidJob`` if it wasn't given.
  func required<Value>(_ value: Value?) throws(InvalidJob) -> Value {
    guard let value else { throw InvalidJob(field: rawValue, problem: "is missing") }
    return value
  }
}

extension JSONReader {
  /// Reads an object of known fields, each at most once; `null` is the same as leaving one out.
  /// - Parameters:
  ///   - kind: names the object in messages: `a job`.
  ///   - read: is called for each field and must read its value.
  /// - Throws: ``JSONError``; ``InvalidJob`` for an unknown or repeated field; any error of `read`.
  mutating func readFields<Field: FieldName>(
    of kind: String, _ read: (_ field: Field, _ reader: inout JSONReader) throws -> Void
  ) throws {
    var seen: Set<Field> = []
    try readObject { (key, reader) throws in
      guard let field = Field(rawValue: key) else {
        throw InvalidJob(
          field: TerminalText.quoted(key),
          problem: "isn't a field of \(kind)\(Field.destination(of: key) ?? Field.hint(for: key))")
      }
      guard seen.insert(field).inserted else {
        throw InvalidJob(field: field.rawValue, problem: "is given twice")
      }
      if try reader.peek() == .null { return try reader.readNull() }
      try read(field, &reader)
    }
  }
}
