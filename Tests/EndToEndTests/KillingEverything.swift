import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// Kills all processes of a queue at random moments.
  ///
  /// 15 rounds in every test run. `QUEUECTL_TORTURE_ROUNDS` sets the number,
  /// `QUEUECTL_TORTURE_SEED` repeats the moments.
  @Suite(.tags(.crowded)) struct KillingEverything {
    let queue = TestQueue.current

    /// The part of an ended job that must never change.
    private struct Finish: Equatable {
      var state: String
      var attempts: Int
      var finishedAt: Date?
      var exitCode: Int?
    }

    @Test(.needsSqlite)
    func `FAULT 3: killed at any write, no printed id is lost and no ended job changes`()
      async throws
    {
      let rounds = Torture.number("ROUNDS") ?? 15
      let seed = Torture.number("SEED").map(UInt64.init) ?? .random(in: 1...999_999_999)
      var chance = SeededGenerator(seed: seed)
      try queue.write(Self.enqueuer, to: "enqueuer.sh")
      mkdir(queue.file("locks"), 0o700)
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      // Losses don't count against the job here.
      try await queue.succeed("config", "set", "max-crashes", "1000")
      try await queue.succeed("config", "set", "backoff-max", "1s")
      var finished: [String: Finish] = [:]
      for round in 1...rounds {
        try await killedRound(round, &chance)
        if round % 50 == 0 || round == rounds {
          try await expectSound(&finished, "round \(round) of seed \(seed)")
        }
      }
      Leftovers.kill(all: queue.path)
      try await queue.drain(count: 2, atMost: .seconds(550))
      try await expectSound(&finished, "the end of seed \(seed)")
      let kills = try await expectAllFinished("seed \(seed)")
      Torture.report(
        "3 killed at any write", rounds: rounds,
        of: "\(finished.count) jobs, \(kills) runs lost, seed \(seed)")
    }

    /// Enqueues jobs one by one and keeps the printed ids. A job reports if an older run of it
    /// still lives.
    private static let enqueuer = """
      number=0
      while :; do
        number=$((number + 1))
        case $((number % 3)) in
          0) queuectl enqueue --id "fails-$1-$number" --max-retries 1 'exit 3' ;;
          1) queuectl enqueue --id "works-$1-$number" '\(job)' ;;
          2) queuectl enqueue '[{"command":"true"},{"command":"true"},{"command":"true"}]' ;;
        esac
      done
      """

    private static let job = """
      exec 9>> "locks/$QUEUECTL_JOB_ID"
      flock -n 9 || echo "$QUEUECTL_JOB_ID" >> overlaps
      sleep 0.02
      """

    private func killedRound(_ round: Int, _ chance: inout SeededGenerator) async throws {
      let isDetached = Bool.random(using: &chance)
      let killsJobs = Bool.random(using: &chance)
      let waitsForWorkers = Bool.random(using: &chance)
      let pause = Duration.microseconds(Int.random(in: 0...50_000, using: &chance))
      let workers = try queue.start(
        program: Binary.path,
        ["queuectl", "worker", "start", "--count", "2"] + (isDetached ? ["--detach"] : []))
      let enqueuers = try (1...3).map { number in
        try queue.startShell(
          "exec sh enqueuer.sh \(round)-\(number) >> printed-\(number) 2>> errors")
      }
      if waitsForWorkers {
        try await workers.line(containing: isDetached ? " started in the background" : " ready; ")
      }
      try await ContinuousClock().sleep(for: pause)
      try await offPool { [path = queue.path] in
        // Our own processes by pid, because one that is about to exec can't be recognized.
        for child in [workers] + enqueuers { kill(child.pid, SIGKILL) }
        if killsJobs { Leftovers.kill(all: path) } else { Self.killQueue(path) }
        for child in [workers] + enqueuers { child.reap() }
      }
    }

    /// Kills everything except the jobs, which the next workers must end before they run them
    /// again.
    private static func killQueue(_ path: String) {
      while true {
        let ours = Leftovers.find(path).filter {
          $0.command.hasPrefix("queuectl ") || $0.command.hasPrefix("sh enqueuer.sh")
        }
        guard !ours.isEmpty else { return }
        for process in ours { kill(process.pid, SIGKILL) }
        for process in ours { _ = Processes.wait(forEndOf: process.pid, atMost: .seconds(10)) }
      }
    }

    private func expectSound(_ finished: inout [String: Finish], _ place: String) async throws {
      let jobs = try await queue.jobs("--limit", "0")
      let known = Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, $0) })
      for number in 1...3 {
        let lost = try queue.lines(of: "printed-\(number)").filter { known[$0] == nil }
        #expect(lost == [], "printed and lost in \(place)")
      }
      for (id, finish) in finished {
        #expect(known[id].map(Self.finish) == finish, "\(id) changed in \(place)")
      }
      finished = known.filter { ["completed", "dead"].contains($0.value.state) }
        .mapValues(Self.finish)
      #expect(try queue.lines(of: "overlaps") == [], "two runs at once in \(place)")
      #expect(try queue.lines(of: "errors").filter { !$0.contains("Killed") } == [], "\(place)")
      let check = try await queue.sqlite(queue.database, "PRAGMA integrity_check")
      #expect(check == ["ok"], "\(place)")
    }

    private static func finish(_ job: JobRecord) -> Finish {
      Finish(
        state: job.state, attempts: job.attempts, finishedAt: job.finishedAt, exitCode: job.exitCode
      )
    }

    /// - Returns: the number of lost runs.
    private func expectAllFinished(_ place: String) async throws -> String {
      for job in try await queue.jobs("--limit", "0") {
        let fails = job.id.hasPrefix("fails-")
        #expect(job.state == (fails ? "dead" : "completed"), "\(job) of \(place)")
        #expect(job.attempts == (fails ? 2 : 1), "\(job) of \(place)")
      }
      // More runs than attempts only if some were lost, and at most one end for each attempt.
      let odd = try await queue.sqlite(
        queue.database,
        """
        SELECT id FROM jobs WHERE attempts <> (SELECT count(*) FROM runs
          WHERE job = jobs.seq AND coalesce(outcome, 'none') NOT IN ('lost', 'stopped'));
        SELECT 'open run ' || id FROM runs WHERE finished_at IS NULL
        """)
      #expect(odd == [], "\(place)")
      let lost = try await queue.sqlite(
        queue.database, "SELECT count(*) FROM runs WHERE outcome = 'lost'")
      try await queue.succeed("doctor", "--thorough")
      return lost.joined()
    }
  }
}
