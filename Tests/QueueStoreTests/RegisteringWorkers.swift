import Foundation
import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStorePostgres

/// A worker that registers on a server while another host gives an order.
@Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
struct RegisteringWorkers {
  @Test func `a stop of all reaches a worker that is just being registered`() throws {
    let now = ManualClock().now()
    let later = Moment(
      wall: now.wall + .seconds(1), uptime: now.uptime + .seconds(1), boot: now.boot)
    let lease = try #require(TestSchemas.shared).lease()
    let gate = try lease.open()
    // Others don't see the worker's row before the gate opens.
    let lock = Int.random(in: 1...Int(Int32.max))
    try gate.execute(
      """
      CREATE FUNCTION @.pass_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_advisory_xact_lock(\(lock)); RETURN NEW; END $$;
      CREATE TRIGGER gate BEFORE INSERT ON @.workers FOR EACH ROW EXECUTE FUNCTION @.pass_gate();
      SELECT pg_advisory_lock(\(lock));
      """)
    let registered = Mutex<Result<WorkerID, any Error>?>(nil)
    let stopped = Mutex<Result<[WorkerRecord], any Error>?>(nil)
    let ends = DispatchGroup()
    ends.enter()
    Thread.detachNewThread {
      let result = Result { try lease.open().addWorker(at: now) }
      registered.withLock { $0 = result }
      ends.leave()
    }
    try wait { try Self.waiting(in: gate, for: lock) }
    ends.enter()
    Thread.detachNewThread {
      let result = Result { try lease.open().stopAll(.endJob, at: later) }
      stopped.withLock { $0 = result }
      ends.leave()
    }
    // The stop is over, or waits for the registration.
    try wait {
      try stopped.withLock { $0 != nil } || Self.isWaitingForRow(in: gate)
    }
    try gate.execute("SELECT pg_advisory_unlock(\(lock))")
    try #require(ends.wait(timeout: .now() + 60) == .success)
    try gate.execute("DROP FUNCTION @.pass_gate() CASCADE")
    let worker = try #require(try registered.withLock { try $0?.get() })
    let asked = try #require(try stopped.withLock { try $0?.get() })
    #expect(asked.map(\.id) == [worker])
    #expect(try gate.claimNext(for: worker, at: later) == .stop(.endJob))
  }

  private func wait(until isTrue: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try !isTrue() {
      try #require(ContinuousClock.now < deadline)
      usleep(1000)
    }
  }

  private static func waiting(in store: PostgresJobStore, for lock: Int) throws -> Bool {
    try store.connection.first(
      "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND objid = $1::bigint::oid)", lock
    ) { row in row.bool(0) } == true
  }

  /// Whether a session waits for the row in `meta` of this schema.
  private static func isWaitingForRow(in store: PostgresJobStore) throws -> Bool {
    try store.connection.first(
      """
      SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'
        AND query LIKE '%' || $1 || '%FOR UPDATE')
      """,
      store.connection.address.schema
    ) { row in row.bool(0) } == true
  }
}
