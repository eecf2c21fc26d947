import CLinux
import Glibc

/// Which file a path leads to.
struct FileIdentity: Equatable {
  private let device: UInt64
  private let inode: UInt64

  /// What a look at a path came to.
  enum Look {
    case found(FileIdentity, clinux_place)
    case missing
    /// The look failed, which proves nothing; the system's number for the reason.
    case unknown(Int32)
  }

  static func look(at path: String) -> Look {
    var place = clinux_place()
    if clinux_look(path, &place) == 0 {
      return .found(FileIdentity(device: place.device, inode: place.inode), place)
    }
    let reason = errno
    return reason == ENOENT || reason == ENOTDIR ? .missing : .unknown(reason)
  }

  /// Whether the file isn't found under `path` any more. A look that fails proves nothing: false.
  func hasLeft(_ path: String) -> Bool {
    switch Self.look(at: path) {
    case .found(let other, _): other != self
    case .missing: true
    case .unknown: false
    }
  }
}
