import QueueWeb

/// The server's arguments, in the strict form that `queuectl web` passes.
struct ServerOptions: Sendable {
  /// Where the server listens.
  enum Place: Equatable, Sendable {
    case address(host: String, port: Int)
    case socket(Socket)
  }

  /// A socket file.
  struct Socket: Equatable, Sendable {
    var path: String
    /// Its permission bits.
    var mode: UInt32
    /// Its group; nil for the process's.
    var group: UInt32?
  }

  var database: String
  var place: Place
  var publicAddress: PublicAddress?
  var isReadOnly = false
  var needsToken = true

  /// Returns nil for anything but `--db PATH (--listen HOST PORT | --unix PATH MODE
  /// GID) [--public-url URL] [--readonly] [--no-token]` in this order.
  init?(_ words: [String]) {
    var rest = words[...]
    guard rest.popFirst() == "--db", let database = rest.popFirst() else { return nil }
    self.database = database
    switch rest.popFirst() {
    case "--listen":
      guard let host = rest.popFirst(), let port = rest.popFirst().flatMap({ UInt16($0) }) else {
        return nil
      }
      place = .address(host: host, port: Int(port))
    case "--unix":
      guard let path = rest.popFirst(),
        let mode = rest.popFirst().flatMap({ UInt32($0, radix: 8) }),
        let group = rest.popFirst(), group == "-" || UInt32(group) != nil
      else { return nil }
      place = .socket(Socket(path: path, mode: mode, group: UInt32(group)))
    default: return nil
    }
    if rest.first == "--public-url" {
      guard let address = rest.dropFirst().first.flatMap({ PublicAddress($0) }) else { return nil }
      publicAddress = address
      rest = rest.dropFirst(2)
    }
    if rest.first == "--readonly" {
      isReadOnly = true
      rest.removeFirst()
    }
    if rest.first == "--no-token" {
      needsToken = false
      rest.removeFirst()
    }
    guard rest.isEmpty else { return nil }
  }
}
