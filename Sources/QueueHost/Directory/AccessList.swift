import CLinux

/// The named users and groups of a POSIX access control list.
/// Source: <https://man7.org/linux/man-pages/man5/acl.5.html>, `linux/posix_acl_xattr.h`
struct AccessList {
  private let entries: [Entry]

  private struct Entry {
    let tag: UInt16
    let permissions: UInt16
    let id: UInt32
  }

  private enum Tag {
    static let user: UInt16 = 0x02
    static let group: UInt16 = 0x08
  }

  /// Parses the kernel's format, empty for no list; nil if the format is unknown.
  init?(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else {
      entries = []
      return
    }
    guard bytes.count % 8 == 4, bytes[..<4].elementsEqual([2, 0, 0, 0]) else { return nil }
    func number(at place: Int, size: Int) -> UInt32 {
      bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    entries = stride(from: 4, to: bytes.count, by: 8).map { place in
      Entry(
        tag: UInt16(number(at: place, size: 2)),
        permissions: UInt16(number(at: place + 2, size: 2)),
        id: number(at: place + 4, size: 4))
    }
  }

  init?(of path: String) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = clinux_access_list(path, &bytes, bytes.count)
    guard count >= 0 else { return nil }
    self.init(Array(bytes[..<count]))
  }

  /// Returns whether it lets any group write, or a user other than `owner` and root.
  func letsWrite(otherThan owner: UInt32) -> Bool {
    entries.contains { entry in
      guard entry.permissions & 2 != 0 else { return false }
      return entry.tag == Tag.group || entry.tag == Tag.user && ![0, owner].contains(entry.id)
    }
  }
}
