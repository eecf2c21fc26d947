import Foundation
import Testing

extension EndToEnd {
  /// How a user, and whatever monitors the queue, learn that a schedule doesn't do its work:
  /// `schedule check`, `schedule list`, `explain`, `status`, `doctor` and `top`.
  @Suite struct CheckingSchedules {
    let queue = TestQueue.current

    private func check(_ arguments: String...) async throws -> Finished {
      try await queue.run(["schedule", "check"] + arguments)
    }

    private func move(_ name: String, by seconds: Int) async throws {
      try await queue.sqlite(
        queue.database,
        "UPDATE schedules SET next_at = next_at + \(seconds)000 WHERE name = '\(name)'")
    }

    @Test func `FAULT 91: a run that hangs is named by check, list, explain, show, status and top`()
      async throws
    {
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers("--count", "2")
      try await queue.succeed("schedule", "add", "sync", "--every", "1s", held.command)
      let id = try await held.nextStart().id
      // It is skipped from now on; the fifth skipped time comes with the fifth tick of a second
      // schedule, whose jobs end.
      let ticks = try HeldJobs(queue, "ticks")
      try await queue.succeed(
        "schedule", "add", "tick", "--every", "1s", "--overlap", "allow", ticks.announcement)
      for _ in 1...6 { _ = try await ticks.nextStart() }

      let checked = try await check()
      #expect(checked.status == 3 && checked.output == "", "\(checked)")
      let line = try #require(checked.errors.split(separator: "\n").first)
      #expect(line.hasPrefix("queuectl: sync: the last "), "\(checked)")
      #expect(
        line.hasSuffix(
          "times were skipped, because its job \(id) is running: "
            + "\"queuectl explain \(id)\""), "\(checked)")
      let json = try JSON.objects((try await check("sync", "--json")).output)
      let faults = try #require(json.first?["faults"] as? [[String: Any]])
      #expect(faults.map { $0["reason"] as? String } == ["skipping"], "\(json)")
      #expect((try await check("tick")).status == 0)

      let list = try await queue.succeed("schedule", "list", "--problems")
      #expect(list.contains(": \(id) is unfinished") && !list.contains("tick"), "\(list)")
      for command in [["explain", "sync"], ["schedule", "show", "sync"]] {
        let text = try await queue.run(command)
        #expect(text.output.contains("skipped, because its job \(id) is running"), "\(text)")
      }
      #expect(try await queue.succeed("status").contains("\nschedules: 2 (1 skipping)\n"))
      let explained = try await queue.succeed("explain", id)
      #expect(explained.contains("\n  enqueued by the schedule sync, for 20"), "\(explained)")

      try await queue.succeed("schedule", "pause", "--all")
      #expect((try await check()).status == 0)
      let named = try await check("sync")
      #expect(named.status == 3 && named.errors.contains("sync: paused since "), "\(named)")
      held.release()
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
    }

    @Test(.needsSqlite) func `a schedule that is late is named with the reason`() async throws {
      try await queue.succeed("schedule", "add", "sync", "--every", "1h", "true")
      #expect((try await check()).status == 0)
      try await move("sync", by: -3600 - 7200)
      let checked = try await check()
      #expect(checked.status == 3, "\(checked)")
      #expect(
        checked.errors
          == "queuectl: sync: late by 2h00m: no worker runs: \"queuectl worker start\"\n"
      )
      let list = try await queue.run("schedule", "list")
      #expect(list.output.contains("LATE 2h00m") && list.errors == checked.errors, "\(list)")
      #expect(try await queue.succeed("status").contains("\nschedules: 1 (1 late)\n"))
      let doctor = try await queue.run("doctor")
      #expect(
        doctor.status == 1
          && doctor.output.contains("problem  schedules: sync: late by 2h00m: no worker runs"),
        "\(doctor)")
      let status = try JSON.object(try await queue.succeed("status", "--json"))
      let counts = try #require(status["schedules"] as? [String: Any])
      #expect(counts["late"] as? Int == 1 && counts["longest_delay"] as? Double ?? 0 >= 7200)
    }

    @Test(.needsSqlite) func `top's alarms know schedules that are late, and that fail`()
      async throws
    {
      try await queue.succeed("schedule", "add", "sync", "--every", "1h", "true")
      func top(_ condition: String) async throws -> Finished {
        try await queue.run("top", "--once", "--json", "--fail-if", condition)
      }
      for condition in ["late>10m", "late>0", "failing>0"] {
        #expect(try await top(condition).status == 0)
      }
      try await move("sync", by: -3600 - 7200)
      let late = try await top("late>10m")
      #expect(late.status == 3 && late.errors.contains("late>10m: late is 2h"), "\(late)")
      #expect(try await top("late>3h").status == 0)
      try await queue.sqlite(queue.database, "UPDATE schedules SET failures_in_row = 2")
      let failing = try await top("failing>0")
      #expect(
        failing.status == 3 && failing.errors == "queuectl: failing>0: failing is 1\n",
        "\(failing)")
      #expect(try await top("failing>10m").status == 64)
    }

    @Test(.needsSqlite) func `a zone that is missing here is named`() async throws {
      try await queue.succeed(
        "schedule", "add", "nightly", "--cron", "@daily", "--tz", "Asia/Tokyo", "--timeout", "1h",
        "true")
      let healthy = try await queue.run("doctor")
      #expect(healthy.output.contains("zones: "), "\(healthy)")
      try await move("nightly", by: -10 * 86_400)
      let empty = ["TZDIR": queue.file("nowhere")]
      let checked = try await queue.run("schedule", "check", adding: empty)
      #expect(
        checked.status == 3
          && checked.errors.contains(
            "its time zone: zone \"Asia/Tokyo\" is unknown: this machine has no zone files"),
        "\(checked)")
      #expect(
        try await queue.run("schedule", "list", adding: empty).output.contains("NO ZONE"))
      let doctor = try await queue.run("doctor", adding: empty)
      #expect(
        doctor.status == 1 && doctor.output.contains("problem  zones: zone \"Asia/Tokyo\" is "),
        "\(doctor)")
    }

    @Test(.needsSqlite) func `a success that is too long ago is a fault`() async throws {
      try await queue.succeed("schedule", "add", "a", "--every", "1s", "true")
      let workers = try await queue.startWorkers()
      try await workers.line(containing: " completed in ")
      try await queue.succeed("schedule", "pause", "a")
      try await queue.succeed("schedule", "edit", "a", "--every", "1d")
      try await queue.succeed("schedule", "resume", "a")
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
      #expect((try await check("--within", "26h")).status == 0)
      try await queue.sqlite(
        queue.database, "UPDATE schedules SET succeeded_at = succeeded_at - 31 * 3600000")
      let old = try await check("--within", "26h")
      #expect(
        old.status == 3 && old.errors.hasPrefix("queuectl: a: no recent success: the last was ")
          && old.errors.contains(", 1d7h ago"), "\(old)")
      #expect((try await check()).status == 0)
    }

    @Test func `without a queue, and for a name that is unknown, a monitor gets an error`()
      async throws
    {
      let missing = try await check()
      #expect(missing.status == 1 && missing.errors.contains("no queue at"), "\(missing)")
      try await queue.succeed("schedule", "add", "nightly", "--every", "1d", "true")
      let unknown = try await check("nighlty")
      #expect(
        unknown.status == 1 && unknown.errors.contains("did you mean \"nightly\"?"), "\(unknown)")
      for value in ["0", "soon", "-1"] {
        let refused = try await check("--within", value)
        #expect(refused.status == 64 && refused.errors.contains("--within "), "\(refused)")
      }
    }

    @Test func `explain tells of a schedule why nothing comes`() async throws {
      try await queue.succeed("schedule", "add", "sync", "--every", "1h", "--queue", "q", "true")
      try await queue.succeed("queue", "pause", "q")
      let text = try await queue.run("explain", "sync").lines
      #expect(text.first?.hasPrefix("sync is a schedule: every 1h; next: in ") == true, "\(text)")
      #expect(
        Array(text.dropFirst()) == [
          "  no worker runs", "    $ queuectl worker start",
          "  its queue \"q\" is paused: its jobs wait", "    $ queuectl queue resume q",
        ])
      let json = try JSON.object(try await queue.succeed("explain", "sync", "--json"))
      #expect(Set(json.keys) == ["name", "next_at", "reasons"])
      let reasons = try #require(json["reasons"] as? [[String: Any]])
      #expect(reasons.map { $0["reason"] as? String } == ["no_worker", "queue_paused"])
      // A job of that name comes first.
      try await queue.succeed("enqueue", "--id", "sync", "true")
      #expect(try await queue.succeed("explain", "sync").hasPrefix("sync is pending\n"))
      #expect(try await queue.run("explain", "nosuch").status == 1)
    }
  }
}
