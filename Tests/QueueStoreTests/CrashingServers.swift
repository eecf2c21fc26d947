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
