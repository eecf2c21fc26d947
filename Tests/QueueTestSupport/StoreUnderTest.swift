package import QueueCore
import QueueStorePostgres
import QueueStoreSQLite
import Testing

/// A store that the conformance suite runs over: `@Test(arguments: StoreUnderTest.all)`.
package struct StoreUnderTest: Sendable, CustomTestStringConvertible {
  /// Every store; a new one adds a line.
  package static let all: [StoreUnderTest] =
    [
      inMemory,
      sqlite,
    ] + (postgres.map { [$0] } ?? [])

  /// Its name in test reports.
  package let testDescription: String
  /// Whether ``JobStore/hasChanged()`` leaves out changes of the connection itself and of other
  /// queues; otherwise it may say so in vain.
  package let tellsOwnChangesApart: Bool
  /// The setting that decides how long a silent worker keeps its job.
  package let leaseSetting: String
  /// The settings of an empty queue. On a server, the lease is set to that of the other stores.
  package var settings: Settings {
    var settings = Settings()
    if leaseSetting == "host-lease" { settings.hostLease = settings.lease }
    return settings
  }
  private let make: @Sendable () throws -> StoreFixture

  private init(
    testDescription: String, tellsOwnChangesApart: Bool = true, leaseSetting: String = "lease",
    make: @escaping @Sendable () throws -> StoreFixture
  ) {
    self.testDescription = testDescription
    self.tellsOwnChangesApart = tellsOwnChangesApart
    self.leaseSetting = leaseSetting
    self.make = make
  }

  /// Creates an empty queue of this kind.
  package func open() throws -> StoreFixture { try make() }

  package static let inMemory = StoreUnderTest(testDescription: "in memory") {
    let queue = InMemoryJobStore.SharedQueue()
    return try StoreFixture { InMemoryJobStore(sharing: queue, ids: StoreFixture.ids()) }
  }

  private static let sqlite = StoreUnderTest(testDescription: "SQLite") {
    let directory = try TemporaryDirectory()
    return try StoreFixture(in: directory) {
      try #require(
        try SQLiteJobStore.open(
          directory.file("queue.db"), creating: true, ids: StoreFixture.ids()))
    }
  }

  /// Nil unless `QUEUECTL_TEST_POSTGRES` names a server.
  private static let postgres = TestSchemas.shared.map { schemas in
    StoreUnderTest(
      testDescription: "PostgreSQL", tellsOwnChangesApart: false, leaseSetting: "host-lease"
    ) {
      let lease = try schemas.lease()
      let fixture = try StoreFixture { try lease.open() }
      try fixture.store.set(.named("host-lease"), to: Settings().lease.text)
      return fixture
    }
  }
}

/// An empty queue, valid for the lifetime of this value.
package struct StoreFixture {
  /// A connection to the queue.
  package let store: any JobStore
  private let openHandle: () throws -> any JobStore
  private let directory: TemporaryDirectory?

  /// - Parameters:
  ///   - directory: the queue's place, kept until the test ends.
  ///   - openHandle: opens the queue, which exists after the first call.
  package init(
    in directory: TemporaryDirectory? = nil, openHandle: @escaping () throws -> any JobStore
  ) throws {
    self.directory = directory
    self.openHandle = openHandle
    store = try openHandle()
  }

  /// Another connection to the same queue, as another process would open it.
  package func anotherHandle() throws -> any JobStore { try openHandle() }

  /// Generates the ids of a connection. All connections generate the same ids, so they collide.
  package static func ids() -> JobIDSource { JobIDSource(using: SeededGenerator(seed: 1)) }
}
