import CLinux
import Glibc

/// Small files that only their owner may read, and whose text appears all at once.
enum PrivateFile {
  /// Writes a file with the owner of `other`, mode 0600.
  /// - Parameter replacing: whether an existing file is replaced; otherwise it stays as it is.
  static func write(
    _ text: String, to path: String, likeTheOwnerOf other: String, replacing: Bool
  ) throws(SystemError) {
    let draft = "\(path).\(getpid())"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("create \(draft)") }
    clinux_own_like(descriptor, other)
    let bytes = Array(text.utf8)
    let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    defer { unlink(draft) }
    guard isWritten,
      replacing ? rename(draft, path) == 0 : link(draft, path) == 0 || errno == EEXIST
    else { throw SystemError("write \(path)") }
  }
}
