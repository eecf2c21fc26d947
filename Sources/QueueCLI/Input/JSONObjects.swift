/// Splits text into JSON objects, on one or several lines each. Invalid or unterminated text is
/// passed on for the parser to report; the lines after it are scanned again, so that each error is
/// reported once.
struct JSONObjects {
  struct Piece {
    let bytes: [UInt8]
    let range: Range<Int>
    /// The line number of the first byte.
    let line: Int
  }

  private let reader: LineReader
  private let name: String
  /// Lines to scan again.
  private var ahead: ArraySlice<LineReader.Line> = []
  private var line: LineReader.Line?
  private var position = 0

  init(_ reader: LineReader, name: String) {
    self.reader = reader
    self.name = name
  }

  mutating func next() throws -> Piece? {
    while true {
      if line == nil {
        line = try nextLine()
        position = 0
      }
      guard let line else { return nil }
      if let start = line.bytes[position...].firstIndex(where: { $0 > 0x20 }) {
        return try piece(from: start, of: line)
      }
      self.line = nil
    }
  }

  private mutating func nextLine() throws -> LineReader.Line? {
    try ahead.popFirst() ?? reader.next()
  }

  private mutating func piece(from start: Int, of first: LineReader.Line) throws -> Piece {
    var bytes = first.bytes
    var scan = BracketScan()
    if let end = scan.end(in: bytes, from: start) {
      position = end
      return Piece(bytes: bytes, range: start..<end, line: first.number)
    }
    line = nil
    var taken: [LineReader.Line] = []
    while scan.isOpen, let next = try nextLine() {
      if next.beginsObject, !scan.expectsValue {
        ahead.insert(next, at: ahead.startIndex)
        break
      }
      guard bytes.count + next.bytes.count <= InputFile.longestText else {
        throw InputFile.tooLong("\(name), line \(first.number)")
      }
      taken.append(next)
      bytes.append(0x0A)
      let offset = bytes.count
      bytes += next.bytes
      if let end = scan.end(in: bytes, from: offset) {
        (line, position) = (next, end - offset)
        return Piece(bytes: bytes, range: start..<end, line: first.number)
      }
    }
    // The object is unterminated: a line taken for a nested object may begin the next job.
    if let another = taken.firstIndex(where: \.beginsObject) {
      ahead = taken[another...] + ahead
      let lines = [first] + taken[..<another]
      bytes = Array(lines.map(\.bytes).joined(separator: [0x0A]))
    }
    return Piece(bytes: bytes, range: start..<bytes.count, line: first.number)
  }
}

extension LineReader.Line {
  fileprivate var beginsObject: Bool { bytes.first == UInt8(ascii: "{") }
}

/// Finds an object's end by its brackets, line by line.
private struct BracketScan {
  private var brackets: [UInt8] = []
  private var last: UInt8 = 0
  private var isInText = false

  /// Whether further lines may close the object; JSON strings can't span lines.
  var isOpen: Bool { !brackets.isEmpty && !isInText }

  /// Whether the next token must be a value.
  var expectsValue: Bool {
    last == UInt8(ascii: ":")
      || brackets.last == UInt8(ascii: "[") && (last == brackets.last || last == UInt8(ascii: ","))
  }

  /// The end of the object; nil if it continues. Any other text ends with `bytes`.
  mutating func end(in bytes: [UInt8], from start: Int) -> Int? {
    if brackets.isEmpty, bytes[start] != UInt8(ascii: "{") { return bytes.count }
    var index = start
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      if isInText {
        if byte == UInt8(ascii: "\\") { index += 1 }
        if byte == UInt8(ascii: "\"") { isInText = false }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): brackets.append(byte)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        brackets.removeLast()
        if brackets.isEmpty { return index }
      case ...0x20: continue
      default: break
      }
      last = byte
    }
    return nil
  }
}
