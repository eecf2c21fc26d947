import Foundation
import Testing

extension EndToEnd {
  /// Schedules in `export`, `import` and `backup`.
  @Suite struct CopyingSchedules {
    let queue = TestQueue.current

    private var other: [String: String?] { ["QUEUECTL_DB": queue.file("other/queue.db")] }

    private func schedules(_ adding: [String: String?] = [:]) async throws -> [[String: Any]] {
      try JSON.objects(try await queue.succeed("schedule", "list", "--json", adding: adding))
    }

    /// The nightly schedule is due in about twelve hours, so no time of it passes meanwhile.
    private func fill() async throws {
      let hour = (Int(Date().timeIntervalSince1970) / 3600 + 13) % 24
      try await queue.succeed("enqueue", "--id", "job", "true")
      try await queue.succeed(
        "schedule", "add", "nightly", "--cron", "30 \(hour) * * *", "--tz", "Europe/Berlin",
        "--timeout",
        "2h", "--env", "A=ü", "--overlap", "queue", "--spread", "1m", "--", "echo", "a b")
      try await queue.succeed("schedule", "add", "sync", "--every", "15m", "true")
    }

    @Test func `FAULT 94: imported schedules are paused, and go on after now when resumed`()
      async throws
    {
      try await fill()
      let text = try await queue.succeed("export")
      let imported = try await queue.run("import", "-", input: text, adding: other)
      #expect(imported.output == "imported 1 job and 2 schedules\n", "\(imported)")
      #expect(
        imported.errors
          == "queuectl: unfinished jobs run here, too: stop the old queue's workers first\n"
          + "queuectl: 2 schedules imported paused: once the old queue's workers are "
          + "stopped, \"queuectl schedule resume --all\"\n")
      for schedule in try await schedules(other) { #expect(schedule["paused_at"] is String) }
      // Nothing comes of them, even if workers run.
      try await queue.succeed("worker", "start", "--drain", adding: other)
      #expect(try await queue.counts()["pending"] == 1, "the old queue isn't touched")
      let resumed = try await queue.succeed("schedule", "resume", "--all", adding: other)
      #expect(resumed.split(separator: "\n").allSatisfy { $0.contains(": next ") }, "\(resumed)")
      let definition = ["name", "cron", "every", "zone", "overlap", "anchor", "spread", "job"]
      for (old, new) in zip(try await schedules(), try await schedules(other)) {
        for field in definition {
          #expect(old[field] as? NSObject == new[field] as? NSObject, "\(field)")
        }
      }
      #expect(
        try await queue.succeed("export", adding: other).split(separator: "\n").dropFirst()
          == text.split(separator: "\n").dropFirst())
    }

    @Test func `with --resume they go on at once, but for those that were paused`() async throws {
      try await fill()
      try await queue.succeed("schedule", "pause", "sync")
      let text = try await queue.succeed("export")
      let imported = try await queue.run("import", "--resume", "-", input: text, adding: other)
      #expect(imported.status == 0 && imported.errors == "", "\(imported)")
      let paused = try await schedules(other).map { $0["paused_at"] is String }
      #expect(paused == [false, true])
    }

    @Test func `what is here already, and what is wrong, is told by its line`() async throws {
      try await fill()
      let text = try await queue.succeed("export")
      let again = try await queue.run(
        "import", "-",
        input: text.split(separator: "\n")
          .dropFirst().joined(separator: "\n"))
      #expect(
        again.status == 1
          && again.errors.contains(
            "line 1: schedule \"nightly\" already exists: pass --if-absent; nothing was imported"),
        "\(again)")
      let skipped = try await queue.run("import", "--if-absent", "-", input: text)
      #expect(
        skipped.status == 0 && skipped.errors.contains("3 skipped: already in this queue"),
        "\(skipped)")
      for (line, problem) in [
        (#"{"name":"x","every":"0","job":{"command":"true"}}"#, "every must be whole seconds"),
        (#"{"name":"x","cron":"@daily","zone":"A/B","job":{"command":"true"}}"#, "zone \"A/B\""),
        (#"{"name":"x","cron":"@daily","job":{"command":"true","id":"y"}}"#, "id can't be given"),
        (#"{"name":"x","cron":"@daily"}"#, "job is missing"),
        (#"{"name":"x","cron":"@daily","nice":1,"job":{"command":"true"}}"#, "\"nice\""),
      ] {
        let jobs = String(text.split(separator: "\n")[0]).replacing("\"job\",", with: "\"new\",")
        let result = try await queue.run("import", "-", input: "\(jobs)\n\(line)\n", adding: other)
        #expect(
          result.status == 64 && result.errors.contains("line 2: ")
            && result.errors.contains(problem) && result.errors.contains("nothing was imported"),
          "\(result)")
      }
      #expect(try await schedules(other).isEmpty)
      #expect(try await queue.succeed("export", adding: other) == "")
      let ended = #"{"name":"x","every":"1h","until":"2020-01-01T00:00:00Z","job":{"command":"a"}}"#
      let left = try await queue.run("import", "-", input: ended, adding: other)
      #expect(
        left.output == "imported 0 jobs\n"
          && left.errors == "queuectl: x is skipped: it is never due after now\n", "\(left)")
    }

    @Test(.needsSqlite)
    func `FAULT 94: a queue that is moved while schedules are due goes on where it is`()
      async throws
    {
      try await fill()
      try await queue.sqlite(
        queue.database, "UPDATE schedules SET next_at = next_at - 1814400000")
      let place = URL(fileURLWithPath: queue.database).deletingLastPathComponent().path
      try FileManager.default.moveItem(atPath: place, toPath: queue.file("moved"))
      let moved: [String: String?] = ["QUEUECTL_DB": queue.file("moved/queue.db")]
      for _ in 1...2 { try await queue.succeed("worker", "start", "--drain", adding: moved) }
      let found = try await schedules(moved)
      #expect(found.allSatisfy { $0["enqueued"] as? Int == 1 }, "\(found)")
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    @Test(.needsSqlite)
    func `FAULT 94: a restored backup goes on, with one job for all that passed`() async throws {
      try await fill()
      let copy = queue.file("copy.db")
      try await queue.succeed("backup", copy)
      let restored: [String: String?] = ["QUEUECTL_DB": copy]
      #expect(try await schedules(restored) as NSArray == schedules() as NSArray)
      // Restored weeks later.
      try await queue.sqlite(copy, "UPDATE schedules SET next_at = next_at - 1814400000")
      try await queue.succeed("worker", "start", "--drain", adding: restored)
      let jobs = try JSON.objects(try await queue.succeed("list", "--json", adding: restored))
      let origins = jobs.compactMap { $0["schedule"] as? String }.sorted()
      #expect(origins == ["nightly", "sync"], "\(origins)")
      let found = try await schedules(restored)
      #expect(found.allSatisfy { $0["enqueued"] as? Int == 1 }, "\(found)")
      // Three weeks of nights, but for the one of its job.
      let missed = try #require(found.first?["missed_count"] as? Int)
      #expect((19...21).contains(missed))
    }
  }
}
