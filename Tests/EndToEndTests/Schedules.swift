import Foundation
import QueueCore
import QueueTestSupport
import Testing

extension EndToEnd {
  /// `schedule`: jobs that are enqueued at times of day, or at fixed intervals.
  @Suite struct Schedules {
    let queue = TestQueue.current

    private func schedules() async throws -> [[String: Any]] {
      try JSON.objects(try await queue.succeed("schedule", "list", "--json"))
    }

    @Test func `workers enqueue each time of a schedule, and its jobs find it in variables`()
      async throws
    {
      let held = try HeldJobs(queue)
      let workers = try await queue.startWorkers()
      let command = """
        echo "$QUEUECTL_SCHEDULE $QUEUECTL_SCHEDULED_FOR $QUEUECTL_MISSED" >> said; \(held.command)
        """
      let added = try await queue.succeed(
        "schedule", "add", "sync", "--every", "1s", "--timeout", "1h", command)
      #expect(added.hasPrefix("sync: every 1s; next "), "\(added)")
      let first = try await held.nextStart()
      held.release()
      let second = try await held.nextStart()
      #expect(try await queue.succeed("schedule", "pause", "sync") == "paused sync\n")
      held.release()
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)

      let jobs = [try await queue.job(first.id), try await queue.job(second.id)]
      let times = jobs.compactMap(\.scheduledFor)
      #expect(jobs.allSatisfy { $0.schedule == "sync" && $0.state == "completed" }, "\(jobs)")
      try #require(times.count == 2)
      let apart = times[1].timeIntervalSince(times[0])
      #expect(apart >= 1 && apart.rounded() == apart)
      let said = try queue.lines(of: "said").map { $0.split(separator: " ") }
      #expect(said.map(\.first) == ["sync", "sync"] && said.allSatisfy { $0.count == 3 })
      let told = said.compactMap { JSON.date(String($0[1])) }
      #expect(told == times)
      let schedule = try #require(try await schedules().first)
      #expect(schedule["enqueued"] as? Int == (try await queue.jobs().count))
      #expect((schedule["last"] as? [String: Any])?["job"] as? String == jobs[1].id)
      #expect(schedule["paused_at"] is String)
      let shown = try await queue.succeed("show", first.id)
      #expect(shown.contains("schedule      sync, for "), "\(shown)")
    }

    @Test func `a schedule is changed, resumed, renamed and removed`() async throws {
      try await queue.succeed(
        "schedule", "add", "a", "--cron", "0 3 * * *", "--tz", "UTC", "--paused", "--env", "A=1",
        "--max-retries", "5", "--", "echo", "a b")
      let before = try #require(try await schedules().first)
      let job = try #require(before["job"] as? [String: Any])
      #expect(job["command"] as? String == "echo 'a b'" && job["max_retries"] as? Int == 5)
      #expect(before["zone"] as? String == "UTC" && before["cron"] as? String == "0 3 * * *")

      let edited = try await queue.succeed(
        "schedule", "edit", "a", "--cron", "30 4 * * *", "--overlap", "queue", "true")
      #expect(edited.hasPrefix("a: at 04:30 every day, UTC; next "), "\(edited)")
      let resumed = try await queue.succeed("schedule", "resume", "a")
      #expect(resumed.hasPrefix("resumed a: next ") && resumed.hasSuffix(" 04:30\n"), "\(resumed)")
      #expect(try await queue.succeed("schedule", "rename", "a", "b") == "renamed a to b\n")
      let after = try #require(try await schedules().first)
      #expect(after["name"] as? String == "b" && after["overlap"] as? String == "queue")
      let newJob = try #require(after["job"] as? [String: Any])
      #expect(newJob["command"] as? String == "true" && newJob["max_retries"] as? Int == 5)
      #expect(after["paused_at"] is NSNull && after["next_at"] is String)

      let table = try await queue.run("schedule", "list").lines
      #expect(table.count == 2 && table[1].hasPrefix("b     30 4 * * *  UTC   in "), "\(table)")
      #expect(try await queue.succeed("schedule", "show", "b").contains("at 04:30 every day, UTC"))
      #expect(try await queue.succeed("schedule", "remove", "b") == "removed b\n")
      #expect(try await schedules().isEmpty)
    }

    @Test func `the same definition may be added again and again`() async throws {
      let words = ["schedule", "add", "a", "--every", "1h", "--timeout", "5m", "true"]
      try await queue.run(words).expectSuccess()
      let before = try await schedules()
      let again = try await queue.run(words)
      #expect(again.status == 1 && again.errors.contains("already exists"), "\(again)")
      try await queue.run(words + ["--if-absent"]).expectSuccess()
      #expect(try await schedules() as NSArray == before as NSArray)
      try await queue.run(words + ["--replace"]).expectSuccess()
      #expect(try await schedules().first?["next_at"] as? String == before[0]["next_at"] as? String)
      try await queue.run(
        "schedule", "add", "a", "--every", "2h", "--replace", "--timeout", "5m", "false"
      ).expectSuccess()
      let after = try #require(try await schedules().first)
      #expect(after["every"] as? Int == 7200)
      #expect((after["job"] as? [String: Any])?["command"] as? String == "false")
    }

    @Test func `what is wrong is refused by its flag and its value, and nothing is stored`()
      async throws
    {
      let cron = ["--cron", "0 3 * * *", "--tz", "UTC"]
      for (words, problem) in [
        (["a", "true"], "Give its times"), (["a"] + cron, "Give its job"),
        (["a", "--cron", "30 25 * * *", "true"], #"--cron hours: "25" isn't from 0 to 23"#),
        (["a", "--cron", "30", "2", "*", "*", "*", "true"], "Quote the fields of --cron"),
        (["a", "0 3 * * *", "true"], "Give the times as an option: --cron '0 3 * * *'"),
        (["a", "--every", "0", "true"], "--every must be whole seconds from 1s to 366d, not 0s"),
        (["a", "--every", "soon", "true"], #"--every takes a duration like 90, 5m or 1h30m"#),
        (["a", "--every", "1h", "--cron", "@daily", "true"], "--cron can't be combined with"),
        (["a", "--cron", "@daily", "--tz", "Europe/Berlni", "true"], #"--tz "Europe/Berlni" is"#),
        (["a", "--cron", "@daily", "--tz", "../../etc/passwd", "true"], "--tz "),
        (["a b", "true"] + cron, "name must not contain a space"),
        (["a", "--times", "0", "true"] + cron, "--times must be from 1 to 1000000000"),
        (["a", "--until", "2020-01-01T00:00:00Z", "true"] + cron, "--until leaves no time"),
        (["a", "--until", "later", "true"] + cron, "--until takes an ISO 8601 time"),
        (["a", "--spread", "1500ms", "true"] + cron, "--spread must be whole seconds"),
        (["a", "--overlap", "often", "true"] + cron, #""often" isn't a policy of --overlap"#),
        (["a", "--missed", "two", "true"] + cron, "policy of --missed; choices: one, all"),
        (["a", #"{"command":"true","id":"x"}"#] + cron, "id can't be given"),
        (["a", #"{"command":"true","run_at":"+1h"}"#] + cron, "run_at can't be given"),
        (["a", #"{"command":5}"#] + cron, "command must be text"),
        (["a", #"[{"command":"true"},{"command":"true"}]"#] + cron, "has one job"),
        (["a", "--timeout", "0", "true"] + cron, "--timeout must be more than 0"),
        (["a", "--if-absent", "--replace", "true"] + cron, "can't be combined"),
      ] {
        let result = try await queue.run(["schedule", "add"] + words)
        #expect(result.status == 64 && result.errors.contains(problem), "\(result)")
      }
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    @Test func `a change that is wrong changes nothing`() async throws {
      try await queue.succeed("schedule", "add", "a", "--every", "1h", "true")
      try await queue.succeed("schedule", "add", "b", "--every", "1h", "true")
      let before = try await schedules()
      for (words, status, problem) in [
        (["edit", "a"], 64, "Nothing would change"),
        (["edit", "a", "--every", "0"], 64, "--every must be whole seconds"),
        (["edit", "a", "--until", "2020-01-01T00:00:00Z"], 64, "--until leaves no time"),
        (["edit", "c", "--every", "2h"], 1, "no schedule is called \"c\""),
        (["rename", "a", "b"], 1, "schedule \"b\" already exists"),
        (["rename", "a", "b/c"], 64, "name must not contain"),
        (["pause", "a", "c"], 1, "no schedule is called \"c\""),
        (["pause"], 64, "Give schedule"), (["resume", "a", "--all"], 64, "can't be combined"),
        (["remove", "a", "c"], 1, "no schedule is called \"c\""),
        (["next"], 64, "Give a"), (["next", "a", "--every", "1h"], 64, "can't be combined"),
        (["next", "a", "--count", "0"], 64, "--count must be from 1 to 1000, not 0"),
        (["next", "a", "--after", "then"], 64, "--after takes an ISO 8601 time"),
      ] {
        let result = try await queue.run(["schedule"] + words)
        #expect(result.status == status && result.errors.contains(problem), "\(result)")
      }
      #expect(try await schedules() as NSArray == before as NSArray)
    }

    @Test func `edit takes values away`() async throws {
      try await queue.succeed(
        "schedule", "add", "a", "--every", "1h", "--until", "+9d", "--times", "3", "--late", "5m",
        "--spread", "1m", "--timeout", "2h", "--max-retries", "0", "--env", "A=1", "--unique", "k",
        "--retry-on", "1", "true")
      for (words, problem) in [
        (["--unset", "timout"], "; did you mean \"timeout\"?"),
        (["--unset", "queue"], "isn't a value that --unset takes; choices: from, "),
        (
          ["--timeout", "1h", "--unset", "timeout"],
          "--timeout can't be combined with --unset timeout"
        ),
      ] {
        let refused = try await queue.run(["schedule", "edit", "a"] + words)
        #expect(refused.status == 64 && refused.errors.contains(problem), "\(refused)")
      }
      try await queue.succeed("schedule", "edit", "a", "--unset", "timeout", "--unset", "until")
      let first = try #require(try await schedules().first)
      #expect(first["until"] is NSNull && first["times_left"] as? Int == 3)
      #expect((first["job"] as? [String: Any])?["timeout"] is NSNull)
      let all = ["times", "late", "spread", "max-retries", "env", "unique", "retry-on"]
      try await queue.run(["schedule", "edit", "a"] + all.flatMap { ["--unset", $0] })
        .expectSuccess()
      let second = try #require(try await schedules().first)
      #expect(second["times_left"] is NSNull && second["late"] is NSNull)
      #expect(second["spread"] as? Int == 0)
      let job = try #require(second["job"] as? [String: Any])
      #expect(job["max_retries"] is NSNull && job["unique"] is NSNull && job["retry_on"] is NSNull)
      #expect((job["env"] as? [String: Any])?.isEmpty == true)
      let same = try await queue.run("schedule", "edit", "a", "--unset", "timeout")
      #expect(same.status == 64 && same.errors.contains("Nothing would change"), "\(same)")
    }

    @Test func `a schedule's jobs are listed, and the latest one's log is shown`() async throws {
      try await queue.succeed("enqueue", "--id", "other", "echo other")
      try await queue.succeed("schedule", "add", "a", "--every", "1s", "echo \"$QUEUECTL_JOB_ID\"")
      let empty = try await queue.run("logs", "--schedule", "a")
      #expect(empty.status == 1 && empty.errors.contains("a has enqueued no job yet"), "\(empty)")
      let workers = try await queue.startWorkers()
      try await workers.line(containing: " enqueued by a for ")
      try await queue.succeed("schedule", "pause", "a")
      try await queue.succeed("worker", "stop")
      #expect(try await workers.exit() == 0)
      try await queue.drain()
      let jobs = try await queue.jobs("--schedule", "a", "--limit", "0")
      #expect(!jobs.isEmpty && jobs.allSatisfy { $0.schedule == "a" }, "\(jobs)")
      let latest = try #require(jobs.first)
      #expect(try await queue.succeed("logs", "--schedule", "a") == "\(latest.id)\n")
      let none = try await queue.run("list", "--schedule", "b", "--state", "dead")
      #expect(
        none.errors == "queuectl: no schedule is called \"b\"\nqueuectl: no matching jobs\n",
        "\(none)")
      for words in [["logs"], ["logs", "other", "--schedule", "a"]] {
        let refused = try await queue.run(words)
        #expect(refused.status == 64 && refused.errors.contains("Give a job's id"), "\(refused)")
      }
      #expect(try await queue.run("logs", "--schedule", "b").status == 1)
      try await queue.succeed("purge", "--state", "completed", "--yes")
      let gone = try await queue.run("logs", "--schedule", "a")
      #expect(gone.status == 1 && gone.errors.contains("\(latest.id), has been removed"), "\(gone)")
    }

    @Test func `next tells of the night in which the clock is set forward`() async throws {
      let output = try await queue.succeed(
        "schedule", "next", "--cron", "30 2 * * *", "--tz", "Europe/Berlin", "--after",
        "2027-03-27T00:00:00Z", "--count", "3", "--json",
        adding: ["TZDIR": ZoneRules.fixtureDirectory])
      #expect(
        output == """
          [{"at":"2027-03-27T01:30:00.000Z","local":"2027-03-27T02:30:00+01:00","note":null},\
          {"at":"2027-03-28T01:00:00.000Z","local":"2027-03-28T03:00:00+02:00",\
          "note":"there is no 02:30: the clock goes from 02:00 to 03:00"},\
          {"at":"2027-03-29T00:30:00.000Z","local":"2027-03-29T02:30:00+02:00","note":null}]

          """)
      let twice = try await queue.succeed(
        "schedule", "next", "--cron", "30 2 * * *", "--tz", "Europe/Berlin", "--after",
        "2027-10-30T12:00:00Z", "--count", "2", adding: ["TZDIR": ZoneRules.fixtureDirectory]
      ).split(separator: "\n")
      #expect(twice.first?.hasSuffix("; the clock shows 02:30 twice: this is the first") == true)
      #expect(twice.last?.contains(";") == false, "\(twice)")
      #expect(!FileManager.default.fileExists(atPath: queue.database))
    }

    @Test func `without --tz the zone is the machine's, and never UTC by accident`() async throws {
      for (zone, name) in [("Asia/Tokyo", "a"), (":Europe/Paris", "b"), ("", "c")] {
        try await queue.succeed(
          "schedule", "add", name, "--cron", "@daily", "true",
          adding: ["TZ": zone, "TZDIR": ZoneRules.fixtureDirectory])
      }
      #expect(
        try await schedules().compactMap { $0["zone"] as? String }
          == ["Asia/Tokyo", "Europe/Paris", "UTC"])
      let refused = try await queue.run(
        "schedule", "add", "d", "--cron", "@daily", "true",
        adding: ["TZ": "CET-1CEST,M3.5.0,M10.5.0/3", "TZDIR": ZoneRules.fixtureDirectory])
      #expect(refused.status == 64, "\(refused)")
      #expect(refused.errors.contains("from TZ: give it, as in --tz Europe/Berlin"), "\(refused)")
      #expect(try await schedules().count == 3)
    }

    @Test func `FAULT 80: workers that are killed at any moment enqueue each time once`()
      async throws
    {
      let names = (1...(Torture.isOn ? 100 : 3)).map { "s\($0)" }
      let rounds = Torture.number("ROUNDS").map { max(1, $0 / 5) } ?? 12
      try await queue.succeed("config", "set", "max-crashes", "1000")
      for name in names {
        try await queue.succeed(
          "schedule", "add", name, "--every", "1s", "--missed", "all", "--missed-limit", "1000",
          "--overlap", "allow", "true")
      }
      var chance = SeededGenerator(seed: .random(in: 1...999_999_999))
      for _ in 1...rounds {
        let workers = try queue.start("worker", "start", "--count", "3")
        // The moment of the kill, not a wait for anything.
        try await Task.sleep(for: .milliseconds(Int.random(in: 100...600, using: &chance)))
        Leftovers.kill(all: queue.path)
        workers.reap()
      }
      try await queue.drain(count: 2)
      let jobs = try await queue.jobs("--limit", "0")
      for schedule in try await schedules() {
        let name = try #require(schedule["name"] as? String)
        let times = jobs.filter { $0.schedule == name }.compactMap(\.scheduledFor).sorted()
        try #require(times.count > 2, "\(name): \(times)")
        #expect(zip(times, times.dropFirst()).allSatisfy { $1.timeIntervalSince($0) == 1 })
        #expect(schedule["enqueued"] as? Int == times.count)
        #expect(schedule["missed_count"] as? Int == 0 && schedule["skipped"] as? Int == 0)
      }
      Torture.report("80 killed around the step", rounds: rounds, of: "kills, \(jobs.count) jobs")
    }
  }
}
