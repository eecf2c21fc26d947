package import QueueCore
package import QueueHost

/// The end of a run's log, or a part of it.
package struct LogTail: Equatable, Sendable {
  /// The text, inert.
  package let text: String
  /// Where it begins in the log, in bytes.
  package let start: Int
  /// Where it ends, and where what is added later begins.
  package let end: Int
  /// How large the log was.
  package let size: Int

  /// How much of a log a page shows.
  package static let longest = 64 << 10

  /// How much is shown before a line that was asked for.
  private static let before = 4 << 10

  /// Reads 64 KiB from the start of a line; nil if there is no log, or none can be read.
  /// - Parameter place: a byte to show with some lines before it; nil for the end of the log.
  package init?(of run: RunID, in shelf: any LogShelf, at place: Int? = nil) {
    guard let log = try? LogReader(path: shelf.log(of: run)) else { return nil }
    let size = log.size
    var start = max(0, place.map { min($0, size) - Self.before } ?? size - Self.longest)
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
    text = Self.inert(bytes)
  }

  private static func inert(_ bytes: ArraySlice<UInt8>) -> String {
    var sanitizer = TerminalSanitizer()
    return sanitizer.text(Array(bytes)) + sanitizer.end()
  }
}

/// Reads what is added to a log while a page shows it.
package struct LogFollowing {
  private let run: RunID
  private var position: Int
  private var sanitizer = TerminalSanitizer()

  package init(run: RunID, from position: Int) {
    self.run = run
    self.position = position
  }

  /// The most that is read at once.
  private static let piece = 32 << 10

  /// Returns what was added, inert, and where it ends; nil if nothing was.
  package mutating func next(in shelf: any LogShelf) -> (text: String, end: Int)? {
    guard let log = try? LogReader(path: shelf.log(of: run)) else { return nil }
    let size = log.size
    if position > size { position = size }
    // Of much output only the end is worth sending.
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
