import Glibc

/// The files of the web server, in a directory of the queue that only its owner may enter.
package struct WebDirectory: Sendable {
  package let queue: QueueDirectory

  package init(_ queue: QueueDirectory) { self.queue = queue }

  package var path: String { queue.path + "/web" }
  /// The token that opens the site.
  package var tokenFile: String { path + "/token" }
  /// The default path of the server's socket.
  package var socket: String { path + "/sock" }

  private func create() throws(SystemError) {
    try queue.createPath()
    try QueueDirectory.make(path, likeTheOwnerOf: queue.path)
  }

  /// Creates the directory for a socket.
  package func createForSocket() throws(SystemError) { try create() }

  /// Returns the token; creates a missing one.
  package func token() throws(SystemError) -> Secret {
    if let token = existingToken() { return token }
    return try newToken()
  }

  /// Returns the token; nil if its file is missing or malformed.
  package func existingToken() -> Secret? {
    let descriptor = open(tokenFile, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return Secret(String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
  }

  /// Makes a token in place of any earlier one.
  package func newToken() throws(SystemError) -> Secret {
    try create()
    let token = Secret()
    try PrivateFile.write(
      token.text + "\n", to: tokenFile, likeTheOwnerOf: queue.path, replacing: true)
    return token
  }
}
