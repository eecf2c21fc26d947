package import CLinux
import Glibc

/// A file's device and inode, which identify it under any name.
public struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let inode: UInt64

  private init(_ place: clinux_place) {
    device = place.device
    inode = place.inode
  }

  /// Looks up a path; nil if it is missing or the lookup fails.
  public init?(_ path: String) {
    guard case .found(let identity, _) = Self.look(at: path) else { return nil }
    self = identity
  }

  package enum Look {
    case found(FileIdentity, clinux_place)
    case missing
    /// The lookup failed with this errno; the file may exist.
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

  /// Returns whether the file is no longer at `path`; false if the lookup fails.
  package func hasLeft(_ path: String) -> Bool {
    switch Self.look(at: path) {
    case .found(let other, _): other != self
    case .missing: true
    case .unknown: false
    }
  }
}
