import Foundation
import Testing

extension EndToEnd {
  /// File names and rows with numbers that queuectl never writes; they are checked when read.
  @Suite struct NumbersOutOfRange {
    let queue = TestQueue.current

    @Test
    func `FAULT 76: invalid names in the queue's directory are skipped, and doctor reports them`()
      async throws
    {
      try await queue.succeed("enqueue", "--id", "job", "true")
      try await queue.drain()
      let names = [
        "logs/1795944000000000000", "logs/9223372036854775807", "logs/-1", "logs/007", "logs/+1",
        "logs/0/99999999999999999999.log", "logs/0/-5.log",
        "workers/99999999999999999999-1.lock", "workers/-1-5.lock", "workers/x.lock",
      ]
      for name in names {
        try FileManager.default.createDirectory(
          atPath: "\(queue.database).d/\(name)", withIntermediateDirectories: true)
      }
      let doctor = try await queue.run("doctor")
      #expect(doctor.status == 0, "\(doctor)")
      #expect(
        doctor.output.contains("don't belong to queuectl, such as \(queue.database).d/"),
        "\(doctor)")
      try await queue.succeed("enqueue", "--id", "next", "true")
      try await queue.drain()
      #expect(try await queue.job("next").state == "completed")
    }

    /// Each column in turn, with a different number in each row.
    @Test(.needsSqlite)
    func `FAULT 76: no number in a row makes a command trap`() async throws {
      try await prepare()
      let columns = try await queue.sqlite(
        queue.database,
        """
        SELECT m.name || '.' || c.name || '.' || c.type FROM sqlite_schema m
        JOIN pragma_table_info(m.name) c
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND c.type IN ('INTEGER', 'REAL')
        """)
      try #require(columns.count > 40)
      // A long run tries all of them.
      let tried = columns.shuffled().prefix(Torture.isOn ? columns.count : 8)
      try await queue.sqlite(queue.database, "PRAGMA wal_checkpoint(TRUNCATE)")
      var script = ""
      for column in tried {
        let parts = column.split(separator: ".")
        let (table, name) = (parts[0], parts[1])
        let isKey = name == "seq" || name == "id" || parts[2] == "REAL"
        let numbers =
          isKey
          ? "WHEN 0 THEN 9e300 WHEN 1 THEN -9e300 WHEN 2 THEN 0 ELSE -1"
          : "WHEN 0 THEN 9223372036854775807 WHEN 1 THEN -9223372036854775807 - 1 WHEN 2 THEN 0 "
            + "ELSE -1"
        let sql =
          isKey && parts[2] != "REAL"
          ? "UPDATE \(table) SET \(name) = 9223372036854775807 - rowid % 100"
          : "UPDATE \(table) SET \(name) = CASE row % 4 \(numbers) END FROM (SELECT rowid AS r, "
            + "row_number() OVER () AS row FROM \(table)) WHERE r = rowid"
        script += "try '\(column)' \"\(sql)\"\n"
      }
      let result = try await queue.shell(Self.trying + script, atMost: .seconds(300))
      #expect(result.status == 0 && result.output == "", "\(result)")
    }

    /// Runs every reading command on a copy of the queue, and prints those that died by a signal.
    private static let trying = """
      try() {
        rm -f copy.db* && cp "$QUEUECTL_DB" copy.db
        sqlite3 copy.db "PRAGMA ignore_check_constraints = ON; $2" 2>/dev/null
        for command in 'list --json' 'list --sort runtime' 'show flaky --json' status stats \\
          'queue list' 'worker list' 'explain waiting' export doctor 'top --once' \\
          'retry flaky dead' 'cancel scheduled waiting' 'worker start --drain'; do
          timeout 20 queuectl $command --db copy.db >/dev/null 2>err </dev/null
          status=$?
          if [ $status -gt 127 ]; then echo "$1: $command: $status: $(head -n 2 err)"; fi
        done
      }

      """

    private func prepare() async throws {
      try await queue.succeed("enqueue", "--id", "done", "true")
      try await queue.succeed("enqueue", "--id", "dead", "--max-retries", "0", "false")
      try await queue.succeed("enqueue", "--id", "flaky", "false")
      try await queue.succeed("enqueue", "--id", "cancelled", "--delay", "1h", "true")
      try await queue.succeed("cancel", "cancelled")
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "busy", held.command)
      let worker = try await queue.startWorkers()
      _ = try await held.nextStart()
      try await queue.succeed("enqueue", "--id", "scheduled", "--delay", "1h", "true")
      try await queue.succeed("enqueue", "--id", "waiting", "--after", "scheduled", "true")
      try await queue.succeed("queue", "limit", "other", "3")
      // In this copy the worker still has its job.
      try await queue.sqlite(
        queue.database, "PRAGMA wal_checkpoint(TRUNCATE); VACUUM INTO '\(queue.file("kept.db"))'")
      held.release()
      worker.signal(SIGTERM)
      #expect(try await worker.exit() == 0)
      for suffix in ["", "-wal", "-shm"] { unlink(queue.database + suffix) }
      try FileManager.default.moveItem(atPath: queue.file("kept.db"), toPath: queue.database)
      try await queue.sqlite(
        queue.database,
        "UPDATE job_details SET command = 'true'; PRAGMA journal_mode = WAL")
    }
  }
}
