import CSQLite
import Foundation
import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStoreSQLite

/// Files that other processes and users create beside a queue, or instead of it.
@Suite struct `Foreign files` {
  let directory: TemporaryDirectory
  let clock = ManualClock()
  var path: String { directory.file("queue.db") }

  init() throws { directory = try TemporaryDirectory() }

  private func open() throws -> SQLiteJobStore {
    try #require(try SQLiteJobStore.open(path, creating: true))
  }

  private func names() throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: directory.path))
  }

  // MARK: - Journals

  @Test func `FAULT 73: a journal beside a queue isn't rolled back`() throws {
    let honest = String(repeating: "true; ", count: 200)
    do {
      let store = try open()
      try store.add(
        (1...40).map { try NewJob(id: JobID("job\($0)"), command: honest) }, at: clock.now())
      try store.checkpointer.checkpoint()
    }
    // The journal of a copy with other commands before its last, unfinished transaction.
    let copy = directory.file("copy.db")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    do {
      let other = try Connection(path: copy, isPrivate: true)
      try other.execute("PRAGMA journal_mode = DELETE")
      try other.execute("UPDATE job_details SET command = replace(command, 'true', 'evil')")
      try other.execute("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN")
      try other.execute("UPDATE job_details SET command = replace(command, 'evil', 'last')")
      try FileManager.default.copyItem(atPath: copy + "-journal", toPath: path + "-journal")
    }
    let size = try FileManager.default.attributesOfItem(atPath: path + "-journal")[.size] as? Int
    try #require(size ?? 0 > 20_000, "there is nothing to play back")
    for suffix in ["-shm"] { unlink(path + suffix) }
    let store = try open()
    let now = clock.now()
    for number in 1...40 { #expect(try store.job("job\(number)", at: now).command == honest) }
    try store.add("next", at: now)
    #expect(try store.findings(thorough: true).allSatisfy { $0.verdict == .ok })
    #expect(try names().contains("queue.db-journal"), "it isn't ours to remove")
  }

  @Test func `FAULT 73: functions with side effects can't be called by a crafted file`() throws {
    let store = try open()
    let isTrusted = try store.connection.first("PRAGMA trusted_schema") { row in row.int(0) }
    #expect(isTrusted == 0)
    try store.connection.execute("PRAGMA writable_schema = ON")
    #expect(throws: StoreError.self) {
      try store.connection.execute("UPDATE sqlite_schema SET sql = '' WHERE name = 'jobs_moved'")
    }
  }

  // MARK: - Names

  @Test func `FAULT 75: a queue with a second name is refused until that is removed`() throws {
    do { try open().add("job", at: clock.now()) }
    let second = directory.file("second.db")
    try FileManager.default.linkItem(atPath: path, toPath: second)
    for name in [path, second] {
      let error = #expect(throws: StoreError.self) {
        _ = try SQLiteJobStore.open(name, creating: true)
      }
      #expect(error?.message.contains("\(name) has 2 names (hard links)") == true)
    }
    #expect(try !names().contains("second.db-wal"))
    unlink(second)
    #expect(try open().summary().count(.pending) == 1)
  }

  @Test
  func `FAULT 75: the draft of a killed creator is not a second name`()
    throws
  {
    do { try open().add("job", at: clock.now()) }
    let draft = "\(path).new-4711-42"
    try FileManager.default.linkItem(atPath: path, toPath: draft)
    #expect(try open().summary().count(.pending) == 1)
    #expect(try !names().contains("queue.db.new-4711-42"))
  }

  // MARK: - Drafts

  @Test func `FAULT 78: only drafts of dead creators are removed`() throws {
    let mine = try Draft(of: path)
    let kept = [
      "queue.db.new-12-34.txt": "", "queue.db.new-x-34": "", "queue.db.new-12-35": "a letter",
    ]
    for (name, text) in kept { try Data(text.utf8).write(to: URL(filePath: directory.file(name))) }
    let gone = ["queue.db.new-12-34", "backup.db.new-99-7", "backup.db.new-99-7-journal"]
    for name in gone { try Data().write(to: URL(filePath: directory.file(name))) }
    #expect(Draft.abandoned(beside: path).count == 2)
    _ = try open()
    let left = try names()
    #expect(left.isDisjoint(with: gone), "\(left)")
    #expect(left.isSuperset(of: kept.keys), "\(left)")
    #expect(left.contains(URL(filePath: mine.path).lastPathComponent), "its maker is alive")
    mine.discard()
  }

  // MARK: - Failing checks

  @Test func `FAULT 72: a failed check doesn't prove that the file has moved`() throws {
    let store = try open()
    try #require(FailingLooks.isSet)
    FailingLooks.at(path) {
      #expect(!store.hasMoved())
    }
    try FileManager.default.moveItem(atPath: path, toPath: path + ".aside")
    #expect(store.hasMoved())
  }

  // MARK: - Syncs

  @Test func `FAULT 74: a failure during the handling of another isn't lost`() throws {
    let mark = SyncMark(beside: path)
    #expect(!mark.isLeft)
    mark.leave()
    let seen = mark.failures
    mark.leave()
    mark.remove(after: seen)
    #expect(mark.isLeft)
    mark.remove(after: mark.failures)
    #expect(!mark.isLeft)
  }

  @Test func `FAULT 74: after a failed sync the WAL is rewritten before the next reply`()
    throws
  {
    let store = try open()
    for number in 1...5 { try store.add("job\(number)", at: clock.now()) }
    let before = store.connection.logSalt
    SyncMark(beside: path).leave()
    let doctor = try store.findings(thorough: false)
    #expect(doctor.contains { $0.subject == "syncs" && $0.verdict == .problem })
    try store.add("next", at: clock.now())
    #expect(store.connection.logSalt != before)
    #expect(!SyncMark(beside: path).isLeft)
    #expect(try store.summary().count(.pending) == 6)
  }

  @Test func `FAULT 74: nothing is acknowledged while a reader keeps the WAL from restarting`()
    throws
  {
    let store = try open()
    store.busyTimeout = .whileRunning
    try store.add("first", at: clock.now())
    let reader = try Connection(path: path)
    try reader.execute("BEGIN; SELECT * FROM jobs")
    try store.add("second", at: clock.now())
    SyncMark(beside: path).leave()
    #expect(try refusal { try store.add("third", at: clock.now()) }.code == .undurable)
    #expect(SyncMark(beside: path).isLeft)
    try reader.execute("COMMIT")
    try store.add("fourth", at: clock.now())
    #expect(!SyncMark(beside: path).isLeft)
  }
}

/// Makes SQLite's checks of a file fail.
private enum FailingLooks {
  private typealias Call =
    @convention(c) (UnsafePointer<CChar>?, UnsafeMutablePointer<stat>?) -> CInt

  private static let failing = Mutex<Set<String>>([])

  private static let own: Call? = {
    guard let layer = sqlite3_vfs_find(nil),
      let call = layer.pointee.xGetSystemCall(layer, "stat")
    else { return nil }
    return unsafeBitCast(call, to: Call.self)
  }()

  /// Whether that is possible, from the first call on.
  static let isSet: Bool = {
    guard own != nil, let layer = sqlite3_vfs_find(nil) else { return false }
    let call: Call = { path, status in
      let file = path.map { String(cString: $0) } ?? ""
      guard !FailingLooks.failing.withLock({ $0.contains(file) }) else {
        errno = EIO
        return -1
      }
      return FailingLooks.own?(path, status) ?? -1
    }
    let pointer = unsafeBitCast(call, to: sqlite3_syscall_ptr.self)
    return layer.pointee.xSetSystemCall(layer, "stat", pointer) == SQLITE_OK
  }()

  static func at(_ path: String, _ body: () -> Void) {
    _ = failing.withLock { $0.insert(path) }
    body()
    _ = failing.withLock { $0.remove(path) }
  }
}
