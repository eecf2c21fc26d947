/// Compares values of JSON with their documented shapes.
struct ShapeComparison {
  let shapes: DocumentedShapes
  /// The differences found, each with its place.
  private(set) var problems: Set<String> = []
  /// The fields that had a value other than null, as `section.field`.
  private(set) var seen: Set<String> = []

  init(_ shapes: DocumentedShapes) { self.shapes = shapes }

  /// Compares the output of a command or path.
  mutating func compare(_ text: String, with output: DocumentedShapes.Output) throws {
    guard output.type.container == .lines else {
      return compare(try JSONValue(parsing: text), output.type, output.source)
    }
    for line in text.split(separator: "\n") {
      compare(try JSONValue(parsing: line), output.type.parts, output.source)
    }
  }

  mutating func compare(_ value: JSONValue, with section: String) {
    compare(value, .shape(section), section)
  }

  private mutating func compare(_ value: JSONValue, _ type: DocumentedType, _ place: String) {
    if value == .null {
      if !type.mayBeNull { problems.insert("\(place) is null") }
      return
    }
    switch (type.container, value) {
    case (.one, _): compare(value, type.parts, place)
    case (.list, .list(let elements)):
      for element in elements { compare(element, type.parts, place) }
    case (.object, .object(let members)):
      for member in members.values { compare(member, type.parts, place) }
    default: problems.insert("\(place) is \(value.typeName), not \(type.container) of")
    }
  }

  /// Compares it with the first alternative that fits; reports the differences from the first.
  private mutating func compare(
    _ value: JSONValue, _ parts: [DocumentedType.Part], _ place: String
  ) {
    guard let first = parts.first else {
      problems.insert("\(place) is \(value.typeName), not null")
      return
    }
    for part in parts {
      var attempt = self
      attempt.problems = []
      attempt.compare(value, part, place)
      guard attempt.problems.isEmpty else { continue }
      seen = attempt.seen
      return
    }
    compare(value, first, place)
  }

  private mutating func compare(
    _ value: JSONValue, _ part: DocumentedType.Part, _ place: String
  ) {
    let name: String
    switch part {
    case .shape(let section):
      guard case .object(let members) = value else {
        problems.insert("\(place) is \(value.typeName), not an object (\(section))")
        return
      }
      return compare(members, section, place)
    case .text: name = "text"
    case .number: name = "number"
    case .truth: name = "true or false"
    case .time: name = "time"
    case .object: name = "object"
    }
    if value.typeName != name { problems.insert("\(place) is \(value.typeName), not \(name)") }
  }

  private mutating func compare(
    _ members: [String: JSONValue], _ section: String, _ place: String
  ) {
    guard let fields = shapes.shapes[section] else {
      problems.insert("\(place): no section \(section)")
      return
    }
    for name in members.keys where !fields.contains(where: { $0.name == name }) {
      problems.insert("\(place): \(section).\(name) isn't documented")
    }
    for field in fields {
      guard let value = members[field.name] else {
        if !field.type.mayBeAbsent {
          problems.insert("\(place): \(section).\(field.name) is missing")
        }
        continue
      }
      if value != .null || field.type.parts.isEmpty {
        seen.insert("\(field.section).\(field.name)")
      }
      compare(value, field.type, "\(place): \(section).\(field.name)")
    }
  }
}
