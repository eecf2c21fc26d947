import Glibc

/// Reads a file line by line.
final class LineReader {
  struct Line {
    let number: Int
    let bytes: [UInt8]

    var isBlank: Bool { bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
  }

  private static let chunkSize = 1 << 18
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private var position = 0
  private var number = 0
  private var isAtEnd = false

  init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// The first byte that isn't white space; nil in an empty file.
  func firstByte() throws -> UInt8? {
    var searched = 0
    while true {
      if let byte = buffer[searched...].first(where: { $0 > 0x20 }) { return byte }
      searched = buffer.count
      guard buffer.count <= InputFile.longestText else { throw InputFile.tooLong(name) }
      guard try fill() else { return nil }
    }
  }

  /// The whole file.
  /// - Throws: ``Failure`` for more than ``InputFile/longestText``.
  func everything() throws -> [UInt8] {
    while try fill() {
      guard buffer.count <= InputFile.longestText else { throw InputFile.tooLong(name) }
    }
    return buffer
  }

  /// The next line that meets a condition; nil when there is none.
  func next(where condition: (Line) -> Bool) throws -> Line? {
    while let line = try next() {
      if condition(line) { return line }
    }
    return nil
  }

  func next() throws -> Line? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        defer { position = end + 1 }
        number += 1
        return Line(number: number, bytes: Array(buffer[position..<end]))
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

  /// - Returns: false at the end.
  private func fill() throws -> Bool {
    guard !isAtEnd else { return false }
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
    return !isAtEnd
  }
}
