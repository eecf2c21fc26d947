import Foundation
import Testing

extension EndToEnd {
  /// Damaged database files: never read as empty, never overwritten, restored from a backup.
  @Suite(.needsSqlite)
  struct DamagedFiles {
    let queue = TestQueue.current
    private static let count = 2000

    enum Damage: String, CaseIterable {
      case header = "isn't an SQLite database"
      case pages = "is damaged"
      case end = "is damaged "
    }

    @Test(arguments: Damage.allCases)
    func `FAULT 63: a damaged queue is refused and unchanged, and a backup restores it`(
      damage: Damage
    ) async throws {
      try await fill()
      try await queue.succeed("backup", queue.file("backup.db"))
      // The pages that every access to jobs reads.
      let roots = try await queue.sqlite(
        queue.database,
        "SELECT rootpage FROM sqlite_schema WHERE name IN ('jobs', 'job_details', 'jobs_ready')"
      ).compactMap { UInt64($0) }
      try #require(roots.count == 3)
      let size = try #require(
        UInt64(try await queue.sqlite(queue.database, "PRAGMA page_size").joined()))
      // Checkpoint into the database file, which is then damaged.
      try await queue.sqlite(queue.database, "PRAGMA wal_checkpoint(TRUNCATE)")
      for suffix in ["-wal", "-shm"] { unlink(queue.database + suffix) }
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: queue.database))
      switch damage {
      case .header:
        try file.write(contentsOf: Data(repeating: 0x21, count: 100))
      case .pages:
        for page in roots {
          try file.seek(toOffset: (page - 1) * size)
          try file.write(contentsOf: Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37) }))
        }
      case .end: try file.truncate(atOffset: 40_000)
      }
      try file.close()
      let before = try FileContents.read(queue.database)

      let reason = damage.rawValue.trimmingCharacters(in: .whitespaces)
      for command in [["list", "--json"], ["enqueue", "true"], ["doctor", "--thorough"]] {
        let result = try await queue.run(command)
        #expect(result.status == 1, "\(result)")
        let text = result.errors + result.output
        #expect(text.contains(queue.database) || text.contains("damage"), "\(result)")
        if command[0] != "doctor" { #expect(text.contains(reason), "\(result)") }
        #expect(try FileContents.read(queue.database) == before, "\(command) changed the file")
      }
      let backup = try await queue.run("backup", queue.file("second.db"))
      #expect(backup.status == 1, "\(backup)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("second.db")))

      for suffix in ["", "-wal", "-shm"] { unlink(queue.database + suffix) }
      try FileManager.default.moveItem(atPath: queue.file("backup.db"), toPath: queue.database)
      #expect(try await queue.counts()["pending"] == Self.count)
      try await queue.succeed("doctor", "--thorough")
    }

    @Test func `FAULT 63: of a truncated WAL, every whole commit is kept`() async throws {
      try await fill()
      try await queue.sqlite(queue.database, "PRAGMA wal_checkpoint(TRUNCATE)")
      for number in 1...5 { try await queue.succeed("enqueue", "--id", "late\(number)", "true") }
      unlink(queue.database + "-shm")
      let log = queue.database + "-wal"
      let size = try FileContents.read(log).count
      truncate(log, off_t(size - 2000))
      let ids = Set(try await queue.jobs().map(\.id))
      #expect(ids.count >= Self.count)
      #expect(ids.contains("j1") && ids.contains("late1"))
      try await queue.succeed("doctor", "--thorough")
      try await queue.succeed("enqueue", "--id", "again", "true")
      #expect(try await queue.jobs().count == ids.count + 1)
    }

    @Test(arguments: [[], ["--now"]])
    func `FAULT 63: workers of a damaged queue are named, and stop`(flags: [String]) async throws {
      let workers = try await queue.startWorkers("--count", "2")
      for path in [queue.database, queue.database + "-wal"] {
        let size = try FileContents.read(path).count
        // In place, as cp does.
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.write(contentsOf: Data(repeating: 0x21, count: size))
        try file.close()
      }
      let list = try await queue.run("worker", "list")
      #expect(list.status == 1, "\(list)")
      #expect(list.errors.contains("supervisor \(workers.pid) on "), "\(list)")
      let stop = try await queue.run(["worker", "stop"] + flags)
      #expect(stop.status == 0 && stop.output == "1 supervisor stopped\n", "\(stop)")
      #expect(stop.errors.contains("stopping by signals: supervisor \(workers.pid)"), "\(stop)")
      try await workers.exit()
      let none = try await queue.run("worker", "stop")
      #expect(none.status == 1 && none.errors.contains("isn't an SQLite database"), "\(none)")
    }

    private func fill() async throws {
      try await queue.succeed(
        "enqueue", "-",
        input: (1...Self.count).map { #"{"id":"j\#($0)","command":"true # \#($0)"}"# }
          .joined(separator: "\n") + "\n")
    }
  }
}
