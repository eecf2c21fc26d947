import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// The WAL contains every collected commit whole, and nothing that was rolled back.
@Suite struct GatheringCommits {
  private let directory: TemporaryDirectory
  private let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("queue.db")
    _ = try SQLiteJobStore.open(path, creating: true)
    try open().execute("CREATE TABLE rows (number INTEGER, filling BLOB)")
  }

  private func open() throws -> Connection {
    let connection = try Connection(path: path)
    try connection.deferSyncs()
    return connection
  }

  /// One page each.
  private func insert(_ numbers: Range<Int>, with connection: Connection) throws(StoreError) {
    for number in numbers {
      try connection.run("INSERT INTO rows VALUES (?, zeroblob(1500))", number)
    }
  }

  /// As after a crash of all processes: the WAL's content is found by its checksums.
  private func numbers() throws -> [Int] {
    let copy = directory.file("copy.db")
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
    }
    let connection = try Connection(path: copy)
    let problems = try connection.all("PRAGMA integrity_check") { row in row.text(0) }
    #expect(problems == ["ok"])
    return try connection.all("SELECT number FROM rows ORDER BY rowid") { row in row.int(0) }
  }

  @Test func `a commit larger than the buffer is stored whole`() throws {
    let connection = try open()
    try connection.transaction { () throws(StoreError) in
      try insert(0..<500, with: connection)
    }
    #expect(try numbers() == Array(0..<500))
  }

  @Test func `a page written before the commit is rewritten by it`() throws {
    let connection = try open()
    try connection.execute("PRAGMA cache_size = 10")
    try connection.transaction { () throws(StoreError) in
      try insert(0..<100, with: connection)
      try connection.run("UPDATE rows SET number = number + 1000")
      try connection.run("UPDATE rows SET number = number + 1000")
    }
    #expect(try numbers() == Array(2000..<2100))
  }

  @Test(arguments: 1...20)
  func `after any writes and rollbacks, a crash leaves exactly the commits`(seed: Int) throws {
    var chance = SeededGenerator(seed: UInt64(seed))
    let connections = [try open(), try open()]
    for connection in connections {
      try connection.execute("PRAGMA cache_size = \([10, 30, 2000].randomElement(using: &chance)!)")
    }
    var committed: [Int] = []
    for _ in 0..<20 {
      let connection = connections.randomElement(using: &chance)!
      let isTakenBack = Int.random(in: 0..<3, using: &chance) == 0
      // After a checkpoint the WAL restarts.
      if Int.random(in: 0..<5, using: &chance) == 0 { connection.checkpointPassively() }
      var rows = committed
      do throws(StoreError) {
        try connection.transaction { () throws(StoreError) in
          for _ in 0..<Int.random(in: 1...4, using: &chance) {
            if Bool.random(using: &chance) {
              let numbers = rows.count..<rows.count + Int.random(in: 1...120, using: &chance)
              try insert(numbers, with: connection)
              rows += numbers
            } else {
              try connection.run("UPDATE rows SET number = number + 1")
              rows = rows.map { $0 + 1 }
            }
          }
          if isTakenBack { throw StoreError(.other, "no") }
        }
        committed = rows
      } catch {
        #expect(isTakenBack && error.message == "no", "\(error)")
      }
    }
    #expect(try numbers() == committed)
  }
}
