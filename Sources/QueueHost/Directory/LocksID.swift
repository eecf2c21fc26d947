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
    // Of several processes, one names it.
    try PrivateFile.write(Secret().text, to: idFile, likeTheOwnerOf: path, replacing: false)
    guard locksID != nil else { throw SystemError("read an id from \(idFile)", code: EINVAL) }
  }
}
