import Foundation

/// A connection to a server, byte by byte.
final class RawConnection: Sendable {
  private let socket: Descriptor

  /// Connects to a port of this machine.
  init(port: Int) throws {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    socket = try Self.connected(AF_INET, &address)
  }

  /// Connects to a socket file.
  init(path: String) throws {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: Array(path.utf8).prefix(107))
    }
    socket = try Self.connected(AF_UNIX, &address)
  }

  private static func connected<Address>(
    _ family: Int32, _ address: inout Address
  ) throws -> Descriptor {
    let descriptor = Descriptor(
      Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
    let size = socklen_t(MemoryLayout<Address>.size)
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor.number, $0, size)
      }
    }
    guard result == 0 else { throw Surprise("can't connect: \(String(cString: strerror(errno)))") }
    return descriptor
  }

  /// Sends a text; false if the other side has closed.
  @discardableResult
  func send(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(socket.number, $0.baseAddress, $0.count, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  /// Returns everything received until the other side closes.
  func readToEnd() async throws -> String { try await read { _ in false } }

  /// Returns everything received up to a text.
  func read(until text: String) async throws -> String {
    let found = try await read { $0.contains(text) }
    guard found.contains(text) else { throw Surprise("no \(text) came, but: \(found)") }
    return found
  }

  private func read(until isEnough: @escaping @Sendable (String) -> Bool) async throws -> String {
    try await offPool { [self] in
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        guard socket.isReadable(atMost: Patience.usual) else {
          throw Surprise("the server goes on; so far: \(String(decoding: bytes, as: UTF8.self))")
        }
        let count = recv(socket.number, &chunk, chunk.count, 0)
        let text = String(decoding: bytes, as: UTF8.self)
        guard count > 0 else { return text }
        bytes += chunk[..<count]
        if isEnough(String(decoding: bytes, as: UTF8.self)) {
          return String(decoding: bytes, as: UTF8.self)
        }
      }
    }
  }
}

/// `queuectl web`, as a test started it.
struct RunningServer {
  let process: ChildProcess
  let port: Int
  let token: String

  /// Starts the server at a free port and waits until it listens.
  init(_ queue: TestQueue, _ arguments: String...) async throws {
    process = try queue.start(
      program: Binary.path, ["queuectl", "web", "--listen", "127.0.0.1:0"] + arguments)
    let line = try await process.line(containing: "open http://")
    let parts = line.split { "/:#=".contains($0) }.map(String.init)
    guard let port = parts.lazy.compactMap({ Int($0) }).first else {
      throw Surprise("no port: \(line)")
    }
    self.port = port
    token = parts.last ?? ""
  }

  /// Sends one request with the token, and gives the answer.
  func get(_ target: String, _ fields: [String] = []) async throws -> String {
    let connection = try RawConnection(port: port)
    let all = ["Host: localhost:\(port)", "Authorization: Bearer \(token)", "Connection: close"]
    connection.send("GET \(target) HTTP/1.1\r\n\((all + fields).joined(separator: "\r\n"))\r\n\r\n")
    return try await connection.readToEnd()
  }

  /// Sends a form as a program does.
  func post(_ target: String, _ form: String) async throws -> String {
    let connection = try RawConnection(port: port)
    connection.send(
      """
      POST \(target) HTTP/1.1\r
      Host: localhost:\(port)\r
      Authorization: Bearer \(token)\r
      Content-Type: application/x-www-form-urlencoded\r
      Content-Length: \(form.utf8.count)\r
      Connection: close\r
      \r
      \(form)
      """)
    return try await connection.readToEnd()
  }

  /// Sends JSON as a program does.
  func send(_ body: String, to target: String) async throws -> String {
    let connection = try RawConnection(port: port)
    connection.send(
      """
      POST \(target) HTTP/1.1\r
      Host: localhost:\(port)\r
      Authorization: Bearer \(token)\r
      Content-Type: application/json\r
      Content-Length: \(body.utf8.count)\r
      Connection: close\r
      \r
      \(body)
      """)
    return try await connection.readToEnd()
  }

  /// Opens the stream of a page's changes.
  func follow(_ page: String) throws -> RawConnection {
    let stream = try RawConnection(port: port)
    let target = page.replacing("/", with: "%2F")
    stream.send(
      "GET /events?of=\(target) HTTP/1.1\r\nHost: localhost\r\n"
        + "Authorization: Bearer \(token)\r\n\r\n"
    )
    return stream
  }

  /// Whether the server was built, too.
  static let isBuilt =
    access((Binary.path as NSString).deletingLastPathComponent + "/queuectl-web", X_OK) == 0
}
