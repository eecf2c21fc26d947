import Foundation
import QueueStorePostgres
import QueueTestSupport
import Testing

/// An empty queue on the tests' server, for hosts that are state directories: their processes don't
/// see each other's locks.
struct ServerQueue {
  let address: String
  /// Keeps the schema as long as the test runs.
  private let store: PostgresJobStore

  init() throws {
    let lease = try #require(TestSchemas.shared).lease()
    store = try lease.open()
    address = lease.address.text
  }

  /// The variables of a host.
  /// - Parameter directory: that of the server's socket, as the host reaches it; nil for its own.
  func host(
    _ name: String, of queue: TestQueue, through directory: String? = nil
  ) throws -> [String: String?] {
    let address =
      if let directory {
        try "postgres://\(parts.user)@\(directory.replacing("/", with: "%2F"))/\(parts.rest)"
      } else {
        address
      }
    return ["QUEUECTL_DB": address, "XDG_STATE_HOME": queue.file(name)]
  }

  /// The user of the address, the directory of the server's socket, and what follows.
  var parts: (user: String, directory: String, rest: String) {
    get throws {
      let found = try #require(
        address.wholeMatch(of: #/postgres://([^@]+)@([^/]+)/(.+)/#)?.output)
      let directory = try #require(String(found.2).removingPercentEncoding)
      try #require(directory.hasPrefix("/"), "the server of the tests has a Unix socket")
      return (String(found.1), directory, String(found.3))
    }
  }
}
