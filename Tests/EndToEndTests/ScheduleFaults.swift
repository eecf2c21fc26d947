import Foundation
import Testing

extension EndToEnd {
  /// Faults of schedules that need the whole program; others are beside their commands.
  @Suite struct ScheduleFaults {
    let queue = TestQueue.current

    /// Runs until it is told to end, and leaves a mark if another run of it is alive.
    private static let script = """
      #!/bin/sh
      mkdir alive 2>/dev/null || echo >> overlaps
      trap 'rmdir alive 2>/dev/null; exit 0' TERM
      echo >> starts
      read _ < "$1" &
      wait
      """

    @Test(arguments: ["skip", "queue", "replace", "allow"])
    func `FAULT 88: jobs that take longer than the interval overlap as the policy says`(
      policy: String
    ) async throws {
      try queue.write(Self.script, to: "run")
      let gate = try HeldJobs(queue, "long")
      let ticks = try HeldJobs(queue, "ticks")
      let workers = try await queue.startWorkers("--count", "3", "--queue", "default")
      let ticker = try await queue.startWorkers("--queue", "ticks")
      try await queue.succeed(
        "schedule", "add", "long", "--every", "1s", "--overlap", policy, "--timeout", "1h",
        "sh run '\(gate.gatePath)'")
      try await queue.succeed(
        "schedule", "add", "tick", "--every", "1s", "--overlap", "allow", "--queue", "ticks",
        ticks.announcement)
      for _ in 1...(Torture.isOn ? 60 : 6) { _ = try await ticks.nextStart() }
      try await queue.succeed("schedule", "pause", "--all")
      let jobs = try await queue.jobs("--schedule", "long", "--limit", "0")
      let unfinished = jobs.filter { ["pending", "processing", "failed"].contains($0.state) }
      let schedules = try JSON.objects(try await queue.succeed("schedule", "list", "--json"))
      let long = try #require(schedules.first { $0["name"] as? String == "long" })
      let skipped = try #require(long["skipped"] as? Int)
      #expect(long["enqueued"] as? Int == jobs.count)
      let overlapped = FileManager.default.fileExists(atPath: queue.file("overlaps"))
      switch policy {
      case "skip":
        #expect(jobs.count == 1 && skipped >= 3 && !overlapped, "\(jobs)")
      case "queue":
        #expect(jobs.count == 2 && skipped >= 2 && !overlapped, "\(jobs)")
        #expect(Set(jobs.map(\.state)) == ["pending", "processing"])
      case "replace":
        #expect(jobs.count >= 4 && skipped == 0 && !overlapped, "\(jobs)")
        #expect(unfinished.count <= 2 && jobs.contains { $0.state == "cancelled" }, "\(jobs)")
      default:
        #expect(jobs.count >= 4 && unfinished.count == jobs.count && overlapped, "\(jobs)")
      }
      try await queue.succeed("worker", "stop", "--now")
      #expect(try await workers.exit() == 0)
      #expect(try await ticker.exit() == 0)
    }

    /// Values of flags, each with what is to be said of it.
    private static let hostile: [([String], String)] = {
      let long = String(repeating: "x", count: 10_000)
      let cron = ["a", "--cron", "@daily", "--tz", "UTC", "true"]
      let names = [
        "", "a b", "a/b", "../a", "a\nb", "a\u{7}b", "\u{202E}a", "a\u{200B}", long, "\u{1B}[2J",
      ]
      let zones = [
        "", "../../etc/passwd", "/etc/passwd", "Europe/../../../etc/passwd", "a\nb", "\u{202E}a",
        long, "Europe", "Europe/", ".", "..", "Europe/Berlin\u{1B}[2J",
      ]
      let timings = [
        "", " ", long, String(repeating: "0,", count: 50_000) + "0 * * * *", "٣ * * * *",
        "０ ３ * * *", "\u{202E}0 3 * * *", "0 3 * * *\u{1B}[2J", "0 0 30 2 *", "-1 * * * *",
        "1e1 * * * *", "0x1 * * * *", "+1 * * * *", "* * * * * * *", "99999999999999999999 * * * *",
      ]
      let intervals = [
        "", "0", "-1", "1e9d", "1e400", "nan", "inf", "999999d", "1500ms", "٥m", "1s1", long,
      ]
      let others: [([String], String)] = [
        (["--times", "0"], "--times"), (["--times", "-1"], "--times"),
        (["--times", "1e30"], "--times"), (["--times", "٣"], "--times"),
        (["--missed-limit", "0"], "--missed-limit"),
        (["--missed-limit", "1001"], "--missed-limit"),
        (["--spread", "1e9d"], "--spread"), (["--spread", "-1s"], "--spread"),
        (["--late", "0"], "--late"), (["--late", "400d"], "--late"),
        (["--from", "+2h", "--until", "+1h"], "--until"), (["--until", "1970-01-01"], "--until"),
        (["--from", "99999-01-01T00:00:00Z"], "--from"), (["--unique", "a\nb"], "--unique"),
        (["--queue", "a b"], "--queue"), (["--env", "A"], "--env"), (["--env", "=1"], "env"),
        (["--env", "QUEUECTL_SCHEDULE=x"], "env"), (["--priority", "1000001"], "--priority"),
        (["--timeout", "0"], "--timeout"), (["--max-retries", "-1"], "--max-retries"),
      ]
      var all: [([String], String)] = []
      for name in names { all.append(([name, "--every", "1h", "true"], "name")) }
      for zone in zones { all.append((["a", "--cron", "@daily", "--tz", zone, "true"], "--tz")) }
      for timing in timings {
        all.append((["a", "--cron", timing, "--tz", "UTC", "true"], "--cron"))
      }
      for interval in intervals { all.append((["a", "--every", interval, "true"], "--every")) }
      for (flag, named) in others { all.append((cron + flag, named)) }
      // More than one word of a command line may have, in two.
      let half = String(repeating: "x", count: 100_000)
      all.append((["a", "--every", "1h", "--", half, half], "command"))
      all.append((["a", "--every", "1h", " "], "command"))
      return all
    }()

    @Test func `FAULT 92: hostile values are refused by their flag, and nothing is stored`()
      async throws
    {
      for (words, named) in Self.hostile {
        let result = try await queue.run(["schedule", "add"] + words)
        let text = "\(words.map { $0.prefix(60) }): \(result.errors.prefix(300))"
        #expect(result.status == 64 && result.output == "", "\(text)")
        #expect(result.errors.contains(named), "\(text)")
        let isPlain = result.errors.unicodeScalars.allSatisfy { scalar in
          scalar == "\n" || (scalar.value >= 0x20 && scalar.value != 0x7F && scalar != "\u{202E}")
        }
        #expect(isPlain && result.errors.utf8.count < 2000, "\(text)")
      }
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    @Test func `FAULT 92: hostile text in a schedule reaches no terminal, and comes out as it was`()
      async throws
    {
      let command = "echo '\u{1B}[2J\u{202E}\u{7}'; true"
      try await queue.succeed(
        "schedule", "add", "a'b\"c$(id)", "--every", "1h", "--timeout", "1h", "--env",
        "A=\u{1B}[2J", command)
      for words in [["list"], ["show", "a'b\"c$(id)", "--show-env"], ["check"]] {
        let result = try await queue.run(["schedule"] + words)
        let scalars = (result.output + result.errors).unicodeScalars
        #expect(result.status == 0 && !scalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
      }
      let stored = try JSON.objects(try await queue.succeed("schedule", "list", "--json"))
      #expect((stored[0]["job"] as? [String: Any])?["command"] as? String == command)
      let text = try await queue.succeed("export")
      let other: [String: String?] = ["QUEUECTL_DB": queue.file("other/queue.db")]
      try await queue.succeed("import", "--resume", "-", input: text, adding: other)
      #expect(try await queue.succeed("export", adding: other) == text)
      // The command to type is quoted for a shell.
      try await queue.succeed("schedule", "pause", "--all")
      let paused = try await queue.run("explain", "a'b\"c$(id)")
      let advice = try #require(paused.lines.last { $0.hasPrefix("    $ ") }?.dropFirst(6))
      try await queue.shell(String(advice)).expectSuccess()
      let resumed = try JSON.objects(try await queue.succeed("schedule", "list", "--json"))
      #expect(resumed[0]["paused_at"] is NSNull)
    }

    @Test(.needsSqlite)
    func `FAULT 87: a thousand schedules that are due at once enqueue one job each`() async throws {
      let lines = (1...1000).map {
        #"{"name":"s\#($0)","cron":"0 3 * * *","zone":"UTC","job":{"command":"true"}}"#
      }
      try await queue.succeed(
        "import", "--resume", "-", input: lines.joined(separator: "\n") + "\n")
      try await queue.sqlite(
        queue.database, "UPDATE schedules SET next_at = CAST(strftime('%s') AS INTEGER) * 1000")
      try await queue.succeed("worker", "start", "--drain", "--count", "2")
      let jobs = try await queue.jobs("--limit", "0")
      #expect(jobs.count == 1000 && jobs.allSatisfy { $0.state == "completed" })
      let schedules = try JSON.objects(try await queue.succeed("schedule", "list", "--json"))
      #expect(schedules.count == 1000 && schedules.allSatisfy { $0["enqueued"] as? Int == 1 })
    }

    @Test(.needsRoot)
    func `FAULT 93: times that pass on a full disk are enqueued once there is room`()
      async throws
    {
      let disks = try await SmallDisks(queue, [(queue.file("data"), "size=4m")])
      try await disks.shell(
        "queuectl schedule add a --every 1s --missed all --overlap allow true"
      ).expectSuccess()
      let workers = try queue.startShell(disks.line("exec queuectl worker start"))
      try await workers.line(containing: "enqueued by a for ")
      try await disks.shell("! head -c 8M /dev/zero > data/ballast").expectSuccess()
      try await workers.line(containing: "the disk or the quota is full")
      try await disks.shell("rm data/ballast").expectSuccess()
      try await workers.line(containing: "enqueued by a for ", times: 3)
      try await disks.shell("queuectl worker stop").expectSuccess()
      #expect(try await workers.exit() == 0)
      try await expectEachSecondOnce(disks)
      let doctor = try await disks.shell("queuectl doctor --thorough")
      #expect(!doctor.output.contains("damage"), "\(doctor)")
      try await disks.remove()
    }

    @Test(.needsRoot)
    func `FAULT 93: times that pass while the file system is read-only are enqueued afterwards`()
      async throws
    {
      let disks = try await SmallDisks(queue, [(queue.file("data"), "size=4m")])
      try await disks.shell(
        "queuectl schedule add a --every 1s --missed all --overlap allow true"
      ).expectSuccess()
      try await disks.shell("mount -o remount,ro data").expectSuccess()
      let ticks = try HeldJobs(queue, "ticks")
      let other = ["QUEUECTL_DB": queue.file("other/queue.db")]
      let clock = try queue.start(
        program: Binary.path, ["queuectl", "worker", "start"], adding: other)
      try await queue.succeed(
        "schedule", "add", "tick", "--every", "1s", ticks.announcement, adding: other)
      for _ in 1...3 { _ = try await ticks.nextStart() }
      clock.signal(SIGTERM)
      #expect(try await clock.exit() == 0)
      let refused = try await disks.shell("queuectl worker start --drain")
      #expect(refused.status == 1 && refused.errors.contains("Read-only"), "\(refused.errors)")
      try await disks.shell("mount -o remount,rw data").expectSuccess()
      try await disks.shell("queuectl worker start --drain").expectSuccess()
      try await expectEachSecondOnce(disks)
      try await disks.remove()
    }

    @Test(.needsSqlite)
    func `FAULT 93: times that pass while the database is busy are enqueued afterwards`()
      async throws
    {
      try await queue.succeed(
        "schedule", "add", "a", "--every", "1s", "--missed", "all", "--overlap", "allow", "true")
      // Idle workers wait a minute for the lock.
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", held.command)
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      try await workers.line(containing: "enqueued by a for ")
      mkfifo(queue.file("gate"), 0o600)
      let holder = try queue.startShell(
        "(echo 'BEGIN IMMEDIATE;'; echo '.shell echo held by $PPID; kill -STOP $PPID'; cat gate) | "
          + "sqlite3 -cmd '.timeout 60000' '\(queue.database)'")
      let words = try await holder.line(containing: "held by ").split(
        whereSeparator: \.isWhitespace)
      let pid = try #require(words.last.flatMap { pid_t($0) })
      try await workers.line(
        containing: "is locked by pid \(pid) (sqlite3), which is stopped: \"kill -CONT \(pid)\"")
      kill(pid, SIGCONT)
      try FileContents.write("", to: queue.file("gate"))
      try await holder.exit()
      held.release()
      try await workers.line(containing: "enqueued by a for ", times: 3)
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
      try await expectEachSecondOnce()
    }

    /// Each second from the first to the last has one job of the schedule `a`.
    private func expectEachSecondOnce(_ disks: SmallDisks? = nil) async throws {
      let list = "queuectl list --schedule a --limit 0 --json"
      let result: Finished
      if let disks {
        result = try await disks.shell(list)
      } else {
        result = try await queue.shell(list)
      }
      result.expectSuccess()
      let jobs = try JSON.decode([JobRecord].self, from: result.output)
      let times = jobs.compactMap(\.scheduledFor).sorted()
      #expect(times.count >= 3 && times.count == jobs.count)
      let isEachSecond = zip(times, times.dropFirst()).allSatisfy { $1.timeIntervalSince($0) == 1 }
      #expect(isEachSecond, "\(times)")
    }

    @Test(.needsSqlite)
    func `FAULT 95: a worker that drains enqueues what is due, and no schedule keeps it`()
      async throws
    {
      for name in ["often", "due"] {
        try await queue.succeed(
          "schedule", "add", name, "--every", name == "due" ? "1h" : "1s", "echo \(name) >> ran")
      }
      try await queue.sqlite(
        queue.database, "UPDATE schedules SET next_at = next_at - 7200000 WHERE name = 'due'")
      try await queue.succeed("worker", "start", "--drain", "--count", "2")
      let ran = try queue.lines(of: "ran")
      #expect(ran.filter { $0 == "due" }.count == 1, "\(ran)")
      #expect(ran.count <= 3, "\(ran)")
      #expect(try await queue.workers().isEmpty)
      let schedules = try JSON.objects(try await queue.succeed("schedule", "list", "--json"))
      let due = try #require(schedules.first { $0["name"] as? String == "due" })
      #expect(due["enqueued"] as? Int == 1 && due["next_at"] is String)
    }
  }
}
