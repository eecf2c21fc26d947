import Glibc
package import QueueCore

extension RunOutput {
  /// Reads the first quarter of `limit` bytes of a log, and the rest from its end; a log that is no
  /// larger is read whole. Neither part has output discarded because of `log-max-size`.
  /// - Returns: nil for a log that is empty or can't be read.
  package init?(of log: LogReader, atMost limit: Int) {
    let size = log.size
    guard size > 0, limit > 0 else { return nil }
    let gaps = log.gaps
    let headEnd = min(gaps.first?.lowerBound ?? size, size <= limit ? size : limit / 4)
    let tailStart = max(
      gaps.last { $0.upperBound < size }?.upperBound ?? 0, headEnd, size - (limit - headEnd))
    guard let head = try? log.read(0..<headEnd), let tail = try? log.read(tailStart..<size) else {
      return nil
    }
    self.init(size: size, head: head, tail: tail)
  }
}

/// A copy of another host's log, which readers read like the log itself: missing parts are holes,
/// as discarded output is.
package struct LogCopy {
  private let path: String

  /// Holes are whole blocks. A part beside one is cut at its border, or zeros would be read.
  private static let blockSize = 4096

  /// - Parameter path: in a directory that exists.
  package init(at path: String) { self.path = path }

  /// Its size in bytes; nil if it doesn't exist.
  package var size: Int? {
    var status = stat()
    return lstat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// Writes parts of the log at their offsets, and makes it `size` bytes long, or leaves its length
  /// for nil.
  package func write(
    _ parts: [(offset: Int, bytes: [UInt8])], size: Int?
  ) throws(SystemError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("write \(path)") }
    defer { close(descriptor) }
    for part in parts {
      let (offset, bytes) = Self.cut(part, after: descriptor)
      guard pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count else {
        throw SystemError("write \(path)")
      }
    }
    if let size { ftruncate(descriptor, off_t(size)) }
  }

  /// Cuts a part that begins past the end of the file.
  private static func cut(
    _ part: (offset: Int, bytes: [UInt8]), after descriptor: Int32
  ) -> (offset: Int, bytes: [UInt8]) {
    let excess = part.offset % blockSize
    guard excess > 0, part.offset > Int(lseek(descriptor, 0, SEEK_END)) else { return part }
    let cut = min(blockSize - excess, part.bytes.count)
    return (part.offset + cut, Array(part.bytes[cut...]))
  }

  /// Writes all that is kept of an ended run.
  package func write(_ output: RunOutput) throws(SystemError) {
    let (head, tail) = (output.head, output.tail)
    let isWhole = head.count + tail.count >= output.size
    try write(
      [
        (0, isWhole ? head : Array(head.dropLast(head.count % Self.blockSize))),
        (max(0, output.size - tail.count), tail),
      ],
      size: output.size)
  }
}

extension QueueDirectory {
  /// The place of a copy of a log that another host has.
  package func copy(of run: RunID) -> String { "\(copies)/\(run).log" }

  private var copies: String { path + "/copies" }

  /// Creates the place of copies, and removes copies that weren't written for a day.
  package func makeRoomForCopies(at now: Timestamp) throws(SystemError) {
    try createPath()
    try Self.make(copies, likeTheOwnerOf: path)
    for name in try Self.names(in: copies) {
      var status = stat()
      let place = "\(copies)/\(name)"
      let oldest = Int(now.milliseconds / 1000) - 86_400
      if lstat(place, &status) == 0, status.st_mtim.tv_sec < oldest { unlink(place) }
    }
  }
}
