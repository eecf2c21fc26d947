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
    let (copy, directory) = try temporaryFile()
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
      let code = PatientIO.write(piece, to: copy)
      guard code == 0 else {
        errno = code
        throw Failure.system("copy \(name) to \(directory)")
      }
    }
    lseek(copy, 0, SEEK_SET)
    return copy
  }

  static func tooLong(_ place: String) -> Failure {
    Failure(
      "\(place): a JSON line or array may have at most \(ByteCount.brief(longestText)): write one "
        + "object per line")
  }

  /// Creates an unnamed file in `$TMPDIR`, which may be invalid UTF-8; returns its name for
  /// messages.
  private static func temporaryFile() throws(Failure) -> (descriptor: Int32, directory: String) {
    let set = ProcessEnvironment.current.bytes(of: "TMPDIR") ?? []
    let directory = set.isEmpty ? Array("/tmp".utf8)[...] : set
    var template = (directory + Array("/queuectl-XXXXXX".utf8) + [0]).map { CChar(bitPattern: $0) }
    let copy = mkstemp(&template)
    let shown = String(decoding: directory, as: UTF8.self)
    guard copy >= 0 else {
      throw Failure.system("create a file in \(shown)")
    }
    unlink(template)
    return (copy, shown)
  }
}
