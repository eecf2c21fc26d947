/// Decodes the bytes that a terminal sends into keys.
///
/// A sequence that begins with ESC is consumed up to its final byte, so no part of an unknown key
/// acts as a letter. A paste is one text.
struct KeyDecoder: Sendable {
  private var sequences: [[UInt8]: Key]
  private var pending: [UInt8] = []
  private var pasted: [UInt8]?

  /// - Parameter known: sequences of this terminal, in addition to the usual ones.
  init(known: [[UInt8]: Key] = [:]) {
    sequences = Self.usual.merging(known) { _, given in given }
  }

  /// Whether pending bytes are ambiguous until more arrive or a pause: ESC is a key and begins
  /// others.
  var isWaiting: Bool { !pending.isEmpty && pasted == nil }

  /// Returns the keys that these bytes complete.
  mutating func feed(_ bytes: some Sequence<UInt8>) -> [Input] {
    pending += bytes
    var inputs: [Input] = []
    while let input = next(isFinal: false) { inputs.append(input) }
    return inputs
  }

  /// Decodes pending bytes after a pause.
  mutating func pause() -> [Input] {
    var inputs: [Input] = []
    while pasted == nil, let input = next(isFinal: true) { inputs.append(input) }
    return inputs
  }

  // MARK: Details

  private static let escape: UInt8 = 0x1B
  private static let pasteBegins = Array("\u{1B}[200~".utf8)
  private static let pasteEnds = Array("\u{1B}[201~".utf8)
  /// The most bytes kept of a paste.
  private static let longestPaste = 1 << 16
  private static let longestSequence = 64

  private mutating func next(isFinal: Bool) -> Input? {
    if pasted != nil { return paste() }
    guard let first = pending.first else { return nil }
    guard first == Self.escape else { return character(isFinal: isFinal) }
    guard let length = sequenceLength(isFinal: isFinal) else { return nil }
    let bytes = Array(pending.prefix(length))
    pending.removeFirst(length)
    if bytes == Self.pasteBegins {
      pasted = []
      return paste()
    }
    if let click = Self.mouse(bytes) { return click }
    if let background = Self.background(bytes) { return .background(background) }
    return .key(sequences[bytes] ?? .unknown)
  }

  /// Returns the length of the sequence that begins with ESC; nil if it is incomplete.
  private func sequenceLength(isFinal: Bool) -> Int? {
    guard pending.count > 1 else { return isFinal ? 1 : nil }
    let kind = pending[1]
    // Two ESC in a row: the first one is a key.
    if kind == Self.escape { return 1 }
    if kind == UInt8(ascii: "]") { return answerLength(isFinal: isFinal) }
    guard kind == UInt8(ascii: "[") || kind == UInt8(ascii: "O") else { return 2 }
    // Function keys of the Linux console have a second bracket.
    let start = pending.count > 2 && pending[2] == UInt8(ascii: "[") ? 3 : 2
    for index in start..<max(start, pending.count) where (0x40...0x7E).contains(pending[index]) {
      return index + 1
    }
    return isFinal || pending.count > Self.longestSequence ? pending.count : nil
  }

  /// The length of a reply of the terminal, which ends with BEL or ESC and a backslash. Alt-]
  /// begins alike.
  private func answerLength(isFinal: Bool) -> Int? {
    for index in 2..<max(2, pending.count) {
      if pending[index] == 0x07 { return index + 1 }
      guard pending[index] == Self.escape else { continue }
      guard index + 1 < pending.count else { return isFinal ? index : nil }
      return pending[index + 1] == UInt8(ascii: "\\") ? index + 2 : index
    }
    guard isFinal || pending.count > Self.longestSequence else { return nil }
    return pending.count
  }

  /// `ESC ] 11 ; rgb:RRRR/GGGG/BBBB`, the reply to the query of the background.
  private static func background(_ bytes: [UInt8]) -> Background? {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix("\u{1B}]11;rgb:") else { return nil }
    let parts = text.dropFirst(9).split(separator: "/").map { part in
      let digits = part.prefix { $0.isASCII && $0.isHexDigit }
      let most = Double((1 << (4 * min(4, digits.count))) - 1)
      return Int(digits.prefix(4), radix: 16).map { Double($0) / max(1, most) }
    }
    guard parts.count == 3, let red = parts[0], let green = parts[1], let blue = parts[2] else {
      return nil
    }
    return 0.3 * red + 0.59 * green + 0.11 * blue > 0.5 ? .light : .dark
  }

  private mutating func character(isFinal: Bool) -> Input? {
    guard let first = pending.first else { return nil }
    if let key = Self.control(first) {
      pending.removeFirst()
      return .key(key)
    }
    let length = Self.utf8Length(first)
    guard pending.count >= length || isFinal else { return nil }
    let bytes = pending.prefix(length)
    pending.removeFirst(bytes.count)
    guard let text = String(validating: bytes, as: UTF8.self), let character = text.first else {
      return .key(.unknown)
    }
    return .key(.character(character))
  }

  private static func utf8Length(_ first: UInt8) -> Int {
    switch first {
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 1
    }
  }

  private static func control(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x0D, 0x0A: .enter
    case 0x09: .tab
    case 0x08, 0x7F: .backspace
    case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
    case 0x00...0x1F: .unknown
    default: nil
    }
  }

  /// Takes a paste up to its end, if that has arrived.
  private mutating func paste() -> Input? {
    guard var text = pasted else { return nil }
    let (head, hasEnd) = split(at: Self.pasteEnds)
    text += head.prefix(max(0, Self.longestPaste - text.count))
    pasted = hasEnd ? nil : text
    return hasEnd ? .paste(String(decoding: text, as: UTF8.self)) : nil
  }

  /// Removes and returns the pending bytes before `mark`. Without the mark, keeps bytes that may
  /// begin it.
  private mutating func split(at mark: [UInt8]) -> (head: [UInt8], found: Bool) {
    var index = 0
    while index < pending.count {
      let rest = pending[index...].prefix(mark.count)
      if rest.elementsEqual(mark.prefix(rest.count)) {
        let head = Array(pending[..<index])
        let isWhole = rest.count == mark.count
        pending.removeFirst(index + (isWhole ? mark.count : 0))
        return (head, isWhole)
      }
      index += 1
    }
    defer { pending = [] }
    return (pending, false)
  }

  /// `ESC [ < button ; column ; row M`: the SGR form of a report.
  private static func mouse(_ bytes: [UInt8]) -> Input? {
    guard bytes.starts(with: "\u{1B}[<".utf8), let last = bytes.last else { return nil }
    // 16 bits: no terminal is larger, and sums of places can't overflow.
    let numbers = String(decoding: bytes.dropFirst(3).dropLast(), as: UTF8.self)
      .split(separator: ";").compactMap { UInt16($0).map(Int.init) }
    guard last == UInt8(ascii: "M"), numbers.count == 3 else { return .key(.unknown) }
    let place = Frame.Place(row: max(0, numbers[2] - 1), column: max(0, numbers[1] - 1))
    switch numbers[0] {
    case 0: return .mouse(.click, place)
    case 64: return .mouse(.wheelUp, place)
    case 65: return .mouse(.wheelDown, place)
    default: return .key(.unknown)
    }
  }

  /// The sequences of xterm and compatibles, the Linux console, rxvt, screen and VT terminals.
  private static let usual: [[UInt8]: Key] = {
    var table: [String: Key] = [
      "": .escape, "[Z": .backTab, "[3~": .delete,
      "[1~": .home, "[7~": .home, "[4~": .end, "[8~": .end, "[5~": .pageUp, "[6~": .pageDown,
    ]
    let letters: [(String, Key)] = [
      ("A", .up), ("B", .down), ("C", .right), ("D", .left), ("H", .home), ("F", .end),
    ]
    for (letter, key) in letters { for lead in ["[", "O"] { table[lead + letter] = key } }
    for (index, letter) in ["P", "Q", "R", "S"].enumerated() {
      table["O" + letter] = .function(index + 1)
    }
    for (index, letter) in ["A", "B", "C", "D", "E"].enumerated() {
      table["[[" + letter] = .function(index + 1)
    }
    let numbers = [11, 12, 13, 14, 15, 17, 18, 19, 20, 21]
    for (index, number) in numbers.enumerated() { table["[\(number)~"] = .function(index + 1) }
    return Dictionary(
      uniqueKeysWithValues: table.map { ([escape] + Array($0.key.utf8), $0.value) })
  }()
}
