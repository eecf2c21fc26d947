import Foundation
import Testing

extension EndToEnd {
  /// Clock jumps, reused pids, reboots.
  @Suite struct Clocks {
    let queue = TestQueue.current

    @Test(.needsFakeTime, arguments: ["+1d", "-1d"])
    func `FAULT 10: a clock jump expires no lease, fires no retry and distorts no duration`(
      jump: String
    ) async throws {
      try queue.write("+0\n", to: "clock")
      try await queue.succeed("config", "set", "lease", "5s")
      try await queue.succeed("config", "set", "backoff-base", "600")
      try await queue.succeed("enqueue", "--id", "fails", "echo run >> fails; exit 1")
      let variables = [
        "LD_PRELOAD": Conditions.fakeTime, "FAKETIME_TIMESTAMP_FILE": queue.file("clock"),
        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
      ]
      // Through a shell: a preloaded faketime hides the arguments of a directly started binary.
      let workers = try queue.start(
        program: "/bin/sh", ["sh", "-c", "exec '\(Binary.path)' worker start --count 2"],
        adding: variables)
      try await workers.line(containing: " ready; ")
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "long", "\(held.announcement); sleep 7; echo run >> long")
      _ = try await held.nextStart()
      try queue.write("\(jump)\n", to: "clock")
      try await queue.succeed("enqueue", "--id", "quick", "true")
      let line = try await workers.line(containing: "long completed in ")
      let seconds = try #require(
        Double(line.split(separator: " ").last?.dropLast() ?? ""), "\(line)")
      #expect((7..<60).contains(seconds), "\(line)")
      #expect(try queue.lines(of: "long") == ["run"])
      #expect(try queue.lines(of: "fails") == ["run"], "its retry is due in ten minutes")
      #expect(try await queue.job("quick").state == "completed")
      #expect(try await queue.job("fails").state == "failed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      try await workers.closed()
      #expect(!workers.transcript.text.contains("is lost"), "\(workers.transcript.text)")
    }

    /// Like a machine without a clock battery before its first time synchronization.
    @Test(.needsFakeTime, .needsSqlite)
    func `FAULT 19: a clock that is behind at boot delays no job`() async throws {
      try await queue.succeed("enqueue", "--id", "before", "false")
      try await queue.succeed("config", "set", "backoff-base", "600")
      let worker = try await queue.startWorkers()
      try await worker.line(containing: "before failed")
      worker.signal(SIGTERM)
      #expect(try await worker.exit() == 0)
      // The next boot; the clock shows another year when the queue is first used.
      try await queue.sqlite(queue.database, "UPDATE queue_clock SET boot = 'earlier'")
      let behind = try await queue.run(
        program: "/bin/sh", ["sh", "-c", "exec '\(Binary.path)' enqueue --id early false"],
        adding: behindVariables)
      #expect(behind.status == 0, "\(behind)")
      let first = try queue.start(
        program: "/bin/sh", ["sh", "-c", "exec '\(Binary.path)' worker start"],
        adding: behindVariables)
      try await first.line(containing: "early failed")
      first.signal(SIGTERM)
      #expect(try await first.exit() == 0)
      // Now the clock is set.
      for id in ["before", "early"] {
        let wait = try await queue.sqlite(
          queue.database,
          """
          SELECT run_at - (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'queue_time')
          FROM jobs WHERE id = '\(id)'
          """)
        let milliseconds = try #require(Int(wait.joined()))
        #expect((0...600_000).contains(milliseconds), "\(id) waits for \(milliseconds) ms")
      }
      try await queue.succeed("retry", "before", "early")
      try await queue.succeed("edit", "before", "--command", "true")
      try await queue.succeed("edit", "early", "--command", "true")
      try await queue.drain()
      #expect(try await queue.counts()["completed"] == 2)
    }

    private var behindVariables: [String: String?] {
      [
        "LD_PRELOAD": Conditions.fakeTime, "FAKETIME": "@2000-01-01 00:00:00",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
      ]
    }

    enum Change: String, CaseIterable { case processNumber, boot }

    @Test(.needsSqlite, arguments: Change.allCases)
    func `FAULT 8: a reused pid is never signalled, and the job is free at once`(
      change: Change
    ) async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let first = try await queue.startWorkers()
      let lost = try await held.nextStart()
      for pid in [first.pid, lost.worker, lost.pid] { try await Processes.killHard(pid) }
      let other = try queue.start(program: "/bin/sleep", ["sleep", "1000"])
      let fields =
        String(decoding: try FileContents.read("/proc/\(other.pid)/stat"), as: UTF8.self)
        .split(separator: ")").last?.split(separator: " ") ?? []
      let start = try #require(fields.count > 19 ? fields[19] : nil)
      switch change {
      case .processNumber:
        try await queue.sqlite(queue.database, "UPDATE workers SET pid = \(other.pid)")
      case .boot:
        try await queue.sqlite(
          queue.database,
          "UPDATE workers SET boot = 'another', pid = \(other.pid), pid_start = \(start)")
      }
      let before = ContinuousClock.now
      let second = try await queue.startWorkers()
      #expect(try await held.nextStart().attempt == 1)
      #expect(ContinuousClock.now - before < Patience.withinLease)
      try await queue.succeed("worker", "stop", "--no-wait")
      held.release()
      #expect(try await second.exit() == 0)
      #expect(try await !Processes.ends(other.pid, within: .zero), "another process was killed")
      try await Processes.killHard(other.pid)
      #expect(try await queue.job("job").attempts == 1)
    }
  }
}
