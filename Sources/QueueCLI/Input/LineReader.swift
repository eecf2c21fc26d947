import Glibc
import QueueSession

/// Reads a file line by line, or in pieces ended by another byte. Skips a byte order mark at the
/// start of text lines.
final class LineReader {
  struct Line {
    let number: Int
    let bytes: [UInt8]

    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
  }

  private static let chunkSize = 1 << 18
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private let descriptor: Int32
  private let name: String
  private let end: UInt8
  private var buffer: [UInt8] = []
  private var position = 0
  private var number = 0
  private var hasBegun = false
  private var isAtEnd = false

  init(descriptor: Int32, name: String, end: UInt8 = 0x0A) {
    self.descriptor = descriptor
    self.name = name
    self.end = end
  }

  /// The first byte that isn't white space; nil if there is none.
  func firstByte() throws -> UInt8? {
    var searched = 0
    while true {
      if let byte = buffer[searched...].first(where: { $0 > 0x20 }) { return byte }
      searched = buffer.count
      guard buffer.count <= InputFile.longestText else { throw InputFile.tooLong(name) }
      guard try fill() else { return nil }
    }
  }

  /// Returns the whole file, up to ``InputFile/longestText`` bytes.
  func everything() throws -> [UInt8] {
    while try fill() {
      guard buffer.count <= InputFile.longestText else { throw InputFile.tooLong(name) }
    }
    return buffer
  }

  func next(where condition: (Line) -> Bool) throws -> Line? {
    while let line = try next() {
      if condition(line) { return line }
    }
    return nil
  }

  func next() throws -> Line? {
    var searched = position
    while true {
      if let index = buffer[searched...].firstIndex(of: end) {
        defer { position = index + 1 }
        number += 1
        return Line(number: number, bytes: Array(buffer[position..<index]))
      }
      searched = buffer.count - position
      buffer.removeFirst(position)
      position = 0
      guard searched <= InputFile.longestText else {
        throw InputFile.tooLong("\(name), line \(number + 1)")
      }
      if try fill() { continue }
      guard !buffer.isEmpty else { return nil }
      number += 1
      defer { buffer = [] }
      return Line(number: number, bytes: buffer)
    }
  }

  /// - Returns: false at the end of the file.
  private func fill() throws -> Bool {
    guard !isAtEnd else { return false }
    let isFirst = !hasBegun
    hasBegun = true
    let count = try withUnsafeTemporaryAllocation(byteCount: Self.chunkSize, alignment: 16) {
      chunk in
      let count = PatientIO.read(descriptor, into: chunk)
      guard count >= 0 else {
        throw Failure.system("read \(name)")
      }
      buffer.append(contentsOf: chunk[..<count])
      return count
    }
    isAtEnd = count == 0
    if isFirst, end == 0x0A, buffer.starts(with: Self.byteOrderMark) {
      buffer.removeFirst(Self.byteOrderMark.count)
    }
    return !isAtEnd
  }
}
