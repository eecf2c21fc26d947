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

  @Test func `a new queue is for its owner alone, with the directories above it`() throws {
    let store = try open()
    try store.add("a", at: clock.now())
    #expect(try permissions(path) == 0o600)
    #expect(try permissions(path + "-wal") == 0o600)
    #expect(try permissions(directory.file("deep")) == 0o700)
    let left = try FileManager.default.contentsOfDirectory(atPath: directory.file("deep/er"))
    #expect(Set(left) == ["queue.db", "queue.db-wal", "queue.db-shm"], "no draft is left")
  }

  @Test func `nothing is made for one who only looks`() throws {
    #expect(try SQLiteJobStore.open(path, creating: false) == nil)
    #expect(!FileManager.default.fileExists(atPath: directory.file("deep")))
  }

  @Test func `of many who make the queue at once all use the same one`() async throws {
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

  @Test func `what was committed isn't reported as failed because the log can't be copied`() throws
  {
    let store = try open()
    // The connection goes on with the file that it has; the one that would copy the log finds none.
    try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
    let command = String(repeating: "true; ", count: 1000)
    let jobs = try (1...200).map { try NewJob(id: JobID("job\($0)"), command: command) }
    try store.add(jobs, at: clock.now())
    #expect(store.connection.walPages > Checkpointer.aloneLimit)
    #expect(try store.summary().count(.pending) == 200)
  }

  @Test func `a queue outlives those who have it open`() throws {
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

  @Test func `no queue is made beside the log of one whose file is gone`() throws {
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

  @Test func `FAULT 64: what isn't a queue is refused and left as it is`() throws {
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

  @Test func `FAULT 64: a newer queue is refused and left as it is`() throws {
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

  @Test func `a queue that a newer version brings up to date is outdated`() throws {
    let store = try open()
    #expect(try !store.isOutdated())
    try Connection(path: path).execute("PRAGMA user_version = 99")
    #expect(try store.isOutdated())
  }

  @Test func `a queue that is moved, removed or replaced isn't found under its name any more`()
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

  /// It would be a checkpoint without that queue's write lock: what the WAL-reset bug needs.
  @Test func `the log of a queue that was moved isn't copied into the one in its place`() throws {
    let store = try open()
    try store.add("old", at: clock.now())
    for suffix in ["", "-wal", "-shm"] {
      try FileManager.default.moveItem(atPath: path + suffix, toPath: path + ".aside" + suffix)
    }
    let other = try open()
    try other.add("new", at: clock.now())
    // How many pages of its log were copied: WalCkptInfo.nBackfill, behind the two copies of the
    // header.
    func copied() throws -> Data {
      try Data(contentsOf: URL(filePath: path + "-shm")).subdata(in: 96..<100)
    }
    try store.checkpointer.checkpoint()
    #expect(try copied() == Data([0, 0, 0, 0]))
  }

  @Test(.enabled(if: geteuid() != 0, "root may enter any directory"))
  func `a queue behind a closed directory isn't taken for moved`() throws {
    let store = try open()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0], ofItemAtPath: directory.file("deep"))
    #expect(!store.hasMoved())
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o700], ofItemAtPath: directory.file("deep"))
  }

  @Test(.enabled(if: geteuid() != 0, "root may enter any directory"))
  func `FAULT 62: a queue behind a closed directory isn't taken for none`() throws {
    _ = try open()
    try FileManager.default.setAttributes(
      [.posixPermissions: 0], ofItemAtPath: directory.file("deep"))
    let error = #expect(throws: StoreError.self) { try SQLiteJobStore.open(path, creating: false) }
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o700], ofItemAtPath: directory.file("deep"))
    #expect(error?.code == .cannotOpen)
  }

  @Test func `a path below a file isn't taken for a queue that isn't there yet`() throws {
    try Data().write(to: URL(filePath: directory.file("file")))
    let error = #expect(throws: StoreError.self) {
      try SQLiteJobStore.open(directory.file("file/queue.db"), creating: false)
    }
    #expect(error?.message.contains("Not a directory") == true)
  }

  @Test func `a directory is no database`() throws {
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

  @Test func `it stays small while commands come and go one by one`() throws {
    for index in 0..<300 {
      let store = try #require(try SQLiteJobStore.open(path, creating: true))
      try store.add("job\(index)", at: clock.now())
    }
    #expect(try logSize() < 2 * Checkpointer.aloneLimit * DatabaseFile.pageSize)
    let store = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(try store.summary().count(.pending) == 300)
  }

  @Test func `it stays bounded while a worker works`() throws {
    let store = try #require(try SQLiteJobStore.open(path, creating: true))
    let now = clock.now()
    try store.add((0..<2000).map { try NewJob(id: JobID("job\($0)"), command: "true") }, at: now)
    let worker = try store.addWorker(at: now)
    for _ in 0..<2000 { try store.runNext(for: worker, at: now) }
    #expect(try logSize() < 2 * Checkpointer.workingLimit * DatabaseFile.pageSize)
  }

  @Test func `a reader that stays holds up no writer, and the log is bounded once it is gone`()
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

  @Test func `no connection copies the log by itself, not even the last one that closes`() throws {
    do {
      let store = try #require(try SQLiteJobStore.open(path, creating: true))
      try store.add("a", at: clock.now())
      #expect(try store.connection.first("PRAGMA wal_autocheckpoint") { row in row.int(0) } == 0)
    }
    #expect(try logSize() > 0, "the log is still there after the last connection closed")
  }
}
