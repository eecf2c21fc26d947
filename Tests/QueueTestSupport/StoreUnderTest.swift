package import QueueCore
import QueueStoreSQLite
import Testing

/// A store that the conformance suite runs over: `@Test(arguments: StoreUnderTest.all)`.
package struct StoreUnderTest: Sendable, CustomTestStringConvertible {
  /// Every store; a new one adds a line.
  package static let all: [StoreUnderTest] = [
    inMemory,
    sqlite,
  ]

  /// Its name in test reports.
  package let testDescription: String
  private let make: @Sendable () throws -> StoreFixture

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
}

/// An empty queue, valid for the lifetime of this value.
package struct StoreFixture {
  /// A connection to the queue.
  package let store: any JobStore
  private let openHandle: () throws -> any JobStore
  private let directory: TemporaryDirectory?

  /// - Parameters:
  /// - directory: the queue's place, kept until the test ends.
  /// - openHandle: opens the queue, which exists after the first call.
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
