import FoundationEssentials
import QueueCore
package import QueueStorePostgres
import Synchronization
import Testing

/// The schemas of the conformance suite on the server that `QUEUECTL_TEST_POSTGRES` names. A schema
/// is used by one test at a time and emptied for the next, because making one takes longer.
package final class TestSchemas: Sendable {
  /// Nil without a server.
  package static let shared = ProcessInfo.processInfo.environment["QUEUECTL_TEST_POSTGRES"].map {
    TestSchemas(on: $0)
  }

  /// A schema, while a test uses it.
  package final class Lease: Sendable {
    package let address: ServerAddress
    private let state = Mutex((isGiven: true, stores: [WeakStore]()))

    fileprivate init(_ address: ServerAddress) { self.address = address }

    /// Opens the queue; the schema is in use as long as the store is.
    /// - Parameter other: another address of the same queue; nil for its own.
    package func open(by other: ServerAddress? = nil) throws -> PostgresJobStore {
      let store = try #require(
        try PostgresJobStore.open(other ?? address, creating: true, ids: StoreFixture.ids()))
      state.withLock { state in
        state.stores.append(WeakStore(store: store))
        state.isGiven = false
      }
      return store
    }

    /// Takes the schema for a test if it is free. Until the first store is open it is in use, too.
    fileprivate func isTaken() -> Bool {
      state.withLock { state in
        guard !state.isGiven, state.stores.allSatisfy({ $0.store == nil }) else { return false }
        state = (isGiven: true, stores: [])
        return true
      }
    }
  }

  /// A store of any thread; only its end is looked at.
  private struct WeakStore: @unchecked Sendable {
    weak var store: PostgresJobStore?
  }

  /// The address without a schema.
  package let server: String
  private let all = Mutex([Lease]())

  private init(on server: String) { self.server = server }

  /// An empty queue.
  package func lease() throws -> Lease {
    let (lease, isNew) = try take()
    if !isNew { try Self.empty(lease.address) }
    return lease
  }

  private func take() throws -> (lease: Lease, isNew: Bool) {
    try all.withLock { all in
      if let free = all.first(where: { $0.isTaken() }) { return (free, false) }
      let process = ProcessInfo.processInfo.processIdentifier
      let name = "queuectl_test_\(process)_\(all.count + 1)"
      let separator = server.contains("?") ? "&" : "?"
      let lease = Lease(try ServerAddress("\(server)\(separator)schema=\(name)"))
      all.append(lease)
      return (lease, true)
    }
  }

  private static func empty(_ address: ServerAddress) throws {
    let store = try #require(try PostgresJobStore.open(address, creating: true))
    try store.execute(
      """
      BEGIN;
      DO $$ DECLARE tables text; BEGIN
        SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') INTO tables
        FROM pg_tables WHERE schemaname = '\(address.schema)' AND tablename <> 'meta';
        EXECUTE 'TRUNCATE ' || tables || ' RESTART IDENTITY';
      END $$;
      DELETE FROM @.meta WHERE key NOT IN ('database_id', 'schema_version', 'timeline');
      UPDATE @.meta SET value = substr(md5(random()::text), 1, 12) WHERE key = 'database_id';
      COMMIT;
      """)
  }
}
