package import QueueCore
import QueueStoreSQLite
import Testing

/// A kind of store that the conformance suite is run over: `@Test(arguments: StoreUnderTest.all)`.
package struct StoreUnderTest: Sendable, CustomTestStringConvertible {
  /// Every store; a new one adds a line.
  package static let all: [StoreUnderTest] = [
    inMemory,
    sqlite,
  ]

  /// What test reports call it.
  package let testDescription: String
  private let make: @Sendable () throws -> StoreFixture

  /// Makes an empty queue of this kind.
  package func open() throws -> StoreFixture { try make() }

  /// Without a disk.
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

/// An empty queue that lives as long as this does.
package struct StoreFixture {
  /// A handle onto the queue.
  package let store: any JobStore
  private let openHandle: () throws -> any JobStore
  private let directory: TemporaryDirectory?

  /// - Parameters:
  ///   - directory: where the queue lies, kept until the test is over.
  ///   - openHandle: opens the queue, which is there after the first call.
  package init(
    in directory: TemporaryDirectory? = nil, openHandle: @escaping () throws -> any JobStore
  ) throws {
    self.directory = directory
    self.openHandle = openHandle
    store = try openHandle()
  }

  /// Another handle onto the same queue, as another process would have it.
  package func anotherHandle() throws -> any JobStore { try openHandle() }

  /// Makes ids for a handle. Those of two handles are the same, so that they collide whenever both
  /// make one.
  package static func ids() -> JobIDSource { JobIDSource(using: SeededGenerator(seed: 1)) }
}
