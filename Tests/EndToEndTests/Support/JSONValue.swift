import Foundation

/// Any value of JSON, with truth values apart from numbers.
enum JSONValue: Decodable, Equatable {
  case null
  case truth(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let truth = try? container.decode(Bool.self) {
      self = .truth(truth)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([JSONValue].self) {
      self = .list(list)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// - Throws: for anything but one value of JSON.
  init(parsing text: some StringProtocol) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
    } catch {
      throw Surprise("not JSON: \(text.prefix(500)): \(error)")
    }
  }

  /// The type's name in docs/json.md.
  var typeName: String {
    switch self {
    case .null: "null"
    case .truth: "true or false"
    case .number: "number"
    case .text(let text): JSON.date(text) == nil ? "text" : "time"
    case .list: "list"
    case .object: "object"
    }
  }
}
