import Glibc
import NIOCore
import QueueHost
import QueueSession

extension ServerOptions.Socket {
  /// Removes a socket without a listener.
  /// - Throws: ``Failure`` if there is another file, or a listener.
  func removeStale() throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw Failure("\(path) exists and isn't a socket: choose another path with --unix")
    }
    let address = try SocketAddress(unixDomainSocketPath: path)
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | 0o2000000, 0)
    defer { close(descriptor) }
    let result = address.withSockAddr { connect(descriptor, $0, socklen_t($1)) }
    guard result != 0, errno == ECONNREFUSED else {
      throw Failure("another server listens on \(path): stop it first, or choose another path")
    }
    unlink(path)
  }

  /// Sets its group and mode.
  /// - Throws: ``Failure`` if that isn't permitted; the socket is then removed.
  func setRights() throws {
    if let group, chown(path, uid_t.max, group) != 0 { throw refusal("give \(path) to its group") }
    guard chmod(path, mode) == 0 else { throw refusal("set the mode of \(path)") }
  }

  private func refusal(_ action: String) -> Failure {
    let failure = Failure.system(action)
    unlink(path)
    return failure
  }
}
