import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// Servers that stop under several workers.
@Suite(.enabled(if: TestServer.programs != nil, "there is no initdb"))
struct CrashingServers {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: TestServer.Stop.allCases)
  func `FAULT 102: a server that stops takes back no claim that a worker was given`(
    stop: TestServer.Stop
  ) throws {
    let server = try TestServer()
    let store = try #require(try PostgresJobStore.open(server.address, creating: true))
    let threads = WorkerThreads(store: store, now: now) {
      try #require(try PostgresJobStore.open(server.address, creating: false))
    }
    var stops = [10, 40, 70]
    let claims = try threads.run(jobs: 200, queue: { _ in "mail" }, workers: 3) { completed in
      guard let next = stops.first, completed >= next else { return }
      stops.removeFirst()
      try server.restart(stop)
    }
    // The jobs that were left after a stop may end before it is time for the next.
    #expect(stops.count <= 1)
    #expect(claims.count == 200)
    // No job ran twice, and no run number was given to two jobs.
    #expect(Set(claims.map(\.job)).count == 200)
    #expect(Set(claims.map(\.run)).count == 200)
    for claim in claims {
      #expect(try store.runs(of: claim.job.text).map(\.id) == [claim.run])
    }
    try expectSummaryMatchesRows(of: store, at: now)
    #expect(try store.findings(thorough: true).allSatisfy { $0.verdict == .ok })
  }

  /// What the server is burdened with, whatever its age.
  private func burdens(_ server: TestServer) throws -> [Finding] {
    let connection = Connection(server.address, library: try Library.load())
    return try ServerCheck(connection, snapshotAge: .zero).findings()
      .filter { $0.verdict == .note }
  }

  @Test func `FAULT 130: doctor names a prepared transaction that was left`() throws {
    let server = try TestServer(settings: ["max_prepared_transactions=2"])
    _ = try #require(try PostgresJobStore.open(server.address, creating: true))
    #expect(try burdens(server).isEmpty)
    try server.execute("BEGIN; CREATE TABLE other (); PREPARE TRANSACTION 'left'")
    let notes = try burdens(server)
    #expect(notes.map(\.subject) == ["snapshot"])
    #expect(notes.first?.detail.contains("the prepared transaction left holds") == true)
  }

  @Test func `FAULT 130: doctor names a session that holds an old snapshot`() throws {
    let server = try TestServer()
    let store = try #require(try PostgresJobStore.open(server.address, creating: true))
    try store.reading { () throws(StoreError) in
      _ = try store.summary()
      let notes = try? burdens(server)
      #expect(notes?.map(\.subject) == ["snapshot"])
      #expect(notes?.first?.detail.contains("the session ") == true, "\(notes ?? [])")
    }
    #expect(try burdens(server).isEmpty)
  }

  @Test func `FAULT 121: without autovacuum the queue vacuums the rows of its work`() throws {
    let server = try TestServer(settings: ["autovacuum=off"])
    let store = try #require(try PostgresJobStore.open(server.address, creating: true))
    let worker = try store.addWorker(at: now)
    let size = { try server.query("SELECT pg_relation_size('\(server.address.schema).work')") }
    var sizes: [Int] = []
    for _ in 1...3 {
      try store.add((1...500).map { _ in try NewJob(command: "true") }, at: now)
      for _ in 1...500 {
        try store.end(try store.claim(for: worker, at: now), by: worker, .exited(0), at: now)
      }
      clock.advance(by: .seconds(3600))
      // As after more jobs.
      store.unvacuumed += PostgresJobStore.vacuumAfter
      while try store.foldStatistics(at: now) {}
      sizes.append(Int(try size()) ?? 0)
    }
    #expect(sizes[2] <= sizes[0] + sizes[0] / 2, "\(sizes)")
  }

  @Test func `FAULT 130: doctor names a replication slot without a reader`() throws {
    let server = try TestServer()
    let store = try #require(try PostgresJobStore.open(server.address, creating: true))
    #expect(try store.findings(thorough: false).allSatisfy { $0.verdict == .ok })
    try server.execute("SELECT pg_create_physical_replication_slot('leftover', true)")
    let notes = try store.findings(thorough: false).filter { $0.verdict == .note }
    #expect(notes.map(\.subject) == ["replication slot"])
    #expect(notes.first?.detail.contains("leftover has no reader") == true, "\(notes)")
  }
}
