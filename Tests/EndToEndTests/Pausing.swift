import Foundation
import Testing

extension EndToEnd {
  /// `pause` and `resume` of running jobs.
  @Suite struct Pausing {
    let queue = TestQueue.current
    let held: HeldJobs

    init() throws { held = try HeldJobs(queue) }

    /// Whether the kernel has stopped a process, or frozen its cgroup.
    private func standsStill(_ pid: pid_t) throws -> Bool {
      let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
      if stat.split(separator: ")").last?.hasPrefix(" T ") == true { return true }
      let path = try String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)
        .split(separator: "\n").first { $0.hasPrefix("0::/") }?.split(separator: "/").last
      guard let home = Conditions.cgroup, let name = path, name.hasPrefix("queuectl-run-") else {
        return false
      }
      return try String(contentsOfFile: "\(home)/\(name)/cgroup.events", encoding: .utf8)
        .contains("frozen 1")
    }

    /// Workers, with or without a file system of cgroups.
    private func startWorkers(hidingCgroups isHidden: Bool) async throws -> ChildProcess {
      guard isHidden, Conditions.isRoot else { return try await queue.startWorkers() }
      let workers = try queue.startShell(
        "exec unshare -m sh -c 'mount -t tmpfs none /sys/fs/cgroup; exec queuectl worker start'")
      try await workers.line(containing: " ready; ")
      return workers
    }

    @Test(arguments: [false, true])
    func `FAULT 29: a paused job stands still, beyond its timeout and the lease`(
      hidesCgroups: Bool
    ) async throws {
      try queue.write(held.command, to: "stray.sh")
      try await queue.succeed("config", "set", "lease", "2s")
      try await queue.succeed(
        "enqueue", "--id", "job", "--timeout", "2s", "setsid sh stray.sh & \(held.command); wait")
      let workers = try await startWorkers(hidingCgroups: hidesCgroups)
      let pids = [try await held.nextStart().pid, try await held.nextStart().pid]
      #expect(try await queue.succeed("pause", "job") == "paused job\n")
      #expect(try pids.allSatisfy(standsStill), "also the one outside of the session")
      #expect(try await queue.succeed("pause", "job") == "paused job\n", "again")

      let job = try await queue.job("job")
      #expect(job.state == "processing" && job.frozen)
      #expect(try await queue.succeed("list").contains("FROZEN "))
      #expect(try await queue.succeed("status").contains("\nfrozen: 1 job\n"))
      #expect(try await queue.succeed("show", "job").contains("\nfrozen "))
      let explained = try await queue.succeed("explain", "job")
      #expect(explained.contains("it was paused ") && explained.contains("$ queuectl resume job"))
      let waited = try await queue.run("wait", "--timeout", "3s", "job")
      #expect(waited.status == 124, "\(waited)")
      #expect(waited.errors.contains("it was paused"), "\(waited)")
      #expect(try await queue.job("job").frozen)
      #expect(try pids.allSatisfy(standsStill))

      #expect(try await queue.succeed("resume", "job") == "resumed job\n")
      #expect(try !pids.contains(where: standsStill))
      held.release(2)
      try await queue.succeed("wait", "job")
      let ended = try await queue.job("job")
      #expect(ended.state == "completed" && !ended.frozen)
      let shown = try JSON.object(try await queue.succeed("show", "--json", "job"))
      let elapsed = (shown["runs"] as? [[String: Any]])?.first?["elapsed"] as? Double
      #expect(try #require(elapsed) < 2, "the pause isn't in it")
      try await workers.line(containing: "job paused")
      try await workers.line(containing: "job resumed")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(arguments: [["cancel", "job"], ["worker", "stop", "--now"]], [false, true])
    func `FAULT 29: a paused job is ended with TERM`(
      words: [String], hidesCgroups: Bool
    ) async throws {
      try await queue.succeed(
        "enqueue", "--id", "job", "trap 'echo termed > out; exit 3' TERM; \(held.command)")
      let workers = try await startWorkers(hidingCgroups: hidesCgroups)
      _ = try await held.nextStart()
      try await queue.succeed("pause", "job")
      try await queue.run(words).expectSuccess()
      #expect(try queue.lines(of: "out") == ["termed"])
      let job = try await queue.job("job")
      #expect(!job.frozen && job.state == (words[0] == "cancel" ? "cancelled" : "pending"))
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `worker stop tells that a job is paused, and waits for it`() async throws {
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let workers = try await queue.startWorkers()
      _ = try await held.nextStart()
      try await queue.succeed("pause", "job")
      let stop = try await queue.run("worker", "stop", "--timeout", "500ms")
      #expect(stop.status == 1, "\(stop)")
      #expect(
        stop.errors.contains(#"job is paused: "queuectl resume job", or stop with --now"#),
        "\(stop)")
      held.release()
      try await queue.succeed("resume", "job")
      #expect(try await workers.exit() == 0)
      #expect(try await queue.job("job").state == "completed")
    }

    @Test func `a paused run of a killed worker is ended, and its job runs again`() async throws {
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let workers = try await queue.startWorkers()
      let first = try await held.nextStart()
      try await queue.succeed("pause", "job")
      kill(first.worker, SIGKILL)
      let second = try await held.nextStart()
      #expect(try await Processes.ends(first.pid, within: Patience.usual))
      #expect(second.pid != first.pid)
      #expect(try await !queue.job("job").frozen)
      held.release()
      try await queue.succeed("wait", "job")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `filters select running jobs that aren't as wanted`() async throws {
      for (id, tag) in [("a", "batch"), ("b", "batch"), ("c", "other")] {
        try await queue.succeed("enqueue", "--id", id, "--tag", tag, held.command)
      }
      try await queue.succeed("enqueue", "--id", "later", "--tag", "batch", "--delay", "1h", "true")
      let workers = try await queue.startWorkers("--count", "3")
      for _ in 1...3 { _ = try await held.nextStart() }
      try await queue.succeed("pause", "a")
      let unsure = try await queue.run("pause", "--tag", "batch")
      #expect(unsure.status == 64 && unsure.errors.contains("pass --yes to pause"), "\(unsure)")
      let dry = ["pause", "--tag", "batch", "--dry-run"]
      #expect(try await queue.run(dry).output == "would pause 1 job:\n  b\n")
      #expect(try await queue.succeed("pause", "--tag", "batch", "--yes") == "paused 1 job\n")
      #expect(try await queue.job("b").frozen)
      #expect(try await !queue.job("c").frozen)
      #expect(try await queue.succeed("resume", "--all", "--yes") == "resumed 2 jobs\n")
      #expect(try await !queue.job("a").frozen)
      #expect(try await queue.succeed("resume", "--all", "--yes") == "resumed 0 jobs\n")
      #expect(
        try await queue.succeed("pause", "--all", "--yes", "--no-wait")
          == ["a", "b", "c"].map { "requested the pause of \($0)\n" }.joined())
      #expect(try await queue.succeed("resume", "--all", "--yes") == "resumed 3 jobs\n")
      held.release(3)
      try await queue.succeed("wait", "a", "b", "c")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test func `what isn't a running job is refused`() async throws {
      let none = try await queue.run("pause", "job")
      #expect(none.status == 1 && none.errors.contains("no job is called"), "\(none)")
      try await queue.succeed("enqueue", "--id", "job", "--queue", "mail", "true")
      for word in ["pause", "resume"] {
        let waits = try await queue.run(word, "job")
        #expect(waits.status == 1, "\(waits)")
        #expect(waits.errors.contains(#"job "job" is pending, not processing"#), "\(waits)")
        let advice = #"to hold back waiting jobs: "queuectl queue pause mail""#
        #expect(waits.errors.contains(advice) == (word == "pause"), "\(waits)")
        let name = try await queue.run(word, "mail")
        #expect(name.status == 1, "\(name)")
        #expect(
          name.errors.contains(#"for the queue: "queuectl queue \#(word) mail""#), "\(name)")
        let nothing = try await queue.run(word)
        #expect(nothing.status == 64, "\(nothing)")
      }
    }
  }
}
