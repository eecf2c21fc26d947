import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// A schema that is reached through a relay. The server must be reached by a Unix socket.
struct ServerBehindProxy {
  let lease: TestSchemas.Lease
  let proxy: CuttingProxy
  private let address: ServerAddress

  init() throws {
    lease = try #require(TestSchemas.shared).lease()
    proxy = try CuttingProxy(before: try #require(Self.socket))
    let user = lease.address.uri.split(separator: "@")[0].dropFirst("postgresql://".count)
    let path = proxy.directory.split(separator: "/").joined(separator: "%2F")
    let database = lease.address.uri.split(separator: "/").last ?? ""
    address = try ServerAddress(
      "postgres://\(user)@%2F\(path)/\(database)?schema=\(lease.address.schema)")
  }

  func open() throws -> PostgresJobStore { try lease.open(by: address) }

  /// The path of the server's socket; nil if there is none.
  static let socket: String? = {
    guard let server = TestSchemas.shared?.server,
      let authority = server.split(separator: "@", maxSplits: 1).last?.prefix(while: { $0 != "/" }),
      let directory = PercentText.decode(authority), directory.hasPrefix("/")
    else { return nil }
    return directory + "/.s.PGSQL.5432"
  }()
}
