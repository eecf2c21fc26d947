import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

@Suite struct `Maintaining a database` {
  let directory: TemporaryDirectory
  let store: SQLiteJobStore
  let clock = ManualClock()
  var path: String { directory.file("queue.db") }
  var copyPath: String { directory.file("copy.db") }

  init() throws {
    directory = try TemporaryDirectory()
    store = try #require(try SQLiteJobStore.open(directory.file("queue.db"), creating: true))
    try store.add(
      (0..<50).map {
        try NewJob(id: JobID("job\($0)"), command: String(repeating: "x", count: 500))
      },
      at: clock.now())
  }

  private func verdicts(
    of store: SQLiteJobStore? = nil, thorough: Bool = true
  ) throws -> [String: Finding.Verdict] {
    let findings = try (store ?? self.store).findings(thorough: thorough)
    return Dictionary(uniqueKeysWithValues: findings.map { ($0.subject, $0.verdict) })
  }

  @Test(arguments: [false, true])
  func `an intact queue has no problem`(thorough: Bool) throws {
    #expect(try verdicts(thorough: thorough).values.allSatisfy { $0 == .ok })
  }

  @Test func `counters changed by another program are detected`() throws {
    try store.connection.execute("UPDATE counts SET jobs = jobs + 1")
    #expect(try verdicts()["counters"] == .problem)
  }

  @Test func `a job of an unknown worker is detected`() throws {
    let worker = try store.addWorker(at: clock.now())
    _ = try store.claim(for: worker, at: clock.now())
    #expect(try verdicts()["jobs"] == .ok)
    try store.connection.execute("DELETE FROM workers")
    #expect(try verdicts()["jobs"] == .problem)
  }

  @Test func `a backup is a whole, separate queue, made while others write`() throws {
    let other = try #require(try SQLiteJobStore.open(path, creating: false))
    try other.connection.execute("BEGIN IMMEDIATE")
    #expect(try store.backUp(to: copyPath, at: clock.now()) == 50)
    try other.connection.execute("ROLLBACK")

    let copy = try #require(try SQLiteJobStore.open(copyPath, creating: false))
    #expect(try copy.summary() == store.summary())
    try copy.add("new", at: clock.now())
    #expect(try copy.connection.first("PRAGMA journal_mode") { row in row.text(0) } == "wal")
    #expect(throws: StoreError.self) { try store.job("new", at: clock.now()) }
  }

  /// Its workers would be the original's processes, and its run names the original's.
  @Test func `a backup has no workers, and their jobs are requeued`() throws {
    let now = clock.now()
    let worker = try store.addWorker(at: now)
    let job = try store.claim(for: worker, at: now)
    _ = try store.backUp(to: copyPath, at: now)
    let copy = try #require(try SQLiteJobStore.open(copyPath, creating: false))
    #expect(try copy.workers() == [])
    let copied = try copy.job(job.id.text, at: now)
    #expect(copied.state == .pending && copied.attempts == 0)
    #expect(copied.latestRun?.finishedAt == now.wall)
    #expect(copy.databaseID != store.databaseID)
    #expect(try verdicts(of: copy).values.allSatisfy { $0 == .ok })
    let other = try copy.addWorker(at: now)
    #expect(try copy.claim(for: other, at: now).runName != job.runName)

    #expect(try store.job(job.id.text, at: now).state == .processing)
    #expect(try store.end(job, by: worker, .exited(0), at: now) == .recorded(next: nil))
  }

  @Test func `a backup overwrites no file`() throws {
    try "precious".write(toFile: copyPath, atomically: true, encoding: .utf8)
    let error = #expect(throws: StoreError.self) { try store.backUp(to: copyPath, at: clock.now()) }
    #expect(error?.code == .duplicate)
    #expect(try String(contentsOfFile: copyPath, encoding: .utf8) == "precious")
  }

  @Test func `FAULT 63: damage is detected, isn't an empty queue, and isn't backed up`() throws {
    let copy: SQLiteJobStore
    do {
      _ = try store.backUp(to: copyPath, at: clock.now())
      let roots = try Connection(path: copyPath).all(
        "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'jobs' AND rootpage > 0"
      ) { row in row.int(0) }
      let file = try #require(FileHandle(forUpdatingAtPath: copyPath))
      for page in roots {
        try file.seek(toOffset: UInt64((page - 1) * DatabaseFile.pageSize))
        try file.write(contentsOf: Data(repeating: 0xA5, count: DatabaseFile.pageSize))
      }
      try file.close()
      copy = try #require(try SQLiteJobStore.open(copyPath, creating: false))
    }
    let before = try Data(contentsOf: URL(filePath: copyPath))
    let found = (try? copy.findings(thorough: true).contains { $0.verdict == .problem }) ?? true
    #expect(found)
    #expect(throws: StoreError.self) {
      try copy.backUp(to: directory.file("second.db"), at: clock.now())
    }
    #expect(!FileManager.default.fileExists(atPath: directory.file("second.db")))
    #expect(try Data(contentsOf: URL(filePath: copyPath)) == before)
  }
}
