import QueueCore

/// A whole JSON value, for comparisons in tests.
enum JSONValue: Equatable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case double(Double)
  case text(String)
  case array([JSONValue])
  case object([Member])

  struct Member: Equatable, Sendable {
    var key: String
    var value: JSONValue
  }

  /// The single value in `bytes`.
  init(_ bytes: [UInt8]) throws {
    var reader = JSONReader(bytes)
    try self.init(from: &reader)
    try reader.expectEnd()
  }

  init(_ text: String) throws { try self.init(Array(text.utf8)) }

  init(from reader: inout JSONReader) throws {
    switch try reader.peek() {
    case .null:
      try reader.readNull()
      self = .null
    case .boolean: self = .boolean(try reader.readBoolean())
    case .string: self = .text(try reader.readString())
    case .number:
      let number = try reader.readNumber()
      self = number.integer.map(Self.integer) ?? .double(number.double ?? .infinity)
    case .array:
      var elements: [JSONValue] = []
      try reader.readArray { reader in elements.append(try JSONValue(from: &reader)) }
      self = .array(elements)
    case .object:
      var members: [Member] = []
      try reader.readObject { key, reader in
        members.append(Member(key: key, value: try JSONValue(from: &reader)))
      }
      self = .object(members)
    }
  }

  var bytes: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .boolean(let flag): writer.value(flag)
    case .integer(let number): writer.value(number)
    case .double(let number): writer.value(number)
    case .text(let text): writer.value(text)
    case .array(let elements):
      writer.array { for element in elements { element.write(to: &$0) } }
    case .object(let members):
      writer.object {
        for member in members {
          $0.key(text: member.key)
          member.value.write(to: &$0)
        }
      }
    }
  }

  // MARK: - At random

  static func random(depth: Int, using random: inout some RandomNumberGenerator) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
    case 0: return .null
    case 1: return .boolean(.random(using: &random))
    case 2: return .integer(Int(truncatingIfNeeded: random.next()))
    case 3: return .integer(.random(in: -9...9, using: &random))
    case 4:
      let number = Double(bitPattern: random.next())
      let isFraction = number.isFinite && Int64(exactly: number) == nil
      return .double(isFraction ? number : 0.1)
    case 5: return .text(randomText(using: &random))
    case 6:
      return .array(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
          .random(depth: depth - 1, using: &random)
        })
    default:
      return .object(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in
          Member(
            key: randomText(using: &random), value: .random(depth: depth - 1, using: &random))
        })
    }
  }

  /// Text from all of Unicode, with many characters that need escaping.
  static func randomText(using random: inout some RandomNumberGenerator) -> String {
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      let limits: [UInt32] = [0x20, 0x80, 0xA0, 0x3000, 0x11_0000]
      let limit = limits[Int.random(in: 0..<limits.count, using: &random)]
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) {
        text.append(scalar)
      }
    }
    return String(text)
  }
}
