import Foundation
import Testing

extension EndToEnd {
  /// A cgroup for each run, where they can be made.
  @Suite(.needsCgroups) struct CgroupsOfRuns {
    let queue = TestQueue.current

    /// The directory of a run's cgroup, by the line that a process of it wrote.
    private func directory(in file: String) throws -> String {
      let line = try #require(try queue.lines(of: file).first { $0.hasPrefix("0::/") })
      let name = try #require(line.split(separator: "/").last)
      return "\(try #require(Conditions.cgroup))/\(name)"
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test(arguments: ["true", "exit 3"])
    func `a run has its own, which is removed after it`(end: String) async throws {
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "0",
        "cat /proc/self/cgroup > cgroup; echo $QUEUECTL_RUN_ID > name; \(end)")
      try await queue.drain()
      let directory = try directory(in: "cgroup")
      let name = try #require(try queue.lines(of: "name").first)
      #expect(directory.hasSuffix("/queuectl-run-\(name)"))
      #expect(!exists(directory))
      let doctor = try await queue.succeed("doctor")
      let home = try #require(Conditions.cgroup)
      #expect(doctor.contains("cgroups: each run gets its own, in \(home)"))
      let offered = try String(contentsOfFile: "\(home)/cgroup.controllers", encoding: .utf8)
        .split { $0.isWhitespace }
      for (flag, controller) in [("--memory", "memory"), ("--cpus", "cpu")] {
        let isNamed = doctor.split(separator: "\n").contains {
          $0.contains("in \(home); no controller for ") && $0.contains(flag)
        }
        #expect(isNamed != offered.contains(controller[...]), "\(doctor)")
      }
    }

    @Test func `CPU time is that of all processes, also of those that nobody waited for`()
      async throws
    {
      try queue.write(
        "i=0; while test $i -lt 100000; do i=$((i+1)); done; echo > spun\n", to: "spin.sh")
      try await queue.succeed(
        "enqueue", "--id", "job",
        "(setsid sh spin.sh &); while test ! -e spun; do sleep 0.05; done")
      try await queue.drain()
      let shown = try JSON.object(try await queue.succeed("show", "--json", "job"))
      let used = (shown["runs"] as? [[String: Any]])?.first?["cpu_time"] as? Double
      #expect(try #require(used) > 0.03)
    }

    @Test func `background processes of a successful run keep running in theirs`() async throws {
      let held = try HeldJobs(queue)
      try queue.write("cat /proc/self/cgroup > cgroup; \(held.command)", to: "stray.sh")
      try await queue.succeed("enqueue", "--id", "job", "setsid sh stray.sh & read _ < ready")
      try await queue.succeed("enqueue", "--id", "next", "--after", "job", held.command)
      _ = try await queue.shell("mkfifo ready")
      let workers = try await queue.startWorkers()
      let stray = try await held.nextStart()
      _ = try await queue.shell("echo > ready")
      try await queue.succeed("wait", "job")
      let next = try await held.nextStart()
      let directory = try directory(in: "cgroup")
      #expect(exists(directory))
      kill(stray.pid, SIGKILL)
      #expect(try await Processes.ends(stray.pid, within: Patience.usual))
      held.release()
      try await queue.succeed("wait", "next")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      #expect(!exists(directory))
      #expect(next.pid != stray.pid)
    }

    /// Its session, its environment, its output and its parents are gone.
    @Test func `FAULT 15: a process without any other mark is found by its cgroup`() async throws {
      let held = try HeldJobs(queue)
      try queue.write(
        """
        cat /proc/self/cgroup > cgroup
        \(held.announcement)
        exec env -i setsid sh -c '\(held.wait.replacing("'", with: ""))' > /dev/null 2>&1
        """, to: "stray.sh")
      try await queue.succeed(
        "enqueue", "--id", "job",
        "test ! -e cgroup || exit 0; (setsid sh stray.sh &); \(held.command)"
      )
      let workers = try await queue.startWorkers()
      let both = [try await held.nextStart(), try await held.nextStart()]
      let directory = try directory(in: "cgroup")
      #expect(exists(directory))
      let worker = try #require(try await queue.workers().first?.pid)
      // Without supervisor and worker no process has adopted it.
      workers.signal(SIGKILL)
      kill(worker, SIGKILL)
      _ = workers.reap()
      try await queue.drain()
      for start in both { #expect(try await Processes.ends(start.pid, within: Patience.usual)) }
      #expect(try await queue.job("job").state == "completed")
      #expect(!exists(directory))
    }
  }
}
