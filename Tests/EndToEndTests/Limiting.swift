import Foundation
import Testing

@testable import QueueHost

extension EndToEnd {
  /// What a run may use: `--nice`, `--memory`, `--cpus`.
  @Suite struct Limiting {
    let queue = TestQueue.current

    /// Only processes of one program are moved, so that a controller can be turned on.
    @Test func `supervisor and worker are known as one program`() async throws {
      let supervisor = try await queue.startWorkers()
      let worker = try #require(try await queue.workers().first)
      let program = try #require(CgroupControllers.program(of: supervisor.pid))
      #expect(CgroupControllers.program(of: pid_t(worker.pid)) == program)
      #expect(!CgroupControllers.isOurProgram(supervisor.pid), "the tests are another program")
      supervisor.signal(SIGTERM)
      #expect(try await supervisor.exit() == 0)
    }

    @Test func `a job has its niceness, and another one the worker's`() async throws {
      try await queue.succeed("enqueue", "--nice", "7", "nice > out")
      try await queue.succeed("enqueue", #"{"command":"nice > out2"}"#)
      let workers = try queue.startShell("exec nice -n 3 queuectl worker start --drain")
      #expect(try await workers.exit() == 0)
      let own = try #require(Int(try await queue.shell("printf $(nice)").output))
      #expect(try queue.lines(of: "out") == ["7"])
      #expect(try queue.lines(of: "out2").first.flatMap { Int($0) } == min(19, own + 3))
    }

    @Test(.needsRoot)
    func `a niceness that the worker has no right to spends no retry`() async throws {
      try await queue.succeed("config", "set", "snooze-delay", "1h")
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "0", "--nice", "-20", "id")
      try await queue.succeed("enqueue", "--id", "other", "true")
      let workers = try queue.startShell(
        "exec setpriv --bounding-set=-sys_nice prlimit --nice=0 queuectl worker start")
      try await queue.succeed("wait", "other")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      let job = try await queue.job("job")
      #expect(job.state == "failed" && job.attempts == 0 && job.exitCode == 126)
      #expect(
        job.error?.hasPrefix("nice -20 needs rights that the worker lacks: it runs at nice ")
          == true)
    }

    @Test(.needsRoot) func `with --best-effort a job runs with the worker's niceness`() async throws
    {
      try await queue.succeed("enqueue", "--nice", "-20", "--best-effort", "nice > out")
      let workers = try queue.startShell(
        "exec setpriv --bounding-set=-sys_nice prlimit --nice=0 queuectl worker start --drain")
      #expect(try await workers.exit() == 0)
      #expect(try queue.lines(of: "out").first.flatMap { Int($0) } ?? -20 > -20)
    }

    @Test(.needsRoot, arguments: [["--memory", "64M"], ["--cpus", "1.5"]])
    func `a limit that can't be had snoozes the job with the reason, or is left out`(
      limit: [String]
    ) async throws {
      try await queue.succeed("config", "set", "snooze-delay", "1h")
      let strict = ["enqueue", "--id", "strict", "--max-retries", "0"] + limit + ["touch ran"]
      try await queue.run(strict).expectSuccess()
      try await queue.run(
        ["enqueue", "--id", "lax", "--best-effort"] + limit + ["touch ran-without"]
      ).expectSuccess()
      let workers = try queue.startShell(
        "exec unshare -m sh -c "
          + "'mount -t tmpfs none /sys/fs/cgroup; exec queuectl worker start'")
      let reason =
        "\(limit[0]) needs a cgroup v2 for the run, and the worker can't make one (see "
        + #""queuectl doctor"); --best-effort runs the job without"#
      try await workers.line(containing: "strict snoozed after 0.00s: \(limit[0]) needs a cgroup")
      try await queue.succeed("wait", "lax")
      let job = try await queue.job("strict")
      #expect(job.state == "failed" && job.attempts == 0 && job.exitCode == 126)
      #expect(job.error == reason)
      let explained = try await queue.succeed("explain", "strict")
      #expect(explained.contains(reason), "\(explained)")
      #expect(explained.contains("queuectl edit strict --best-effort"), "\(explained)")
      let logs = try await queue.run("logs", "strict")
      #expect(logs.errors == "queuectl: the run didn't start: \(reason)\n", "\(logs)")
      #expect(!FileManager.default.fileExists(atPath: queue.file("ran")))
      try await queue.succeed("edit", "strict", "--best-effort")
      try await queue.succeed("retry", "strict")
      try await queue.succeed("wait", "strict")
      #expect(FileManager.default.fileExists(atPath: queue.file("ran")))
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(.needsRoot) func `a draining worker leaves jobs that it can't limit, and says so`()
      async throws
    {
      for id in ["strict", "second"] {
        try await queue.succeed("enqueue", "--id", id, "--memory", "64M", "true")
      }
      try await queue.succeed("enqueue", "--id", "next", "--after", "strict", "true")
      try await queue.succeed("enqueue", "--id", "free", "true")
      let workers = try queue.startShell(
        "exec unshare -m sh -c 'mount -t tmpfs none /sys/fs/cgroup; "
          + "exec queuectl worker start --drain --count 1 --fail-if-dead'")
      let line = try await workers.line(containing: " drained: ")
      #expect(try await workers.exit() == 3)
      #expect(try await queue.job("free").state == "completed")
      #expect(
        line.contains(
          "drained: 1 job waits for jobs that didn't succeed (queuectl explain next), "
            + "2 jobs can't run here (queuectl explain strict): --memory needs a cgroup v2"),
        "\(line)")
    }

    @Test func `schedule edit removes them`() async throws {
      try await queue.succeed(
        "schedule", "add", "night", "--every", "1d", "--nice", "5", "--memory", "2G", "--cpus",
        "1.5", "--best-effort", "true")
      let all = ["nice", "memory", "cpus", "best effort"]
      let shown = try await queue.succeed("schedule", "show", "night")
      #expect(all.allSatisfy { shown.contains("\n\($0) ") }, "\(shown)")
      try await queue.succeed(
        "schedule", "edit", "night", "--unset", "nice", "--unset", "memory", "--unset", "cpus",
        "--unset", "best-effort")
      let edited = try await queue.succeed("schedule", "show", "night")
      #expect(!all.contains { edited.contains("\n\($0) ") }, "\(edited)")
    }
  }
}
