import Glibc
import QueueCore
import QueueSession

enum InputFile {
  /// The limit for a line or a JSON array, which is read into memory.
  static let longestText = 64 << 20

  static func open(_ path: String) throws(Failure) -> Int32 {
    try FilePath.check(path)
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure.system("open \(path)")
    }
    return descriptor
  }

  /// Copies a stream to an unnamed file before anything is stored, so that a slow writer can't
  /// block the queue. Returns regular files unchanged.
  static func spool(
    _ source: Int32, name: String, endedBy end: UInt8 = 0x0A
  ) throws(Failure) -> Int32 {
    var status = stat()
    if fstat(source, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return source }
    let copy = try TemporaryFile()
    copy.unlink()
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var lineLength = 0
    while true {
      let count = chunk.withUnsafeMutableBytes { PatientIO.read(source, into: $0) }
      if count == 0 { break }
      guard count > 0 else {
        throw Failure.system("read \(name)")
      }
      let piece = Array(chunk[..<count])
      // Input without line ends, such as /dev/zero, would fill the disk.
      let tail = piece.lastIndex(of: end).map { count - 1 - $0 }
      lineLength = tail ?? lineLength + count
      guard lineLength <= longestText else { throw tooLong(name) }
      let code = PatientIO.write(piece, to: copy.descriptor)
      guard code == 0 else {
        errno = code
        throw Failure.system("copy \(name) to \(copy.directory)")
      }
    }
    lseek(copy.descriptor, 0, SEEK_SET)
    return copy.descriptor
  }

  static func tooLong(_ place: String) -> Failure {
    Failure(
      "\(place): a JSON line or array may have at most \(ByteCount.brief(longestText)): write one "
        + "object per line", status: .usage)
  }
}
