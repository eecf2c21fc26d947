import QueueCore

/// A parameter of a statement. Its type is sent along, so that the server never guesses it.
protocol PostgresValue {
  /// The object id of its type.
  static var type: UInt32 { get }
  /// The value in PostgreSQL's text format; nil for NULL.
  var parameter: String? { get }
}

extension Int64: PostgresValue {
  static let type: UInt32 = 20
  var parameter: String? { String(self) }
}

extension Int: PostgresValue {
  static let type = Int64.type
  var parameter: String? { String(self) }
}

extension Double: PostgresValue {
  static let type: UInt32 = 701
  var parameter: String? {
    isNaN ? "NaN" : isInfinite ? (self < 0 ? "-Infinity" : "Infinity") : "\(self)"
  }
}

extension Bool: PostgresValue {
  static let type: UInt32 = 16
  var parameter: String? { self ? "t" : "f" }
}

extension String: PostgresValue {
  static let type: UInt32 = 25
  var parameter: String? { storable }

  /// PostgreSQL stores no NUL; U+FFFD takes its place.
  var storable: String {
    utf8.contains(0) ? String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) : self
  }
}

/// Bytes of any kind.
struct Bytes: PostgresValue {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  static let type: UInt32 = 17

  /// Two digits for each byte, after `\x`.
  var parameter: String? {
    String(unsafeUninitializedCapacity: 2 + 2 * bytes.count) { buffer in
      buffer[0] = UInt8(ascii: "\\")
      buffer[1] = UInt8(ascii: "x")
      for (index, byte) in bytes.enumerated() {
        buffer[2 + 2 * index] = Self.digit(byte >> 4)
        buffer[3 + 2 * index] = Self.digit(byte & 15)
      }
      return 2 + 2 * bytes.count
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}

extension Optional: PostgresValue where Wrapped: PostgresValue {
  static var type: UInt32 { Wrapped.type }
  var parameter: String? { self?.parameter }
}

/// An array parameter; its elements may be NULL.
struct PostgresArray<Element: PostgresValue>: PostgresValue {
  let elements: [Element]

  init(_ elements: some Sequence<Element>) { self.elements = Array(elements) }

  static var type: UInt32 {
    switch Element.type {
    case Bool.type: 1000
    case Double.type: 1022
    case Int64.type: 1016
    default: 1009
    }
  }

  var parameter: String? {
    var text = "{"
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      guard let value = element.parameter else {
        text += "NULL"
        continue
      }
      guard Element.type == String.type else {
        text += value
        continue
      }
      text += "\""
      for character in value.unicodeScalars {
        if character == "\"" || character == "\\" { text += "\\" }
        text.unicodeScalars.append(character)
      }
      text += "\""
    }
    return text + "}"
  }
}

extension PostgresArray<String> {
  /// An array as the text of one parameter or of an element of another array; nil for no texts.
  static func literal(_ texts: [String]) -> String? {
    texts.isEmpty ? nil : PostgresArray(texts).parameter
  }
}

// The core's types are sent as stored: times in milliseconds, names as text.

extension Timestamp: PostgresValue {
  static let type = Int64.type
  var parameter: String? { String(milliseconds) }
}

extension Duration: PostgresValue {
  static let type = Int64.type
  var parameter: String? { String(milliseconds) }
}

extension JobID: PostgresValue {
  static let type = String.type
  var parameter: String? { text.parameter }
}

extension RunID: PostgresValue {
  static let type = Int64.type
  var parameter: String? { String(number) }
}

extension WorkerID: PostgresValue {
  static let type = Int64.type
  var parameter: String? { String(number) }
}

extension ScheduleID: PostgresValue {
  static let type = Int64.type
  var parameter: String? { String(number) }
}

extension JobState: PostgresValue {
  static let type = String.type
  var parameter: String? { rawValue }
}
