package import QueueCore
package import QueueHost

/// The end of a run's log, or a part of it.
package struct LogTail: Equatable, Sendable {
  /// The sanitized text.
  package let text: String
  /// The sanitized lines before the chosen place; nil for the end of the log.
  package let before: String?
  /// Its first byte in the log.
  package let start: Int
  /// Its end in the log, where new output begins.
  package let end: Int
  /// The log's size in bytes.
  package let size: Int

  /// The most bytes that a page shows.
  package static let longest = 64 << 10

  /// The bytes shown before a chosen place.
  private static let lead = 4 << 10

  /// Reads 64 KiB from the start of a line; nil if the log is missing or unreadable.
  /// - Parameter place: a byte to show, with lines before it; nil for the end of the log.
  package init?(of run: RunID, in shelf: any LogShelf, at place: Int? = nil) {
    guard let log = try? LogReader(path: shelf.log(of: run)) else { return nil }
    let size = log.size
    var start = max(0, place.map { min($0, size) - Self.lead } ?? size - Self.longest)
    let end = place == nil ? size : min(size, start + Self.longest)
    if let gap = log.gaps.last(where: { $0.lowerBound < (place ?? end) && $0.upperBound > start }) {
      start = min(end, gap.upperBound)
    }
    guard var bytes = try? log.read(start..<end)[...] else { return nil }
    if start > 0, let line = bytes.firstIndex(of: 0x0A), line < bytes.endIndex - 1 {
      bytes = bytes[(line + 1)...]
    }
    self.start = start + bytes.startIndex
    self.end = start + bytes.endIndex
    self.size = size
    let split = place.map { min(max($0 - start, bytes.startIndex), bytes.endIndex) }
    before = split.map { Self.inert(bytes[..<$0]) }
    text = Self.inert(split.map { bytes[$0...] } ?? bytes)
  }

  private static func inert(_ bytes: ArraySlice<UInt8>) -> String {
    var sanitizer = TerminalSanitizer()
    return sanitizer.text(Array(bytes)) + sanitizer.end()
  }
}

/// Reads a log's new output for an open page.
package struct LogFollowing {
  private let run: RunID
  private var position: Int
  private var sanitizer = TerminalSanitizer()

  package init(run: RunID, from position: Int) {
    self.run = run
    self.position = position
  }

  /// The most bytes read at once.
  private static let piece = 32 << 10

  /// Returns new sanitized output and its end; nil for none.
  package mutating func next(in shelf: any LogShelf) -> (text: String, end: Int)? {
    guard let log = try? LogReader(path: shelf.log(of: run)) else { return nil }
    let size = log.size
    if position > size { position = size }
    // Of much output, send only the end.
    var leftOut = ""
    if size - position > 4 * Self.piece {
      leftOut = "… \(ByteCount.brief(size - position - Self.piece)) left out …\n"
      position = size - Self.piece
    }
    guard size > position,
      let bytes = try? log.read(position..<min(size, position + Self.piece)), !bytes.isEmpty
    else { return nil }
    position += bytes.count
    return (leftOut + sanitizer.text(bytes), position)
  }
}
