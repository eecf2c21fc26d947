import CSQLite
import Foundation
import QueueCore
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueStoreSQLite

/// A storing command waits for the WAL's sync, and no other.
@Suite(.serialized) struct `Syncing directories` {
  let directory: TemporaryDirectory
  let clock = ManualClock()
  private var path: String { directory.file("queue.db") }

  init() throws {
    directory = try TemporaryDirectory()
    try #require(DirectoryWatch.isSet)
  }

  private func add(_ id: String) throws {
    let store = try #require(try SQLiteJobStore.open(path, creating: true))
    try store.add(id, at: clock.now())
  }

  private var syncs: Int { DirectoryWatch.openings(beside: path) }

  @Test func `only the creator of the WAL syncs its directory`() throws {
    try add("a")
    let first = syncs
    #expect(first > 0)
    try add("b")
    try add("c")
    #expect(syncs == first)
  }

  @Test func `a removed WAL is created again, and its name synced`() throws {
    try add("a")
    let first = syncs
    // As another program does when it closes the last connection.
    let other = try Connection(path: path)
    try other.execute("PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL")
    unlink(path + "-wal")
    try add("b")
    #expect(syncs > first)
  }
}

/// Counts the directories that SQLite opens, because it opens them to sync them.
private enum DirectoryWatch {
  private typealias Call =
    @convention(c) (UnsafePointer<CChar>?, UnsafeMutablePointer<CInt>?)
    -> CInt

  private static let paths = Mutex<[String: Int]>([:])

  private static let own: Call? = {
    guard let layer = sqlite3_vfs_find(nil),
      let call = layer.pointee.xGetSystemCall(layer, "openDirectory")
    else { return nil }
    return unsafeBitCast(call, to: Call.self)
  }()

  /// Whether they are counted, from the first call on.
  static let isSet: Bool = {
    guard own != nil, let layer = sqlite3_vfs_find(nil) else { return false }
    let counting: Call = { path, descriptor in
      let file = path.map { String(cString: $0) } ?? ""
      DirectoryWatch.paths.withLock { $0[DirectoryWatch.parent(of: file), default: 0] += 1 }
      return DirectoryWatch.own?(path, descriptor) ?? SQLITE_CANTOPEN
    }
    let call = unsafeBitCast(counting, to: sqlite3_syscall_ptr.self)
    return layer.pointee.xSetSystemCall(layer, "openDirectory", call) == SQLITE_OK
  }()

  /// How often that file's directory was opened.
  static func openings(beside file: String) -> Int {
    paths.withLock { $0[parent(of: file)] ?? 0 }
  }

  private static func parent(of file: String) -> String {
    URL(filePath: file).deletingLastPathComponent().resolvingSymlinksInPath().path
  }
}
