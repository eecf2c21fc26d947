import Foundation
import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStorePostgres

/// Stores and schemas on the server that the tests use.
@Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
struct OpeningSchemas {
  let clock = ManualClock()
  var now: Moment { clock.now() }
  private let schemas: TestSchemas

  init() throws { schemas = try #require(TestSchemas.shared) }

  /// An address of a schema, or of a role or database, that no other test uses.
  private func fresh(_ name: String) throws -> ServerAddress {
    let separator = schemas.server.contains("?") ? "&" : "?"
    return try ServerAddress("\(schemas.server)\(separator)schema=\(name)_\(unique)")
  }

  private let unique = String(UInt32.random(in: 0...UInt32.max), radix: 36)

  @Test func `a missing queue is made only if asked for`() throws {
    let address = try fresh("made")
    #expect(try PostgresJobStore.open(address, creating: false) == nil)
    let made = try #require(try PostgresJobStore.open(address, creating: true))
    let found = try #require(try PostgresJobStore.open(address, creating: false))
    #expect(made.databaseID == found.databaseID)
    try made.execute("DROP SCHEMA \(address.schema) CASCADE")
  }

  @Test func `a schema with other tables is refused and unchanged`() throws {
    let address = try fresh("foreign")
    let store = try schemas.lease().open()
    try store.execute("CREATE SCHEMA \(address.schema); CREATE TABLE \(address.schema).t (i int)")
    for creating in [true, false] {
      let error = #expect(throws: StoreError.self) {
        try PostgresJobStore.open(address, creating: creating)
      }
      #expect(error?.code == .foreign)
    }
    try store.execute("DROP TABLE \(address.schema).t; DROP SCHEMA \(address.schema)")
  }

  @Test func `FAULT 117: a queue of a newer version is refused, and noticed while in use`() throws {
    let lease = try schemas.lease()
    let store = try lease.open()
    #expect(try !store.isOutdated())
    try store.execute("UPDATE @.meta SET value = '99' WHERE key = 'schema_version'")
    #expect(try store.isOutdated())
    let error = #expect(throws: StoreError.self) { try lease.open() }
    #expect(error?.code == .newer)
    #expect(error?.message.contains("schema 99, this one supports") == true)
    try store.execute(
      "UPDATE @.meta SET value = '\(Installation.version)' WHERE key = 'schema_version'")
  }

  @Test func `FAULT 117: several processes that make one queue at once get the same`() throws {
    let address = try fresh("race")
    let results = Mutex<[Result<String, any Error>]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      let result = Result {
        try #require(try PostgresJobStore.open(address, creating: true)).databaseID
      }
      results.withLock { $0.append(result) }
    }
    let ids = try results.withLock { try $0.map { try $0.get() } }
    #expect(ids.count == 4 && Set(ids).count == 1)
    let store = try #require(try PostgresJobStore.open(address, creating: false))
    try store.execute("DROP SCHEMA \(address.schema) CASCADE")
  }

  @Test(arguments: ["40P01", "40001", "55P03"])
  func `FAULT 110: a change that the server breaks off once is made at the second try`(
    state: String
  ) throws {
    let lease = try schemas.lease()
    let store = try lease.open()
    // A sequence counts on, although the transaction is rolled back.
    try store.execute(
      """
      CREATE SEQUENCE @.tries;
      CREATE FUNCTION @.fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('@.tries') = 1 THEN RAISE EXCEPTION 'once' USING ERRCODE = '\(state)'; END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER fail_once BEFORE INSERT ON @.workers
        FOR EACH ROW EXECUTE FUNCTION @.fail_once()
      """)
    defer {
      try? store.execute("DROP FUNCTION @.fail_once() CASCADE; DROP SEQUENCE @.tries")
    }
    _ = try store.addWorker(at: now)
    #expect(try store.workers().count == 1)
  }

  @Test func `FAULT 110: a statement that the server cancels changes nothing, and names the cause`()
    throws
  {
    let lease = try schemas.lease()
    let (store, other) = (try lease.open(), try lease.open())
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try other.execute("BEGIN; LOCK TABLE @.work IN ACCESS EXCLUSIVE MODE")
    try store.execute("SET statement_timeout = '50ms'")
    let error = #expect(throws: StoreError.self) { try store.claimNext(for: worker, at: now) }
    #expect(error?.code == .busy)
    try other.execute("ROLLBACK")
    #expect(try store.summary().count(.pending) == 1)
    try store.execute("RESET statement_timeout")
    #expect(try store.runNext(for: worker, at: now) == "job")
  }

  @Test func `FAULT 107: a server's clock that was set is read before it is compared`() throws {
    let store = try schemas.lease().open()
    try store.addSchedule("a", "every 60000", at: now)
    func clocks() throws -> ClockRecord? {
      try store.dueSchedules(atMost: 1, except: ScheduleExclusion(), at: now).clocks
    }
    #expect(try clocks() == ClockRecord(now))
    // As this host read it before the server's was set forward by a day.
    let old = store.connection.clock.applied(to: now).wall + .seconds(-86_400)
    store.connection.clock.set(old, between: now.uptime, and: now.uptime)
    #expect(try clocks() == nil)
    #expect(try clocks() == ClockRecord(now))
  }

  @Test func `a queue of the first version is migrated, and its jobs run`() throws {
    let address = try fresh("old")
    let store = try #require(try PostgresJobStore.open(address, creating: true))
    try store.execute("DROP SCHEMA \(address.schema) CASCADE; CREATE SCHEMA \(address.schema)")
    try store.execute(Schema.migrations[0])
    try store.execute(
      """
      INSERT INTO @.queues (name) VALUES ('default');
      INSERT INTO @.jobs (created_at, queue, max_retries, id, command, tags)
        SELECT 0, no, 3, 'old', 'true', ARRAY['a', 'b'] FROM @.queues;
      INSERT INTO @.ended (seq, updated_at, queue, priority, attempts, crashes, state)
        SELECT seq, 0, queue, 0, 1, 0, 'completed' FROM @.jobs
      """)
    let migrated = try #require(try PostgresJobStore.open(address, creating: false))
    try migrated.add("job", at: now)
    let worker = try migrated.addWorker(at: now)
    #expect(try migrated.claim(for: worker, at: now).limits == ResourceLimits())
    var query = JobQuery()
    query.tags = ["b"]
    #expect(try migrated.allJobs(query, at: now).map(\.id.text) == ["old"])
    try migrated.execute("DROP SCHEMA \(address.schema) CASCADE")
  }

  @Test func `FAULT 113: a role without rights is told what its queue's owner has to run`() throws {
    let lease = try schemas.lease()
    let store = try lease.open()
    let role = "guest_\(unique)"
    try store.execute("CREATE ROLE \(role) LOGIN")
    defer { try? store.execute("DROP ROLE \(role)") }
    let rest = try #require(lease.address.uri.split(separator: "@", maxSplits: 1).last)
    let guest = try ServerAddress("postgres://\(role)@\(rest)?schema=\(lease.address.schema)")
    let refused = #expect(throws: StoreError.self) {
      try PostgresJobStore.open(guest, creating: false)
    }
    #expect(refused?.code == .cannotOpen)
    #expect(refused?.message.contains("GRANT USAGE ON SCHEMA \"\(lease.address.schema)\"") == true)

    let elsewhere = try ServerAddress("postgres://\(role)@\(rest)?schema=none_\(unique)")
    let unmade = #expect(throws: StoreError.self) {
      try PostgresJobStore.open(elsewhere, creating: true)
    }
    #expect(
      unmade?.message.contains("CREATE SCHEMA none_\(unique) AUTHORIZATION \"\(role)\"") == true)
  }

  @Test func `FAULT 115: a login that is refused is explained without the password`() throws {
    let rest = try #require(schemas.server.split(separator: "@", maxSplits: 1).last)
    let error = #expect(throws: StoreError.self) {
      try PostgresJobStore.open(
        ServerAddress("postgres://none_\(unique):secret@\(rest)"), creating: true)
    }
    #expect(error?.code == .cannotOpen)
    #expect(error?.message.contains("none_\(unique)") == true)
    #expect(error?.message.contains("check the user, the password (~/.pgpass") == true)
    #expect(error?.message.contains("secret") == false)
  }

  @Test func `FAULT 118: a database in another encoding is refused`() throws {
    let store = try schemas.lease().open()
    let name = "latin_\(unique)"
    try store.execute(
      "CREATE DATABASE \(name) ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    defer { try? store.execute("DROP DATABASE \(name)") }
    let server = try #require(schemas.server.split(separator: "?").first)
    let place = try #require(server.lastIndex(of: "/"))
    let error = #expect(throws: StoreError.self) {
      try PostgresJobStore.open(ServerAddress("\(server[..<place])/\(name)"), creating: true)
    }
    #expect(error?.code == .cannotOpen)
    #expect(error?.message.contains("is encoded in LATIN1, but queues need UTF8") == true)
  }

  @Test func `FAULT 122: a store whose schema is dropped is displaced`() throws {
    let address = try fresh("dropped")
    let store = try #require(try PostgresJobStore.open(address, creating: true))
    let other = try schemas.lease().open()
    #expect(!store.hasMoved())
    try other.execute("DROP SCHEMA \(address.schema) CASCADE")
    let error = #expect(throws: StoreError.self) { try store.summary() }
    #expect(error?.code == .foreign)
    #expect(store.hasMoved())
  }

  @Test func `FAULT 122: a lost connection shows that another queue has a store's place`() throws {
    let address = try fresh("replaced")
    let store = try #require(try PostgresJobStore.open(address, creating: true))
    let other = try schemas.lease().open()
    try other.execute("DROP SCHEMA \(address.schema) CASCADE")
    let another = try #require(try PostgresJobStore.open(address, creating: true))
    try other.execute("SELECT pg_terminate_backend(\(try store.backend()))")
    let error = #expect(throws: StoreError.self) { try store.summary() }
    #expect(error?.code == .foreign)
    #expect(store.hasMoved())
    try another.execute("DROP SCHEMA \(address.schema) CASCADE")
  }

  @Test func `FAULT 112: a change of a read-only server is refused, and reads go on`() throws {
    let store = try schemas.lease().open()
    try store.execute("SET default_transaction_read_only = on")
    let error = #expect(throws: StoreError.self) { try store.addWorker(at: now) }
    #expect(error?.code == .readOnly)
    #expect(error?.message.contains("target_session_attrs=read-write") == true)
    #expect(try store.summary() == QueueSummary())
  }

  @Test func `FAULT 110: a worker with a run waits for locks only briefly`() throws {
    let lease = try schemas.lease()
    let (store, other) = (try lease.open(), try lease.open())
    try other.execute("BEGIN; LOCK TABLE @.workers IN EXCLUSIVE MODE")
    store.busyTimeout = .whileRunning
    let before = ContinuousClock.now
    let error = #expect(throws: StoreError.self) { try store.addWorker(at: now) }
    #expect(error?.code == .busy)
    #expect(ContinuousClock.now - before < .seconds(30))
    try other.execute("ROLLBACK")
    _ = try store.addWorker(at: now)
  }

  @Test func `FAULT 119: names mean the queue's own tables, whatever the search path is`() throws {
    let lease = try schemas.lease()
    let store = try lease.open()
    // The trap holds a table of each name that a statement could mean by mistake.
    let trap = "trap_\(unique)"
    try store.execute(
      """
      CREATE SCHEMA \(trap); CREATE TABLE \(trap).work (); CREATE TABLE \(trap).jobs ();
      CREATE FUNCTION \(trap).lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'no' $$;
      SET search_path = \(trap), pg_catalog
      """)
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    #expect(try store.runNext(for: worker, at: now) == "job")
    try store.execute("RESET search_path; DROP SCHEMA \(trap) CASCADE")
  }
}

extension PostgresJobStore {
  /// The process id of the server's process for this connection.
  func backend() throws(StoreError) -> Int {
    try connection.first("SELECT pg_backend_pid()") { row in row.int(0) } ?? 0
  }
}
