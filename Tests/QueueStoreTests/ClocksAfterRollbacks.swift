import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// The first committed write of a boot fixes its queue time.
@Suite struct `Clocks after rollbacks` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test func `queue time of a rolled back write is dropped`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("queue.db")
    let first = try #require(try SQLiteJobStore.open(path, creating: true))
    let second = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(throws: StoreError.self) {
      try first.change { () throws(StoreError) in
        _ = try first.fixedQueueTime(at: now)
        throw StoreError(.full, "no space")
      }
    }
    clock.jumpWall(by: .seconds(-3600))
    _ = try second.change { () throws(StoreError) in try second.fixedQueueTime(at: now) }
    #expect(try first.queueTime(at: now) == second.queueTime(at: now))
  }
}
