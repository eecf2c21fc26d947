import Foundation
import QueueCore
import QueueTestSupport
import Testing

extension EndToEnd {
  /// Schedules whose clocks, zone files or workers fail them.
  @Suite struct SchedulesInTrouble {
    let queue = TestQueue.current

    private func schedule(_ name: String) async throws -> [String: Any] {
      let all = try JSON.objects(try await queue.succeed("schedule", "list", "--json"))
      return try #require(all.first { $0["name"] as? String == name })
    }

    private func count(_ name: String, _ field: String) async throws -> Int {
      try #require(try await schedule(name)[field] as? Int)
    }

    private func times(_ name: String) async throws -> [Date] {
      try await queue.jobs("--schedule", name, "--limit", "0").compactMap(\.scheduledFor).sorted()
    }

    /// Starts workers under faketime; through a shell, as it hides the arguments of a program that
    /// is started directly.
    private func startWorkers(
      _ arguments: String, faking variables: [String: String?]
    ) throws -> ChildProcess {
      var variables = variables
      variables["LD_PRELOAD"] = Conditions.fakeTime
      variables["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
      return try queue.start(
        program: "/bin/sh", ["sh", "-c", "exec '\(Binary.path)' worker start \(arguments)"],
        adding: variables)
    }

    private func stop(_ workers: ChildProcess) async throws {
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `a schedule is explained while the only workers drain`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", held.command)
      try await queue.succeed("schedule", "add", "nightly", "--every", "1d", "true")
      let workers = try await queue.startWorkers("--drain")
      _ = try await held.nextStart()
      for words in [["explain", "nightly"], ["schedule", "show", "nightly"]] {
        let shown = try await queue.run(words)
        #expect(shown.output.contains("the only workers were started with --drain"), "\(shown)")
      }
      let others = try await queue.startWorkers()
      let text = try await queue.succeed("explain", "nightly")
      #expect(!text.contains("--drain"), "\(text)")
      held.release()
      for one in [workers, others] {
        one.signal(SIGTERM)
        #expect(try await one.exit() == 0)
      }
    }

    @Test(.needsFakeTime)
    func `FAULT 81: a worker whose clock is two seconds fast enqueues early, but nothing twice`()
      async throws
    {
      try await queue.succeed(
        "schedule", "add", "a", "--every", "1s", "--missed", "all", "--overlap", "allow", "true")
      let (half, seconds) = Torture.isOn ? (8, 60) : (3, 6)
      let fast = try startWorkers("--count \(half)", faking: ["FAKETIME": "+2s"])
      let right = try await queue.startWorkers("--count", "\(half)")
      let ticks = try HeldJobs(queue, "ticks")
      try await queue.succeed(
        "schedule", "add", "tick", "--every", "1s", "--overlap", "allow", ticks.announcement)
      for _ in 1...seconds { _ = try await ticks.nextStart() }
      try await queue.succeed("worker", "stop")
      #expect(try await fast.exit() == 0)
      #expect(try await right.exit() == 0)
      let times = try await times("a")
      try #require(times.count >= seconds - 1)
      #expect(zip(times, times.dropFirst()).allSatisfy { $1.timeIntervalSince($0) == 1 })
      #expect(try await count("a", "enqueued") == times.count)
    }

    @Test(.needsFakeTime)
    func `FAULT 83: a clock that is set forward by mistake, and back, stops no schedule`()
      async throws
    {
      try queue.write("+0\n", to: "clock")
      for (name, timing) in [("often", ["--every", "1s"]), ("night", ["--cron", "0 3 * * *"])] {
        let added = try await queue.run(["schedule", "add", name] + timing + ["true"])
        #expect(added.status == 0, "\(added)")
      }
      let workers = try startWorkers(
        "",
        faking: ["FAKETIME_TIMESTAMP_FILE": queue.file("clock"), "FAKETIME_NO_CACHE": "1"])
      try await workers.line(containing: "enqueued by often for ")
      try queue.write("+1d\n", to: "clock")
      try await workers.line(containing: "enqueued by night for ")
      try queue.write("+0\n", to: "clock")
      let line = try await workers.line(containing: "the clock was set back by ")
      #expect(line.hasSuffix(": 2 schedules go on from the new time"), "\(line)")
      let before = try await count("often", "enqueued")
      try await workers.line(containing: "enqueued by often for ", times: before + 1)
      try await stop(workers)
      #expect(try await count("night", "enqueued") == 1)
    }

    @Test func `FAULT 85: workers that were stopped over due times enqueue one job, told as late`()
      async throws
    {
      let workers = try await queue.startWorkers("--count", "2")
      try await queue.succeed("schedule", "add", "a", "--every", "1s", "true")
      try await workers.line(containing: "enqueued by a for ")
      let stopped = try await queue.workers().map(\.pid) + [workers.pid]
      for pid in stopped { kill(pid, SIGSTOP) }
      // What the machine does meanwhile: nothing.
      try await Task.sleep(for: .seconds(3))
      for pid in stopped.reversed() { kill(pid, SIGCONT) }
      let line = try await workers.line(containing: "a missed ")
      #expect(line.contains("a missed 2 times: ") || line.contains("a missed 3 times: "), "\(line)")
      try await workers.line(containing: "enqueued by a for ")
      try await stop(workers)
      let times = try await times("a")
      #expect(Set(times).count == times.count)
      #expect(try await count("a", "enqueued") == times.count)
    }

    @Test(.needsFakeTime)
    func `FAULT 86: after two weeks without a worker each schedule enqueues one job`()
      async throws
    {
      let timings = [
        ("a", ["--every", "5s"], 241_920), ("b", ["--cron", "* * * * *"], 20_160),
        ("c", ["--cron", "0 3 * * *"], 14), ("d", ["--cron", "0 0 1 1 *"], 0),
      ]
      for (name, timing, _) in timings {
        let added = try await queue.run(
          ["schedule", "add", name, "--overlap", "allow"] + timing + ["true"],
          adding: ["TZ": "UTC"])
        #expect(added.status == 0, "\(added)")
      }
      let start = ContinuousClock.now
      let workers = try startWorkers("--drain", faking: ["FAKETIME": "+14d"])
      #expect(try await workers.exit() == 0)
      #expect(ContinuousClock.now - start < .seconds(30))
      for (name, _, expected) in timings where name != "d" {
        let jobs = try await queue.jobs("--schedule", name)
        let missed = try await count(name, "missed_count")
        #expect(jobs.count == 1 && jobs.first?.standsFor == missed, "\(name): \(jobs)")
        // The time at which the workers looked is a few seconds later than two weeks.
        #expect((expected - 1...expected + 6).contains(missed + 1), "\(name): \(missed)")
      }
      #expect(try await queue.jobs("--schedule", "d").count <= 1)
    }

    @Test func `FAULT 89: an edit holds for all that is enqueued after it, and for no past time`()
      async throws
    {
      let workers = try await queue.startWorkers("--count", "4")
      try await queue.succeed(
        "schedule", "add", "a", "--every", "1s", "--overlap", "allow", ": 0")
      let ticks = try HeldJobs(queue, "ticks")
      try await queue.succeed(
        "schedule", "add", "tick", "--every", "1s", "--overlap", "allow", ticks.announcement)
      var edits: [(number: Int, at: Date)] = []
      for number in 1...8 {
        switch number % 4 {
        case 0:
          try await queue.succeed("schedule", "pause", "a")
          try await queue.succeed("schedule", "edit", "a", ": \(number)")
          try await queue.succeed("schedule", "resume", "a")
        case 1: try await queue.succeed("schedule", "edit", "a", "--every", "1s", ": \(number)")
        case 2:
          try await queue.succeed(
            "schedule", "add", "a", "--replace", "--every", "2s", "--overlap", "allow",
            ": \(number)")
        default: try await queue.succeed("schedule", "edit", "a", ": \(number)")
        }
        edits.append((number, Date()))
        for _ in 1...2 { _ = try await ticks.nextStart() }
      }
      try await stop(workers)
      let jobs = try await queue.jobs("--schedule", "a", "--limit", "0")
      try #require(jobs.count >= 2)
      #expect(Set(jobs.compactMap(\.scheduledFor)).count == jobs.count)
      for job in jobs {
        let number = try #require(Int(job.command.dropFirst(2)))
        let latest = edits.last { $0.at < job.createdAt }?.number ?? 0
        #expect(number >= latest, "\(job) was enqueued after edit \(latest)")
      }
    }

    @Test
    func `FAULT 90: newer zone files move next times, and a bad one stops its schedules alone`()
      async throws
    {
      let directory = queue.file("zones")
      let berlin = "\(directory)/Europe/Berlin"
      func install(_ zone: String?) throws {
        try? FileManager.default.createDirectory(
          atPath: "\(directory)/Europe", withIntermediateDirectories: true)
        try? FileManager.default.removeItem(atPath: berlin)
        guard let zone else { return }
        let bytes: [UInt8] = zone.isEmpty ? [0x54] : try ZoneRules.fixtureBytes(zone)
        try Data(bytes).write(to: URL(filePath: berlin))
      }
      let variables = ["TZDIR": directory, "TZ": "UTC"]
      try install("Europe/Berlin")
      for (name, timing, zone) in [
        ("a", "0 3 * * *", "Europe/Berlin"), ("late", "* * * * *", "Europe/Berlin"),
      ] {
        try await queue.succeed(
          "schedule", "add", name, "--cron", timing, "--tz", zone, "true", adding: variables)
      }
      try await queue.succeed("schedule", "add", "sound", "--every", "1s", "true")
      let before = try await schedule("a")["next_at"] as? String

      for (zone, expected) in [
        ("Asia/Tokyo", "time zone files changed: 1 schedule has a new next time"),
        ("", "is unusable: its file"), (nil, "is unknown: "),
      ] {
        try install(zone)
        let workers = try queue.start(
          program: Binary.path, ["queuectl", "worker", "start"], adding: variables)
        try await workers.line(containing: expected)
        try await workers.line(containing: "enqueued by sound for ")
        try await stop(workers)
        #expect(try await schedule("a")["next_at"] as? String != before)
      }
      #expect(try await queue.jobs("--schedule", "a").isEmpty)
    }
  }
}
