import Glibc
package import QueueCore

/// The name of a directory with locks among those of all hosts. A lock proves something only to
/// processes that look for it in the same directory.
extension QueueDirectory {
  /// See ``Site/locks``; nil also before the directory is created.
  package var locksID: String? {
    guard database == nil, let bytes = try? FileBytes.read(idFile) else { return nil }
    let id = String(decoding: bytes, as: UTF8.self)
    return Self.isID(id) ? id : nil
  }

  /// The site of the processes that keep their locks here.
  package var site: Site? { LocalHost.site(locks: locksID) }

  private var idFile: String { path + "/id" }

  private static func isID(_ text: String) -> Bool {
    text.utf8.count == 26
      && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
  }

  /// Gives the directory an id, unless it has one.
  func makeID() throws(SystemError) {
    guard locksID == nil else { return }
    let draft = "\(idFile).\(getpid())"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("create \(draft)") }
    let bytes = Array(Secret().text.utf8)
    let isWritten = write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    defer { unlink(draft) }
    // Of several processes, one names it.
    guard isWritten, link(draft, idFile) == 0 || errno == EEXIST else {
      throw SystemError("write \(idFile)")
    }
    guard locksID != nil else { throw SystemError("read an id from \(idFile)", code: EINVAL) }
  }
}
