import Foundation
import Glibc
import Synchronization

/// A relay between a client and a server's Unix socket, which cuts one connection after a number of
/// bytes, or all of them for a time.
package final class CuttingProxy: Sendable {
  /// A direction of bytes.
  package enum Direction: CaseIterable, Sendable {
    case toServer, toClient
  }

  /// How the network between client and server is.
  package enum Network: Equatable, Sendable {
    case whole
    /// Nothing passes, and nobody is told.
    case silent
    /// Bytes pass in this direction only.
    case oneWay(Direction)
    /// Connections are closed, and new ones at once.
    case refusing
  }

  private struct Cut {
    var direction: Direction
    var left: Int
  }

  /// The directory of the socket, for the address of the client.
  package var directory: String { place.path }
  private let place: TemporaryDirectory
  private let upstream: String
  private let listener: Int32
  private let cut = Mutex<Cut?>(nil)
  private let state = Mutex(Network.whole)
  private let answers = Mutex(0)

  /// The network between client and server.
  package var network: Network {
    get { state.withLock { $0 } }
    set { state.withLock { $0 = newValue } }
  }

  /// How often the server has answered what the client sent: the round trips.
  package var roundTrips: Int { answers.withLock { $0 } }

  /// - Parameter socket: the path of the server's socket.
  package init(before socket: String) throws {
    place = try TemporaryDirectory()
    upstream = socket
    listener = Self.socket()
    guard Self.with(place.file(".s.PGSQL.5432"), { bind(listener, $0, $1) }) == 0,
      listen(listener, 16) == 0
    else { throw POSIXError(.EADDRINUSE) }
    let thread = Thread { [weak self, listener] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0, let self else { return }
        let server = Self.socket()
        guard Self.with(self.upstream, { connect(server, $0, $1) }) == 0 else {
          close(client)
          close(server)
          continue
        }
        let relay = Thread { [weak self] in
          self?.relay(client, server)
          close(client)
          close(server)
        }
        relay.start()
      }
    }
    thread.start()
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Cuts the connection that next passes `bytes` in this direction; one cut at a time.
  package func cut(_ direction: Direction, after bytes: Int) {
    cut.withLock { $0 = Cut(direction: direction, left: bytes) }
  }

  /// Forgets the cut. Returns whether it was still to come.
  package func heal() -> Bool {
    cut.withLock { cut in
      defer { cut = nil }
      return cut != nil
    }
  }

  private func relay(_ client: Int32, _ server: Int32) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var latest = Direction.toClient
    while true {
      let network = network
      if network == .refusing { return }
      // What doesn't pass stays in the socket.
      var entries = [(client, Direction.toServer), (server, .toClient)].map {
        descriptor, direction in
        pollfd(
          fd: network == .whole || network == .oneWay(direction) ? descriptor : -1,
          events: Int16(POLLIN), revents: 0)
      }
      guard poll(&entries, 2, 20) >= 0 else { return }
      for (index, direction) in [Direction.toServer, .toClient].enumerated()
      where entries[index].revents != 0 {
        let count = read(entries[index].fd, &buffer, buffer.count)
        guard count > 0 else { return }
        if latest == .toServer, direction == .toClient { answers.withLock { $0 += 1 } }
        latest = direction
        let allowed = pass(count, direction)
        var sent = 0
        while sent < allowed {
          let step = buffer[sent..<allowed].withUnsafeBytes { rest in
            send(index == 0 ? server : client, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
          }
          guard step > 0 else { return }
          sent += step
        }
        if allowed < count { return }
      }
    }
  }

  /// Returns how many bytes may pass.
  private func pass(_ count: Int, _ direction: Direction) -> Int {
    cut.withLock { cut in
      guard let due = cut, due.direction == direction else { return count }
      guard due.left < count else {
        cut?.left -= count
        return count
      }
      cut = nil
      return due.left
    }
  }

  private static func socket() -> Int32 {
    Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  }

  private static func with<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      bytes.copyBytes(from: path.utf8.prefix(bytes.count - 1))
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}
