/// Reads the values of the JSON fields of jobs and schedules, and checks their types.
struct FieldReader {
  let times: TimeText

  func text(_ field: some FieldName, _ reader: inout JSONReader) throws -> String {
    guard try reader.peek() == .string else { throw try wrong(field, "text", &reader) }
    return try reader.readString()
  }

  func integer(_ field: some FieldName, _ reader: inout JSONReader) throws -> Int {
    try value(field, "a whole number", &reader) { ahead throws in
      try ahead.peek() == .number ? try ahead.readNumber().integer : nil
    }
  }

  func number(_ field: some FieldName, _ reader: inout JSONReader) throws -> Double {
    try value(field, "a number", &reader) { ahead throws in
      try ahead.peek() == .number ? try ahead.readNumber().double : nil
    }
  }

  /// A number of runs or the like.
  func count(_ field: some FieldName, _ reader: inout JSONReader) throws -> Int {
    let range = 0...1_000_000
    return try value(field, "a whole number from 0 to 1000000", &reader) { ahead throws in
      guard try ahead.peek() == .number else { return nil }
      return try ahead.readNumber().integer.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A number of seconds that passed, rounded to milliseconds.
  func seconds(_ field: some FieldName, _ reader: inout JSONReader) throws -> Duration {
    try value(field, "a number of seconds", &reader) { ahead throws in
      guard try ahead.peek() == .number, let number = try ahead.readNumber().double,
        (0...1e10).contains(number)
      else { return nil }
      return .milliseconds(Int64((number * 1000).rounded()))
    }
  }

  func duration(_ field: some FieldName, _ reader: inout JSONReader) throws -> Duration {
    try value(field, "a number of seconds, or a duration like \"5m\"", &reader) { ahead throws in
      try textOrNumber(&ahead).flatMap { Duration(text: $0) }
    }
  }

  /// A size of memory.
  func bytes(_ field: some FieldName, _ reader: inout JSONReader) throws -> Int {
    let range = ResourceLimits.memorySizesText
    let form = "a number of bytes, or a size like \"2G\", from \(range)"
    return try value(field, form, &reader) { ahead throws in
      try textOrNumber(&ahead).flatMap { ByteCount.parse($0) }
    }
  }

  func time(_ field: some FieldName, _ reader: inout JSONReader) throws -> Timestamp {
    try value(field, TimeText.forms, &reader) { ahead throws in
      try textOrNumber(&ahead).flatMap { times.parse($0) }
    }
  }

  /// One of a few words.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ field: some FieldName, _ reader: inout JSONReader
  ) throws -> Choice {
    let words = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return try value(field, "one of \(words)", &reader) { ahead throws in
      try ahead.peek() == .string ? Choice(rawValue: try ahead.readString()) : nil
    }
  }

  func statuses(
    _ field: some FieldName, among possible: ClosedRange<Int> = ExitStatusSet.failures,
    _ reader: inout JSONReader
  ) throws -> ExitStatusSet {
    try value(field, ExitStatusSet.form(possible), &reader) { ahead throws in
      try textOrNumber(&ahead).flatMap { ExitStatusSet($0, among: possible) }
    }
  }

  /// Reads an array of strings.
  func words(_ field: some FieldName, _ reader: inout JSONReader) throws -> [String] {
    guard try reader.peek() == .array else {
      throw try wrong(field, "an array like [\"gzip\",\"a b.log\"]", &reader)
    }
    return try texts(field, &reader)
  }

  /// Reads a string or an array of strings.
  func texts(_ field: some FieldName, _ reader: inout JSONReader) throws -> [String] {
    guard try reader.peek() == .array else { return [try text(field, &reader)] }
    var texts: [String] = []
    try reader.readArray { reader throws in
      guard try reader.peek() == .string else {
        throw try wrong(field, "text", &reader, verb: "may only contain")
      }
      texts.append(try reader.readString())
    }
    return texts
  }

  func truth(_ field: some FieldName, _ reader: inout JSONReader) throws -> Bool {
    guard try reader.peek() == .boolean else { throw try wrong(field, "true or false", &reader) }
    return try reader.readBoolean()
  }

  func environment(_ reader: inout JSONReader) throws -> [EnvironmentVariable] {
    guard try reader.peek() == .object else {
      throw try wrong(JobField.env, "an object like {\"NAME\":\"value\"}", &reader)
    }
    var names: Set<String> = []
    var variables: [EnvironmentVariable] = []
    try reader.readObject { (name, reader) throws in
      guard names.insert(name).inserted else {
        throw InvalidJob(field: "env", problem: "has \(quoted: name) twice")
      }
      guard try reader.peek() == .string else {
        throw InvalidJob(
          field: "env", problem: "must have text as the value of \(quoted: name)")
      }
      variables.append(try EnvironmentVariable(given: name, value: try reader.readString()))
    }
    return variables
  }

  // MARK: - Details

  /// Reads a value with `read`. On nil, keeps the position so that the error can quote the value.
  private func value<Value>(
    _ field: some FieldName, _ expected: String, _ reader: inout JSONReader,
    read: (inout JSONReader) throws -> Value?
  ) throws -> Value {
    var ahead = reader
    guard let value = try read(&ahead) else { throw try wrong(field, expected, &reader) }
    reader = ahead
    return value
  }

  private func textOrNumber(_ reader: inout JSONReader) throws -> String? {
    switch try reader.peek() {
    case .string: try reader.readString()
    case .number: try reader.readNumber().plainText
    case .object, .array, .boolean, .null: nil
    }
  }

  private func wrong(
    _ field: some FieldName, _ expected: String, _ reader: inout JSONReader,
    verb: String = "must be"
  ) throws -> InvalidJob {
    let kind = try reader.peek()
    let found: String =
      switch kind {
      case .string: TerminalText.quoted(try reader.readString())
      case .number: TerminalText.sanitized(String(try reader.readNumber().text.prefix(40)))
      case .boolean: "\(try reader.readBoolean())"
      case .object, .array, .null: kind.rawValue
      }
    return InvalidJob(field: field.rawValue, problem: "\(verb) \(expected), not \(found)")
  }
}
