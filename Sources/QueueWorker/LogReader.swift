import CLinux
import Glibc
public import QueueCore

/// Reads a run's log: what is there now, and later what was appended since. Never more than a piece at a time, so that neither a large log
/// nor a hole in one costs more than what is shown of it.
///
/// Of a long output only head and tail are kept (see ``RunLog``): what was freed between them is a hole in the file, which is skipped and
/// told, not read. Belongs to one thread.
public final class LogReader {
  /// Something of a log, in order.
  public enum Piece: Equatable, Sendable {
    /// Bytes as the run wrote them: at most ``LogReader/pieceSize``.
    case bytes([UInt8])
    /// So many bytes aren't kept.
    case leftOut(Int)
  }

  /// How much is read at once.
  public static let pieceSize = 1 << 16

  private let descriptor: Int32
  private var position = 0

  /// Opens the log of a run, to be read from its start.
  /// - Throws: ``SystemError`` with `ENOENT` when there is none: the run has not begun to write, or its log was removed.
  public init(of run: RunID, in directory: QueueDirectory) throws(SystemError) {
    let path = directory.log(of: run)
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("read the log \(path)") }
  }

  deinit { close(descriptor) }

  /// What comes next; nil when everything that is there was read. Ask again when more was written.
  public func next() -> Piece? {
    let end = size
    position = min(position, end)  // It was cut back, on a file system without holes.
    let data = Int(clinux_next_data(descriptor, Int64(position), Int64(end)))
    if data > position {
      defer { position = data }
      return .leftOut(data - position)
    }
    let hole = Int(clinux_next_hole(descriptor, Int64(position), Int64(end)))
    let bytes = read(position..<min(hole, position + Self.pieceSize))
    position += bytes.count
    return bytes.isEmpty ? nil : .bytes(bytes)
  }

  /// Goes to where the last `lines` lines begin. Where less is kept in one piece, to the gap before it.
  public func skip(toLastLines lines: Int) {
    let (gap, kept, end) = tail
    position = end
    var missing = lines
    while missing > 0, position > kept {
      let lower = max(kept, position - Self.pieceSize)
      let bytes = read(lower..<position)
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

  // MARK: - Details

  private var size: Int { Int(lseek(descriptor, 0, SEEK_END)) }

  /// The last part of the file that is kept in one piece, and where the gap before it begins: its own start, if there is none.
  private var tail: (gap: Int, start: Int, end: Int) {
    let end = size
    var (gap, start) = (0, 0)
    while start < end {
      let hole = Int(clinux_next_hole(descriptor, Int64(start), Int64(end)))
      let data = Int(clinux_next_data(descriptor, Int64(hole), Int64(end)))
      if data >= end { break }
      (gap, start) = (hole, data)
    }
    return (gap, start, end)
  }

  private func read(_ range: Range<Int>) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, range.count, range.lowerBound))
    }
  }
}
