import Glibc
import QueueSession

/// A new file in `$TMPDIR`, or in `/tmp` if that isn't set.
struct TemporaryFile {
  /// Open for reading and writing.
  let descriptor: Int32
  /// Ends with a zero byte; may be invalid UTF-8.
  let path: [CChar]
  /// The directory, for messages.
  let directory: String

  /// Creates the file, for this user only.
  init(endingIn suffix: String = "") throws(Failure) {
    let set = ProcessEnvironment.current.bytes(of: "TMPDIR") ?? []
    let directory = set.isEmpty ? Array("/tmp".utf8)[...] : set
    let name = directory + Array("/queuectl-XXXXXX\(suffix)".utf8) + [0]
    var path = name.map { CChar(bitPattern: $0) }
    descriptor = mkstemps(&path, Int32(suffix.utf8.count))
    self.path = path
    self.directory = String(decoding: directory, as: UTF8.self)
    guard descriptor >= 0 else { throw Failure.system("create a file in \(self.directory)") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  /// The path for messages.
  var name: String {
    String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Removes the name; the descriptor stays open.
  func unlink() { Glibc.unlink(path) }
}
