import QueueWeb

/// How the server is started. `queuectl web` checks what users type, and hands it on in this form.
struct ServerOptions: Sendable {
  /// Where the server listens.
  enum Place: Equatable, Sendable {
    case address(host: String, port: Int)
    case socket(String)
  }

  var database: String
  var place: Place
  var publicAddress: PublicAddress?
  var isReadOnly = false
  var needsToken = true

  /// Returns nil for anything but `--db PATH (--listen HOST PORT | --unix PATH)
  /// [--public-url URL] [--readonly] [--no-token]` in this order.
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
      guard let path = rest.popFirst() else { return nil }
      place = .socket(path)
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
