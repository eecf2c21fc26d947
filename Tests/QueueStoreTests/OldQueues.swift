import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// Queues of 0.1.0 with its earlier schemas, as its commands and workers wrote them, kept as text
/// in `Fixtures`. Each is migrated without losing data.
@Suite struct `Queues of older versions` {
  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures")
  /// The versions that were in use.
  static let versions = (1..<Schema.version).filter { version in
    FileManager.default.fileExists(atPath: fixture(version).path)
  }

  let directory: TemporaryDirectory
  let clock = ManualClock()

  init() throws { directory = try TemporaryDirectory() }

  @Test func `the first version, and one with schedules, have fixtures`() {
    #expect(Self.versions.contains(1) && Self.versions.contains(12))
  }

  @Test(arguments: versions)
  func `every job, run and setting of an older version is kept`(version: Int) throws {
    let path = directory.file("queue.db")
    try Self.load(version, into: path)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))

    let now = clock.now()
    let states = try store.allJobs(at: now).map { "\($0.id) \($0.state.rawValue)" }
    #expect(
      states == [
        "waiting pending", "later pending", "fails failed", "again failed", "died dead",
        "done completed",
      ])
    #expect(try store.job("died", at: now).latestRun?.end == .exited(127))
    #expect(try store.job("later", at: now).environment.map(\.value) == ["1"])
    #expect(try store.settings().maxCrashes == 5)
    let problems = try store.findings(thorough: true).filter { $0.verdict == .problem }
    #expect(problems.isEmpty)
  }

  /// Claims read them by position.
  @Test(arguments: versions + [Schema.version])
  func `the columns of a job's details have the same order in every queue`(version: Int) throws {
    let path = directory.file("queue.db")
    if version < Schema.version { try Self.load(version, into: path) }
    let store = try #require(try SQLiteJobStore.open(path, creating: true))
    let columns = try store.connection.all(
      "SELECT name FROM pragma_table_info('job_details') ORDER BY cid"
    ) { row in row.text(0) }
    #expect(columns == ["seq"] + JobDetails.columns)
  }

  @Test(arguments: versions)
  func `a job that waited in an older version is run`(version: Int) throws {
    let path = directory.file("queue.db")
    try Self.load(version, into: path)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    let now = clock.now()
    let claimed = try (0..<3).map { _ in
      try store.claim(for: try store.addWorker(at: now), at: now).id.text
    }
    #expect(claimed == ["again", "fails", "waiting"])
  }

  @Test(arguments: versions)
  func `the run number of an older version is never reused`(version: Int) throws {
    let path = directory.file("queue.db")
    let latest = try Self.load(version, into: path)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    let now = clock.now()
    let run = try store.claim(for: try store.addWorker(at: now), at: now).run
    #expect(run.number == latest + 1)
  }

  @Test func `all runs of an older version's job are kept`() throws {
    let path = directory.file("queue.db")
    try Self.load(7, into: path)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(try store.runs(of: "again").map(\.id.number) == [5, 3])
    #expect(try store.runs(of: "again").map(\.attempt) == [2, 1])
    #expect(try store.runs(of: "died").map(\.id.number) == [2])
    #expect(try store.runs(of: "waiting").isEmpty)
  }

  @Test func `the schedules of 0.1.0 are kept, with their history and next times`() throws {
    let path = directory.file("queue.db")
    try Self.load(12, into: path)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    let schedules = try store.schedules()
    #expect(schedules.map(\.name) == ["nightly", "sync"])
    #expect(schedules.map(\.spec.zone) == ["Europe/Berlin", "UTC"])
    #expect(schedules.map { $0.pausedAt != nil } == [true, false])
    #expect(schedules.map(\.spec.job.command) == ["./backup /srv", "exit 1"])
    #expect(schedules.first?.spec.job.timeout == .seconds(7200))
    #expect(schedules.last?.nextAt?.iso8601 == "2026-12-01T02:17:57.480Z")
    let last = try #require(try store.occurrences(of: "sync", limit: 9).first)
    #expect(last.fate == .byHand && last.job?.state == .dead && last.job?.exitCode == 1)
  }

  @Test func `the end of an older version's run is known, its signal from its error`() throws {
    let path = directory.file("queue.db")
    try Self.load(9, into: path)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(try store.runs(of: "fails").map(\.end) == [.signaled(9), .signaled(15)])
    #expect(try store.runs(of: "again").map(\.end) == [.timedOut, .lost])
    #expect(try store.runs(of: "died").map(\.end) == [.exited(127)])

    func found(_ test: JobPredicate.Test) throws -> [String] {
      var query = JobQuery()
      query.conditions = [JobPredicate(test)]
      return try store.allJobs(query, at: clock.now()).map(\.id.text)
    }
    #expect(try found(.ended(.signaled(9))) == ["fails"])
    #expect(try found(.exit(.one(137))) == ["fails"])
    for signal in [1, 15, 90] { #expect(try found(.ended(.signaled(signal))) == []) }
    #expect(try found(.ended(.timedOut)) == ["again"])
    #expect(try found(.exit(.one(124))) == ["again"])
    let recent = try store.recentRuns(100, queue: nil).map(\.end)
    #expect(recent == [.failed, .failed, .failed, .lost, .failed, .completed])
  }

  @Test(arguments: versions)
  func `the migration stops workers of the older version only`(
    version: Int
  ) throws {
    let path = directory.file("queue.db")
    try Self.load(version, into: path)
    let old = try Connection(path: path)
    try old.execute(
      """
      INSERT INTO workers (host, boot, pid, pid_start, started_at, heartbeat_at, heartbeat_uptime,
        lease_ms, stop) VALUES ('h', 'b', 1, 1, 1, 1, 1, 1, NULL), ('h', 'b', 2, 1, 1, 1, 1, 1, 2)
      """)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(store.dismissedWorkers == 2)
    #expect(try store.workers().map(\.stop) == [.finishJob, .endJob])

    let worker = try store.addWorker(at: clock.now())
    let another = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(another.dismissedWorkers == 0)
    #expect(try another.workers().first { $0.id == worker }?.stop == nil)
  }

  private static func fixture(_ version: Int) -> URL {
    fixtures.appending(path: "schema-\(version).sql")
  }

  /// - Returns: the greatest run number so far.
  @discardableResult
  private static func load(_ version: Int, into path: String) throws -> Int64 {
    let text = try String(contentsOf: fixture(version), encoding: .utf8)
    let connection = try Connection(path: path, isPrivate: true)
    try connection.execute(text)
    try connection.execute("PRAGMA journal_mode = WAL")
    let highest = try connection.first(
      """
      SELECT max((SELECT max(id) FROM runs),
        coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0))
      """
    ) { row in row.int64(0) }
    return try #require(highest)
  }
}
