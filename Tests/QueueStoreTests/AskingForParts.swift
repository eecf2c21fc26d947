import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// Requests for parts of ended runs' logs, between a reader and the host with the log.
@Suite(.enabled(if: TestSchemas.shared != nil, "QUEUECTL_TEST_POSTGRES names no server"))
struct AskingForParts {
  let clock = ManualClock()
  var now: Moment { clock.now() }
  private let store: PostgresJobStore
  private let run: RunID
  private let wait = Duration.seconds(30)

  init() throws {
    store = try #require(TestSchemas.shared).lease().open()
    let worker = try store.addWorker(at: clock.now())
    try store.add("job", at: clock.now())
    try store.runNext(for: worker, .exited(0), at: clock.now())
    run = try #require(try store.job("job", at: clock.now()).latestRun?.id)
    try store.execute(
      """
      UPDATE @.workers SET namespaces = 'machine@locks names';
      INSERT INTO @.outputs VALUES (\(run), 200000, 'host', '', '', 'machine@locks old-names')
      """)
  }

  private func site(_ locks: String) -> Site {
    Site(machine: "machine", namespaces: "new-names", locks: locks)
  }

  private func rows(of table: String) throws -> Int {
    try store.connection.all(composed: "SELECT count(*) FROM @.\(table)", Parameters()) { row in
      row.int(0)
    }.first ?? -1
  }

  @Test func `the host with the log finds what is wanted, also after a restart`() throws {
    #expect(try store.wantedOutputs(of: site("locks"), at: now).isEmpty)
    #expect(try store.askForParts(of: run, at: [0, 65536], for: wait, at: now))
    #expect(try store.askForParts(of: run, at: [0, 65536], for: wait, at: now))
    #expect(try store.wantedOutputs(of: site("other"), at: now).isEmpty)
    let wanted = try store.wantedOutputs(of: site("locks"), at: now)
    #expect(wanted.map(\.run) == [run] && wanted.map(\.size) == [200_000])
    #expect(try store.askedParts(of: run, atMost: 1) == [0])
    #expect(try store.askedParts(of: run, atMost: 9) == [0, 65536])
    let parts = [
      PostgresJobStore.LogPart(offset: 0, bytes: [0, 10, 255], next: 3),
      PostgresJobStore.LogPart(offset: 65536, bytes: [], next: 131_072),
    ]
    try store.send(parts, of: run)
    #expect(try store.askedParts(of: run, atMost: 9) == [])
    #expect(try store.sentParts(of: run, in: 0..<65537) == parts)
    try store.forgetParts(of: run, in: 0..<3)
    #expect(try store.sentParts(of: run, in: 0..<65537) == [parts[1]])
  }

  @Test func `nothing of it stays once nobody asks any more`() throws {
    #expect(try store.askForParts(of: run, at: [0, 65536], for: wait, at: now))
    clock.advance(by: wait / 2)
    try store.forgetSentOutputs(at: now)
    #expect(try rows(of: "asked_parts") == 2)
    clock.advance(by: wait)
    #expect(try store.wantedOutputs(of: site("locks"), at: now).isEmpty)
    try store.forgetSentOutputs(at: now)
    #expect(try rows(of: "asked_parts") == 0 && rows(of: "wanted_outputs") == 0)
  }

  @Test(arguments: [
    "UPDATE @.workers SET evicted = true", "UPDATE @.workers SET heartbeat_at = 0",
    "UPDATE @.workers SET namespaces = 'machine@other names'", "UPDATE @.outputs SET site = NULL",
    "UPDATE @.outputs SET site = 'machine names'",
  ])
  func `nothing is requested of a host without living workers`(change: String) throws {
    try store.execute(change)
    #expect(try !store.askForParts(of: run, at: [0], for: wait, at: now))
    #expect(try rows(of: "asked_parts") == 0 && rows(of: "wanted_outputs") == 0)
  }
}
