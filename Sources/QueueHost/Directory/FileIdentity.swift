package import CLinux
import Glibc

/// Which file a path leads to, whatever its name.
public struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  private init(_ place: clinux_place) {
    device = place.device
    inode = place.inode
  }

  /// Nil when there is none, or the system doesn't tell.
  public init?(_ path: String) {
    guard case .found(let identity, _) = Self.look(at: path) else { return nil }
    self = identity
  }

  /// What a look at a path came to.
  package enum Look {
    case found(FileIdentity, clinux_place)
    case missing
    /// The look failed, which proves nothing; the system's number for the reason.
    case unknown(Int32)
  }

  package static func look(at path: String) -> Look {
    var place = clinux_place()
    if clinux_look(path, &place) == 0 {
      return .found(FileIdentity(place), place)
    }
    let reason = errno
    return reason == ENOENT || reason == ENOTDIR ? .missing : .unknown(reason)
  }

  /// Whether the file isn't found under `path` any more. A look that fails proves nothing: false.
  package func hasLeft(_ path: String) -> Bool {
    switch Self.look(at: path) {
    case .found(let other, _): other != self
    case .missing: true
    case .unknown: false
    }
  }
}
