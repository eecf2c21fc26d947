import CLinux
import Glibc

/// Reads a run's log, and later the output appended since, in pieces of bounded size.
/// A hole in the file is output that the worker discarded; it is reported, not read.
public final class LogReader {
  /// A part of the log.
  public enum Piece: Equatable, Sendable {
    /// Output, at most ``LogReader/pieceSize`` bytes.
    case bytes([UInt8])
    /// Discarded output, in bytes.
    case leftOut(Int)
  }

  /// The largest piece, in bytes.
  public static let pieceSize = 1 << 16

  private let path: String
  private let descriptor: Int32
  private var position = 0

  /// Opens a log at its start.
  public init(path: String) throws(LogFailure) {
    self.path = path
    descriptor = try LogFile.open(path)
  }

  deinit { close(descriptor) }

  /// Returns the next piece; nil at the current end, where a later call may return more.
  public func next() throws(LogFailure) -> Piece? {
    let end = size
    position = min(position, end)  // Truncated, on a file system without holes.
    let data = Int(clinux_next_data(descriptor, Int64(position), Int64(end)))
    if data > position {
      defer { position = data }
      return .leftOut(data - position)
    }
    let hole = Int(clinux_next_hole(descriptor, Int64(position), Int64(end)))
    let bytes = try read(position..<min(hole, position + Self.pieceSize))
    position += bytes.count
    return bytes.isEmpty ? nil : .bytes(bytes)
  }

  /// How large the file is, holes and all. A job can set any size: one that is near the largest
  /// number counts as less, so that sums never overflow.
  public var size: Int { min(Int(lseek(descriptor, 0, SEEK_END)), 1 << 62) }

  /// The byte at which the next piece begins, or the hole before it.
  package var place: Int { position }

  /// Continues at that byte.
  package func skip(to position: Int) { self.position = position }

  /// Skips to the last `lines` lines, or to the hole before the tail if that has fewer.
  public func skip(toLastLines lines: Int) throws(LogFailure) {
    let (gap, kept, end) = tail
    position = end
    var missing = lines
    while missing > 0, position > kept {
      let lower = max(kept, position - Self.pieceSize)
      let bytes = try read(lower..<position)
      for index in bytes.indices.reversed() where bytes[index] == 0x0A && lower + index + 1 < end {
        missing -= 1
        if missing == 0 {
          position = lower + index + 1
          return
        }
      }
      position = lower
    }
    if missing > 0 { position = gap }
  }

  // MARK: Anywhere in the file

  /// The holes in the file, in order: output discarded because of `log-max-size`.
  package var gaps: [Range<Int>] {
    let end = size
    var gaps: [Range<Int>] = []
    var position = 0
    while position < end {
      let data = Int(clinux_next_data(descriptor, Int64(position), Int64(end)))
      if data > position { gaps.append(position..<data) }
      position = Int(clinux_next_hole(descriptor, Int64(data), Int64(end)))
    }
    return gaps
  }

  /// The file's last part without a hole, and the start of the hole before it, 0 if none.
  private var tail: (gap: Int, start: Int, end: Int) {
    let end = size
    let gap = gaps.last { $0.upperBound < end } ?? 0..<0
    return (gap.lowerBound, gap.upperBound, end)
  }

  /// Returns the bytes in that range, fewer at the end of the file.
  package func read(_ range: Range<Int>) throws(LogFailure) -> [UInt8] {
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      let result = pread(descriptor, buffer.baseAddress, range.count, range.lowerBound)
      code = result < 0 ? errno : 0
      count = max(0, result)
    }
    guard code == 0 else { throw LogFailure(path, code: code) }
    return bytes
  }
}
