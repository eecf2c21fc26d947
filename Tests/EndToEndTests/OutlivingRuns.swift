import Foundation
import Testing

extension EndToEnd {
  /// Processes of a run that hide or can't be killed: none lives beside the job's next run.
  ///
  /// One round of each in every test run; `QUEUECTL_TORTURE_HIDERS` sets the number.
  @Suite(.tags(.crowded)) struct OutlivingRuns {
    let queue = TestQueue.current

    /// How a process of a job hides. `STRAY` reports that it runs, and stays alive.
    enum Escape: String, CaseIterable {
      case emptyEnvironment = "env -i STRAY &"
      case ownSession = "setsid STRAY &"
      case doubleFork = "(STRAY &)"
      case emptyEnvironmentAndSession = "env -i setsid STRAY &"
      case daemon = "env -i setsid sh -c '\"$@\" &' sh STRAY"
      /// Only root can read its environment.
      case unreadable = "UNREADABLE &"
      case unreadableInOwnSession = "setsid UNREADABLE &"

      var isUnreadable: Bool { rawValue.contains("UNREADABLE") }
    }

    enum Victim: String, CaseIterable { case worker, workerAndSupervisor }

    /// An unreadable process in its own session is known by its parents only, and outlives none of
    /// these.
    private static let cases = Escape.allCases.flatMap { escape in
      Victim.allCases.map { (escape, $0) }
    }.filter { $0 != (.unreadableInOwnSession, .workerAndSupervisor) }

    @Test(arguments: cases)
    func `FAULT 15: processes of a run never live beside the next one, wherever they hid`(
      escape: Escape, victim: Victim
    ) async throws {
      let rounds = Torture.number("HIDERS") ?? 1
      let held = try HeldJobs(queue)
      let stray = try HeldJobs(queue, "stray")
      try queue.write(
        "echo \"stray 1 $$ $PPID\" > '\(queue.file("stray.starts"))'\nexec \"$@\" 1000\n",
        to: "stray.sh")
      // A program that is executable but not readable gives an unreadable process.
      _ = try await queue.shell("cp /usr/bin/sleep unreadable && chmod 711 unreadable")
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      let user = try await user(for: escape)
      var workers = try await startWorkers(as: user)
      for round in 1...rounds {
        try await queue.succeed("enqueue", "--id", "job\(round)", command(escape, held))
        let first = try await held.nextStart()
        let hidden = try await stray.nextStart()
        if victim == .workerAndSupervisor { try await Processes.killHard(workers.pid) }
        try await Processes.killHard(first.worker)
        if victim == .workerAndSupervisor { workers = try await startWorkers(as: user) }
        let second = try await held.nextStart()
        #expect(second.id == first.id)
        #expect(try await Processes.ends(hidden.pid, within: .zero), "\(escape), round \(round)")
        held.release()
        try await queue.succeed("wait", "job\(round)")
        // A supervisor replaces workers that die early after growing pauses.
        if round % 3 == 0 {
          try await Self.stop(workers)
          workers = try await startWorkers(as: user)
        }
      }
      #expect(try queue.lines(of: "overlaps") == [])
      Torture.report(
        "15 hidden processes", rounds: rounds, of: "\(escape), \(victim) killed",
        violations: try queue.lines(of: "overlaps").count)
      try await Self.stop(workers)
    }

    private static func stop(_ workers: ChildProcess) async throws {
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    /// The lock detects another live run, because all its processes have it open.
    private func command(_ escape: Escape, _ held: HeldJobs) -> String {
      let path = queue.file("stray.sh")
      let line = escape.rawValue.replacing("UNREADABLE", with: "sh \(path) ./unreadable")
        .replacing("STRAY", with: "/bin/sh \(path) /usr/bin/sleep")
      return """
        exec 7>> "lock-$QUEUECTL_JOB_ID"
        flock -n 7 || echo "$QUEUECTL_RUN_ID" >> overlaps
        if ! test -e "ran-$QUEUECTL_JOB_ID"; then
          : > "ran-$QUEUECTL_JOB_ID"
          \(line)
        fi
        \(held.command)
        """
    }

    /// Root sees every process, so the workers are another user's where possible.
    private func user(for escape: Escape) async throws -> Int? {
      guard escape.isUnreadable, Conditions.hasStranger else { return nil }
      let user = Conditions.stranger + 3
      try await queue.succeed("enqueue", "--id", "first", "true")
      try await queue.succeed("cancel", "first")
      _ = try await queue.shell("chown -R \(user) '\(queue.path)' && chown root unreadable")
      return user
    }

    private func startWorkers(as user: Int?) async throws -> ChildProcess {
      guard let user else { return try await queue.startWorkers() }
      let workers = try queue.startShell(
        "exec setpriv --reuid=\(user) --clear-groups queuectl worker start")
      try await workers.line(containing: " ready; ")
      return workers
    }

    @Test(.needsStranger)
    func `FAULT 16: a run with a process that can't be killed isn't over, and all views say so`()
      async throws
    {
      let user = Conditions.stranger + 4
      let held = try HeldJobs(queue)
      try await queue.succeed("config", "set", "kill-grace", "100ms")
      // It becomes root for good, as sudo does.
      try queue.write(
        "echo \"root 1 $$ $PPID\" > '\(queue.file("held.starts"))'; exec sleep 1000\n",
        to: "root.sh")
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "1", "--timeout", "3s",
        """
        echo run >> runs; test $QUEUECTL_ATTEMPT = 1 || exit 0
        ./become --reuid=0 --regid=0 --clear-groups sh root.sh & \(held.wait)
        """)
      _ = try await queue.shell(
        """
        chown -R \(user) '\(queue.path)' && cp "$(command -v setpriv)" become &&
        chown root become && chmod 4755 become
        """)
      let workers = try await startWorkers(as: user)
      let root = try await held.nextStart()
      let name = "process \(root.pid) (uid 0)"
      try await workers.line(containing: "can't end \(name) of job")

      let explained = try await queue.succeed("explain", "job")
      #expect(explained.contains("its workers can't end \(name) of its last run"), "\(explained)")
      let shown = try await queue.succeed("show", "job")
      #expect(shown.contains(name), "\(shown)")
      let doctor = try await queue.run("doctor")
      #expect(doctor.status == 1 && doctor.output.contains(name), "\(doctor)")

      // Nor is it over for the next worker.
      let worker = try #require(try await queue.workers().first)
      try await Processes.killHard(worker.pid)
      try await workers.line(containing: "is lost; can't end \(name) of job")
      #expect(try await queue.job("job").state == "processing")
      #expect(try await queue.succeed("explain", "job").contains(name))
      #expect(try queue.lines(of: "runs").count == 1)

      try await Processes.killHard(root.pid)
      // A first lost run costs nothing, so the job runs as its first attempt again.
      let again = try await held.nextStart()
      #expect(try queue.lines(of: "runs").count == 2)
      try await Processes.killHard(again.pid)
      held.release()
      workers.signal(SIGTERM)
      try await workers.line(containing: "stopping")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
    }

    @Test(.needs(program: "strace"))
    func `FAULT 72: an unreadable list of processes is read again`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "job",
        """
        exec 7>> lock; flock -n 7 || echo "$QUEUECTL_RUN_ID" >> overlaps
        env -i sleep 1000 & stray=$!
        \(held.command); kill $stray
        """)
      let first = try await queue.startWorkers()
      let start = try await held.nextStart()
      for pid in [first.pid, start.worker] { try await Processes.killHard(pid) }
      let second = try queue.startShell(
        """
        exec strace -f -qq -o /dev/null -P /proc -e trace=openat \
        -e inject=openat:error=EMFILE:when=1..300 queuectl worker start
        """)
      try await second.line(
        containing: "unknown whether the run of job has ended: can't list /proc")
      #expect(try await queue.job("job").state == "processing")
      _ = try await held.nextStart()
      #expect(try queue.lines(of: "overlaps") == [])
      held.release()
      try await second.line(containing: "job completed")
      try await queue.succeed("worker", "stop")
      try await second.exit()
    }

    @Test(.needsRoot)
    func `FAULT 72: a worker that can't read the boot id isn't of another boot`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let hidden =
        "unshare -m sh -c 'mount -t proc -o subset=pid proc /proc && exec queuectl \"$@\"' sh"
      let first = try queue.startShell("exec \(hidden) worker start")
      try await first.line(containing: " ready; ")
      let start = try await held.nextStart()
      for way in ["queuectl", hidden] {
        let others = try await queue.shell("exec \(way) worker start --drain --queue other")
        #expect(others.status == 0, "\(others)")
        #expect(!others.output.contains("is lost"), "\(others)")
        let stopped = try await queue.shell("exec \(way) worker stop --timeout 100ms")
        #expect(stopped.status == 1 && stopped.errors.contains("to finish job"), "\(stopped)")
      }
      #expect(try await !Processes.ends(start.pid, within: .zero), "the job was ended")
      held.release()
      #expect(try await first.exit() == 0)
      #expect(try await queue.job("job").attempts == 1)
      #expect(try await queue.job("job").state == "completed")
    }

    @Test(.needsRoot)
    func `FAULT 77: a worker of another PID namespace is left to its own supervisor`() async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed(
        "enqueue", "--id", "job",
        """
        exec 7>> lock; flock -n 7 || echo "$QUEUECTL_RUN_ID" >> overlaps
        echo $PPID > worker; \(held.command)
        """)
      let inside = "unshare --pid --fork --mount-proc --kill-child"
      let first = try queue.startShell("exec \(inside) queuectl worker start")
      try await first.line(containing: " ready; ")
      _ = try await held.nextStart()
      // Its supervisor (pid 1 there) is stopped, and its worker is killed by its pid in this
      // namespace.
      let supervisor = try #require(Self.child(of: first.pid))
      let worker = try #require(Self.child(of: supervisor))
      kill(supervisor, SIGSTOP)
      try await Processes.killHard(worker)
      for way in ["queuectl", "\(inside) queuectl"] {
        let others = try await queue.shell("exec \(way) worker start --drain --queue other")
        #expect(others.status == 0, "\(others)")
        #expect(!others.output.contains("is lost"), "\(others)")
      }
      #expect(try await queue.job("job").state == "processing")
      kill(supervisor, SIGCONT)
      _ = try await held.nextStart()
      #expect(try queue.lines(of: "overlaps") == [])
      held.release()
      try await first.line(containing: "job completed")
      kill(supervisor, SIGTERM)
      #expect(try await first.exit() == 0)
    }

    private static func child(of pid: pid_t) -> pid_t? {
      let path = "/proc/\(pid)/task/\(pid)/children"
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      return text.split(separator: " ").first.flatMap { pid_t($0) }
    }

    @Test(.needsSqlite)
    func `FAULT 73: a process named by a row is signalled only if it is a worker`()
      async throws
    {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "job", held.command)
      let workers = try await queue.startWorkers()
      let start = try await held.nextStart()
      let other = try queue.start(program: "/bin/sleep", ["sleep", "1000"])
      let fields =
        String(decoding: try FileContents.read("/proc/\(other.pid)/stat"), as: UTF8.self)
        .split(separator: ")").last?.split(separator: " ") ?? []
      try await queue.sqlite(
        queue.database,
        """
        UPDATE workers SET pid = \(other.pid), pid_start = \(fields[19])
        """)
      try await queue.succeed("worker", "stop", "--no-wait")
      try await queue.succeed("cancel", "job")
      #expect(try await !Processes.ends(other.pid, within: .zero), "another process was signalled")
      try await Processes.killHard(other.pid)
      #expect(try await workers.exit() == 0)
      #expect(try await Processes.ends(start.pid, within: .zero))
    }

    @Test func `FAULT 18: a run ends after its last action, and none starts before its time`()
      async throws
    {
      try await queue.succeed("config", "set", "backoff-base", "0.2")
      try queue.write(
        "date +%s%3N >> starts-$1; date +%s%3N >> ends-$1; exit 1\n", to: "acts.sh")
      let ids = (1...20).map { "job\($0)" }
      try await queue.succeed(
        "enqueue", "-",
        input: ids.map {
          #"{"id":"\#($0)","max_retries":2,"command":"sh acts.sh \#($0)"}"#
        }.joined(separator: "\n") + "\n")
      try await queue.drain(count: 3)
      for id in ids {
        let shown = try JSON.decode(Shown.self, from: try await queue.succeed("show", id, "--json"))
        let runs = shown.runs.sorted { $0.attempt < $1.attempt }
        let starts = try queue.lines(of: "starts-\(id)").compactMap { Double($0) }
        let ends = try queue.lines(of: "ends-\(id)").compactMap { Double($0) }
        try #require(runs.count == 3 && starts.count == 3 && ends.count == 3, "\(shown)")
        for (run, end) in zip(runs, ends) {
          let finished = try #require(run.finishedAt).timeIntervalSince1970 * 1000
          #expect(
            finished.rounded() >= end, "\(id): it finished \(end - finished) ms before its end")
        }
        for (attempt, next) in starts.dropFirst().enumerated() {
          let finished = try #require(runs[attempt].finishedAt).timeIntervalSince1970 * 1000
          let due = finished.rounded() + (attempt == 0 ? 200 : 40)
          #expect(next >= due, "\(id): retry \(attempt + 1) came \(due - next) ms early")
        }
      }
    }

    private struct Shown: Decodable {
      struct Run: Decodable {
        var attempt: Int
        var finishedAt: Date?
      }
      var runs: [Run]
    }
  }
}
