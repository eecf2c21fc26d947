import QueueCore

/// A line's bytes as the job wrote them.
struct RawLine {
  /// Its bytes in the file, with the line end.
  var bytes: Range<Int>
  let isContinued: Bool
  /// Whether it is a gap: output discarded because of `log-max-size`.
  let isGap: Bool
  /// Its newest content: the bytes after the last carriage return, without the line end.
  private(set) var content: ArraySlice<UInt8> = []
  private var wasRewritten = false

  private static let carriageReturn = UInt8(ascii: "\r")

  init(_ bytes: Range<Int>, isContinued: Bool = false, isGap: Bool = false) {
    self.bytes = bytes
    self.isContinued = isContinued
    self.isGap = isGap
  }

  /// The line as displayed.
  var shown: LogLine {
    if isGap {
      var note = LogLine(bytes, "… \(ByteCount.brief(bytes.count)) left out …")
      note.isNote = true
      return note
    }
    var line = LogLine(bytes, TerminalText.sanitized(text))
    line.isContinued = isContinued
    return line
  }

  /// Its text without trailing carriage returns.
  private var text: String {
    String(decoding: content.prefix(upTo: Self.end(of: content)), as: UTF8.self)
  }

  /// Appends bytes, and drops the text that a terminal would overwrite.
  mutating func append(_ more: ArraySlice<UInt8>) {
    let all = content.isEmpty ? more : content + more
    let end = Self.end(of: all)
    // Of the carriage returns at the end, one is enough to know.
    content = all[..<min(end + 1, all.endIndex)]
    guard let last = all[..<end].lastIndex(of: Self.carriageReturn) else { return }
    content = content[(last + 1)...]
    wasRewritten = true
  }

  /// Whether the bytes after a break rewrite this line, rather than continue a long one.
  func isRewritten(by more: ArraySlice<UInt8>) -> Bool {
    wasRewritten || content.last == Self.carriageReturn
      || more[..<Self.end(of: more)].contains(Self.carriageReturn) || more.isEmpty
  }

  /// Returns the index of the trailing carriage returns.
  private static func end(of bytes: ArraySlice<UInt8>) -> Int {
    bytes.lastIndex { $0 != carriageReturn }.map { $0 + 1 } ?? bytes.startIndex
  }
}
