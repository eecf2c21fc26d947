import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

@Suite struct `Database files` {
  let directory: TemporaryDirectory
  let clock = ManualClock()
  var path: String { directory.file("deep/er/queue.db") }

  init() throws { directory = try TemporaryDirectory() }

  private func open() throws -> SQLiteJobStore {
    try #require(try SQLiteJobStore.open(path, creating: true))
  }

  private func permissions(_ path: String) throws -> Int {
    try #require(
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  @Test func `a new queue and its new directories are accessible to their owner only`() throws {
    let store = try open()
    try store.add("a", at: clock.now())
    #expect(try permissions(path) == 0o600)
    #expect(try permissions(path + "-wal") == 0o600)
    #expect(try permissions(directory.file("deep")) == 0o700)
    let left = try FileManager.default.contentsOfDirectory(atPath: directory.file("deep/er"))
    #expect(Set(left) == ["queue.db", "queue.db-wal", "queue.db-shm"], "no draft is left")
  }

  @Test func `read-only access creates nothing`() throws {
    #expect(try SQLiteJobStore.open(path, creating: false) == nil)
    #expect(!FileManager.default.fileExists(atPath: directory.file("deep")))
  }

  @Test func `of several creating processes all use the same queue`() async throws {
    let path = directory.file("queue.db")
    let now = clock.now()
    try await withThrowingTaskGroup { group in
      for index in 0..<24 {
        group.addTask {
          let store = try #require(try SQLiteJobStore.open(path, creating: true))
          try store.add("job\(index)", at: now)
        }
      }
      try await group.waitForAll()
    }
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(try store.summary().count(.pending) == 24)
  }

  @Test func `a commit isn't reported as failed because a checkpoint fails`() throws {
    let store = try open()
    // The connection keeps its file; the checkpointing one finds none.
    try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
    let command = String(repeating: "true; ", count: 1000)
    let jobs = try (1...200).map { try NewJob(id: JobID("job\($0)"), command: command) }
    try store.add(jobs, at: clock.now())
    #expect(store.connection.walPages > Checkpointer.aloneLimit)
    #expect(try store.summary().count(.pending) == 200)
  }

  @Test func `a queue outlives its open connections`() throws {
    let id: String
    do {
      let store = try open()
      try store.add("a", at: clock.now())
      id = store.databaseID
    }
    let store = try open()
    #expect(try store.job("a", at: clock.now()).state == .pending)
    #expect(store.databaseID == id)
  }

  @Test func `no queue is created beside a leftover WAL`() throws {
    do {
      let store = try open()
      try store.add("old", at: clock.now())
    }
    let log = try Data(contentsOf: URL(filePath: path + "-wal"))
    try FileManager.default.removeItem(atPath: path)
    #expect {
      _ = try open()
    } throws: { error in
      "\(error)".contains("\(path) is missing but its WAL \(path)-wal exists")
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try Data(contentsOf: URL(filePath: path + "-wal")) == log, "it may still be wanted")
    for suffix in ["-wal", "-shm"] { try FileManager.default.removeItem(atPath: path + suffix) }
    #expect(try open().summary().count(.pending) == 0)
  }

  @Test func `FAULT 64: a file that isn't a queue is refused and unchanged`() throws {
    let text = Data("this is a letter, not a database; it is long enough for a header. ".utf8)
    let cases: [(String, Data, StoreError.Code)] = [
      ("letter.txt", text + text, .foreign),
      ("empty.db", Data(), .foreign),
      ("other.db", try foreignDatabase(), .foreign),
    ]
    for (name, contents, code) in cases {
      let path = directory.file(name)
      try contents.write(to: URL(filePath: path))
      let error = #expect(throws: StoreError.self) {
        _ = try SQLiteJobStore.open(path, creating: true)
      }
      #expect(error?.code == code, "\(name): \(String(describing: error))")
      #expect(try Data(contentsOf: URL(filePath: path)) == contents, "\(name) was changed")
    }
  }

  @Test func `FAULT 64: a newer queue is refused and unchanged`() throws {
    do {
      let store = try open()
      try store.connection.execute("PRAGMA user_version = 99")
    }
    let error = #expect(throws: StoreError.self) { try open() }
    #expect(error?.code == .newer)
    #expect(error?.message.contains("schema 99") == true)
    let connection = try Connection(path: path)
    #expect(try connection.first("PRAGMA user_version") { row in row.int(0) } == 99)
  }

  @Test func `a queue migrated by a newer version is outdated`() throws {
    let store = try open()
    #expect(try !store.isOutdated())
    try Connection(path: path).execute("PRAGMA user_version = 99")
    #expect(try store.isOutdated())
  }

  @Test func `a queue that is moved, removed or replaced isn't found at its path`()
    throws
  {
    let store = try open()
    #expect(!store.hasMoved())
    try FileManager.default.moveItem(atPath: path, toPath: path + ".aside")
    #expect(store.hasMoved())
    try FileManager.default.copyItem(atPath: path + ".aside", toPath: path)
    #expect(store.hasMoved())
    try FileManager.default.removeItem(atPath: path)
    #expect(store.hasMoved())
    try FileManager.default.moveItem(atPath: path + ".aside", toPath: path)
    #expect(!store.hasMoved())
    #expect(try !SQLiteJobStore.transient().hasMoved())
  }

  /// Without that queue's write lock, the checkpoint would risk the WAL-reset bug.
  @Test func `the WAL of a moved queue isn't checkpointed into its replacement`() throws {
    let store = try open()
    try store.add("old", at: clock.now())
    for suffix in ["", "-wal", "-shm"] {
      try FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".aside" + suffix)
    }
    let other = try open()
    try other.add("new", at: clock.now())
    // The number of checkpointed pages: WalCkptInfo.nBackfill, behind the two copies of the header.
    func copied() throws -> Data {
      try Data(contentsOf: URL(filePath: path + "-shm")).subdata(in: 96..<100)
    }
    try store.checkpointer.checkpoint()
    #expect(try copied() == Data([0, 0, 0, 0]))
  }

  @Test(.enabled(if: geteuid() != 0, "root may enter any directory"))
  func `a queue behind a closed directory isn't reported as moved`() throws {
    let store = try open()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0], ofItemAtPath: directory.file("deep"))
    #expect(!store.hasMoved())
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o700], ofItemAtPath: directory.file("deep"))
  }

  @Test(.enabled(if: geteuid() != 0, "root may enter any directory"))
  func `FAULT 62: a queue behind a closed directory isn't reported as missing`() throws {
    _ = try open()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0], ofItemAtPath: directory.file("deep"))
    let error = #expect(throws: StoreError.self) { try SQLiteJobStore.open(path, creating: false) }
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o700], ofItemAtPath: directory.file("deep"))
    #expect(error?.code == .cannotOpen)
  }

  @Test func `a path below a file isn't a missing queue`() throws {
    try Data().write(to: URL(filePath: directory.file("file")))
    let error = #expect(throws: StoreError.self) {
      try SQLiteJobStore.open(directory.file("file/queue.db"), creating: false)
    }
    #expect(error?.message.contains("Not a directory") == true)
  }

  @Test func `a directory is not a database`() throws {
    let error = #expect(throws: StoreError.self) {
      _ = try SQLiteJobStore.open(directory.path, creating: true)
    }
    #expect(error?.code == .cannotOpen)
  }

  private func foreignDatabase() throws -> Data {
    let path = directory.file("made-by-others.db")
    do {
      let connection = try Connection(path: path, isPrivate: true)
      try connection.execute("CREATE TABLE recipes (name TEXT)")
    }
    return try Data(contentsOf: URL(filePath: path))
  }
}

@Suite struct `The write-ahead log` {
  let directory: TemporaryDirectory
  let clock = ManualClock()
  var path: String { directory.file("queue.db") }

  init() throws { directory = try TemporaryDirectory() }

  private func logSize() throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path + "-wal")
    return try #require(attributes[.size] as? Int)
  }

  @Test func `the WAL stays small under single commands`() throws {
    for index in 0..<300 {
      let store = try #require(try SQLiteJobStore.open(path, creating: true))
      try store.add("job\(index)", at: clock.now())
    }
    #expect(try logSize() < 2 * Checkpointer.aloneLimit * DatabaseFile.pageSize)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(try store.summary().count(.pending) == 300)
  }

  @Test func `the WAL stays bounded under a worker`() throws {
    let store = try #require(try SQLiteJobStore.open(path, creating: true))
    let now = clock.now()
    try store.add((0..<2000).map { try NewJob(id: JobID("job\($0)"), command: "true") }, at: now)
    let worker = try store.addWorker(at: now)
    for _ in 0..<2000 { try store.runNext(for: worker, at: now) }
    #expect(try logSize() < 2 * Checkpointer.workingLimit * DatabaseFile.pageSize)
  }

  @Test func `a long reader blocks no writer, and the WAL is bounded after it ends`()
    throws
  {
    let store = try #require(try SQLiteJobStore.open(path, creating: true))
    let now = clock.now()
    try store.add("first", at: now)
    let reader = try Connection(path: path)
    try reader.execute("BEGIN; SELECT * FROM jobs")
    for index in 0..<400 { try store.add("job\(index)", at: now) }
    try reader.execute("COMMIT")
    for index in 400..<800 { try store.add("job\(index)", at: now) }
    let grown = try logSize()
    for index in 800..<1200 { try store.add("job\(index)", at: now) }
    #expect(try logSize() == grown, "the log is used again from its start")
  }

  @Test func `no connection checkpoints by itself, not even the last one on close`() throws {
    do {
      let store = try #require(try SQLiteJobStore.open(path, creating: true))
      try store.add("a", at: clock.now())
      #expect(try store.connection.first("PRAGMA wal_autocheckpoint") { row in row.int(0) } == 0)
    }
    #expect(try logSize() > 0, "the log is still there after the last connection closed")
  }
}
