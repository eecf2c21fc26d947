import Glibc
import QueueCore
import QueueHost

/// Reads a log's lines in order, starting at any of them.
///
/// Lines that fill whole blocks are broken at block borders, wherever the scan starts. After a
/// carriage return the following text replaces the line.
struct LogScanner {
  static let blockSize = 1 << 15
  /// Limits the read for the start of a line, and for the newest text of a rewritten one.
  static let longestLine = 1 << 22

  let size: Int
  private(set) var position: Int
  private let log: LogReader
  private let gaps: [Range<Int>]
  /// The two most recent blocks.
  private var blocks: [Block] = []
  private var isAfterBreak = false

  /// Starts at the line that contains the byte at `offset`.
  init(_ log: LogReader, at offset: Int) throws(LogFailure) {
    self.log = log
    size = log.size
    gaps = log.gaps
    position = 0
    position = try start(ofLineAt: min(offset, size))
  }

  /// Returns the next line; nil at the end.
  mutating func next() throws(LogFailure) -> RawLine? {
    guard position < size else { return nil }
    if let gap = gaps.first(where: { $0.contains(position) }) {
      (position, isAfterBreak) = (gap.upperBound, false)
      return RawLine(gap, isGap: true)
    }
    guard let piece = try piece(at: position, isAfterBreak: isAfterBreak) else { return nil }
    var line = RawLine(piece.bytes, isContinued: isAfterBreak)
    line.append(piece.content)
    var isBroken = piece.isBroken
    while isBroken, line.bytes.count < Self.longestLine,
      let more = try self.piece(at: line.bytes.upperBound, isAfterBreak: true),
      line.isRewritten(by: more.content)
    {
      line.append(more.content)
      line.bytes = line.bytes.lowerBound..<more.bytes.upperBound
      isBroken = more.isBroken
    }
    (position, isAfterBreak) = (line.bytes.upperBound, isBroken)
    return line
  }

  // MARK: Pieces

  private static let lineFeed = UInt8(ascii: "\n")

  private struct Block {
    let bytes: [UInt8]
    let range: Range<Int>
    func content(from offset: Int) -> ArraySlice<UInt8> { bytes[(offset - range.lowerBound)...] }
  }

  /// A line, or a part of one up to a break.
  private struct Piece {
    let content: ArraySlice<UInt8>
    let bytes: Range<Int>
    var isBroken = false
  }

  private mutating func piece(
    at start: Int, isAfterBreak: Bool
  ) throws(LogFailure) -> Piece? {
    guard let block = try block(at: start) else { return nil }
    let content = block.content(from: start)
    if let end = Self.lineEnd(in: content) {
      let first = content[..<end]
      return Piece(content: first, bytes: start..<(start + first.count + 1))
    }
    let border = block.range.upperBound
    guard let next = try self.block(at: border) else {
      return Piece(content: content, bytes: start..<border)
    }
    let fillsBlock = isAfterBreak || start == block.range.lowerBound
    if !fillsBlock, let end = Self.lineEnd(in: next.bytes[...]) {
      return Piece(content: content + next.bytes[..<end], bytes: start..<(border + end + 1))
    }
    let rest = Self.restOfCharacter(in: next)
    return Piece(content: content + rest, bytes: start..<(border + rest.count), isBroken: true)
  }

  /// Returns the block around that byte without gaps; nil in a gap and at the end.
  private mutating func block(at offset: Int) throws(LogFailure) -> Block? {
    if let block = blocks.last(where: { $0.range.contains(offset) }) { return block }
    let range = keptRange(around: offset)
    let bytes = range.isEmpty ? [] : try log.read(range)
    guard range.lowerBound + bytes.count > offset else { return nil }
    let block = Block(
      bytes: bytes, range: range.lowerBound..<(range.lowerBound + bytes.count))
    blocks = blocks.suffix(1) + [block]
    return block
  }

  private func keptRange(around offset: Int) -> Range<Int> {
    let lower = offset / Self.blockSize * Self.blockSize
    let gap = gaps.first { $0.upperBound > offset } ?? size..<size
    guard gap.lowerBound > offset, offset < size else { return offset..<offset }
    let start = gaps.last { $0.upperBound <= offset }?.upperBound ?? 0
    return max(lower, start)..<min(lower + Self.blockSize, gap.lowerBound, size)
  }

  /// Returns the start of the line that contains that byte; of a very long line, a break in it.
  private mutating func start(ofLineAt offset: Int) throws(LogFailure) -> Int {
    if let gap = gaps.first(where: { $0.contains(offset) }) { return gap.lowerBound }
    var end = offset
    while end > 0, offset - end < Self.longestLine {
      let range = keptRange(around: end - 1)
      guard !range.isEmpty else { return end }
      let bytes = try log.read(range.lowerBound..<end)
      if let last = bytes.lastIndex(of: Self.lineFeed) { return range.lowerBound + last + 1 }
      end = range.lowerBound
    }
    guard end > 0, let block = try block(at: end) else { return end }
    isAfterBreak = true
    return end + Self.restOfCharacter(in: block).count
  }

  /// The end of a character from the previous block: breaks never split characters.
  private static func restOfCharacter(in block: Block) -> ArraySlice<UInt8> {
    block.bytes.prefix(3).prefix { $0 & 0xC0 == 0x80 }
  }

  private static func lineEnd(in bytes: ArraySlice<UInt8>) -> Int? {
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress,
        let found = memchr(base, Int32(lineFeed), buffer.count)
      else { return nil }
      return bytes.startIndex + (UnsafeRawPointer(found) - base)
    }
  }
}
