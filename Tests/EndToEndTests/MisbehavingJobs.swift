import Foundation
import Testing

extension EndToEnd {
  /// Jobs that never end, leave processes behind, or exhaust a resource.
  @Suite struct MisbehavingJobs {
    let queue = TestQueue.current

    @Test(arguments: [
      "trap '' TERM; echo $$ > pid; while :; do sleep 1000; done",
      "sleep 1000 & echo $$ > pid; sleep 1000",
      "setsid sleep 1000 & echo $$ > pid; sleep 1000",
      "(trap '' TERM; setsid sh -c 'sleep 1000; :' & wait) & echo $$ > pid; sleep 1000",
    ])
    func `FAULT 21: after a timeout no process of the run is left, wherever it hid`(
      command: String
    ) async throws {
      try await queue.succeed("config", "set", "kill-grace", "200ms")
      try await queue.succeed(
        "enqueue", "--id", "job", "--max-retries", "0", "--timeout", "2s", command)
      let before = ContinuousClock.now
      try await queue.drain()
      #expect(ContinuousClock.now - before < .seconds(30))
      #expect(Leftovers.find(queue.path).isEmpty)
      #expect(try queue.lines(of: "pid").count == 1, "it was ended before it ran")
      let job = try await queue.job("job")
      #expect(job.state == "dead")
      #expect(job.error == "timed out after 2s")
    }

    /// `QUEUECTL_TORTURE_MEGABYTES` makes the flood larger.
    @Test(arguments: ["yes | head -c", "tr '\\0' x < /dev/zero | head -c"])
    func `FAULT 23: a flood of output is bounded, and the worker's memory doesn't grow`(
      source: String
    ) async throws {
      let megabytes = Torture.number("MEGABYTES") ?? 100
      try await queue.succeed("config", "set", "log-max-size", "1MB")
      try await queue.succeed(
        "enqueue", "--id", "flood",
        """
        echo the head; \(source) \(megabytes)000000; echo; echo the tail
        grep VmHWM /proc/$PPID/status > peak
        """)
      try await queue.drain(atMost: .seconds(300))
      let logs = try FileManager.default.subpathsOfDirectory(atPath: queue.database + ".d/logs")
        .filter { $0.hasSuffix(".log") }
      let path = queue.database + ".d/logs/" + (try #require(logs.first))
      var status = stat()
      try #require(stat(path, &status) == 0)
      #expect(Int(status.st_blocks) * 512 < 1_300_000, "the file takes \(status.st_blocks) blocks")
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      #expect(
        try file.read(upToCount: 9).map { String(decoding: $0, as: UTF8.self) } == "the head\n")
      try file.seek(toOffset: UInt64(status.st_size) - 9)
      #expect(try file.readToEnd().map { String(decoding: $0, as: UTF8.self) } == "the tail\n")
      let peak = try #require(try queue.lines(of: "peak").first)
      let kilobytes = try #require(peak.split(separator: " ").dropLast().last.flatMap { Int($0) })
      #expect(kilobytes < 40_000, "the worker took \(peak)")
      Torture.report("23 output flood", rounds: 1, of: "\(megabytes) MB")
    }

    @Test func `FAULT 27: a job over its memory limit fails alone`() async throws {
      try await queue.succeed(
        "enqueue", "--id", "hog", "--max-retries", "0", "ulimit -v 300000; exec tail /dev/zero")
      try await queue.succeed("enqueue", "--id", "good", "true")
      let log = try await queue.drain()
      #expect(try await queue.job("hog").state == "dead", "\(log)")
      #expect(try await queue.job("good").state == "completed")
      #expect(!log.contains(" died "), "\(log)")
    }

    @Test(.needsStranger)
    func `FAULT 27: a fork bomb under a limit fails alone and leaves no process`() async throws {
      try await queue.succeed("config", "set", "kill-grace", "100ms")
      try await queue.succeed(
        "enqueue", "--id", "bomb", "--max-retries", "0", "--timeout", "20s",
        """
        exec setpriv --reuid=\(Conditions.stranger + 1) --clear-groups prlimit --nproc=40 \
        sh -c 'b() { b | b & wait; }; b; while :; do sh -c "sleep 1000; :" & done'
        """)
      try await queue.succeed("enqueue", "--id", "good", "true")
      let log = try await queue.drain()
      let bomb = try await queue.job("bomb")
      #expect(bomb.state == "dead")
      #expect(bomb.error?.contains("fork") == true, "\(bomb)")
      #expect(try await queue.job("good").state == "completed")
      #expect(!log.contains(" died "), "\(log)")
    }

    @Test func `FAULT 28: a job that outlasts the lease has one run, even with an idle worker`()
      async throws
    {
      try await queue.succeed("config", "set", "lease", "5s")
      let first = try await queue.startWorkers("--count", "2")
      let second = try await queue.startWorkers()
      try await queue.succeed("enqueue", "--id", "long", "echo run >> runs; sleep 8")
      try await queue.drain()
      #expect(try queue.lines(of: "runs") == ["run"])
      let job = try await queue.job("long")
      #expect(job.state == "completed" && job.attempts == 1)
      for workers in [first, second] {
        workers.signal(SIGTERM)
        #expect(try await workers.exit() == 0)
        try await workers.closed()
        #expect(!workers.transcript.text.contains("is lost"), "\(workers.transcript.text)")
      }
    }

    // MARK: - Few descriptors, few processes

    @Test func `FAULT 67: with 64 descriptors all jobs run`() async throws {
      try await enqueue(50)
      let workers = try queue.startShell(
        "ulimit -n 64; exec queuectl worker start --drain --count 3")
      #expect(try await workers.exit() == 0, "\(workers.transcript.text)")
      try await expectEachOnce(50)
    }

    @Test func `FAULT 67: with too few descriptors workers report it and lose nothing`()
      async throws
    {
      try await enqueue(5)
      for limit in 4...12 {
        // If a worker can start but its job can't, it waits for room until it is stopped.
        let result = try await queue.shell(
          "ulimit -n \(limit); timeout -k 20 3 queuectl worker start --drain")
        if result.status == 0 { break }
        #expect(result.status < 128, "a crash with \(limit): \(result)")
        #expect(!(result.errors + result.output).isEmpty, "\(result)")
      }
      try await queue.drain()
      try await expectEachOnce(5)
    }

    @Test(.needsStranger)
    func `FAULT 67: with room for too few processes workers wait and lose nothing`()
      async throws
    {
      let user = Conditions.stranger + 2
      // Long enough to overlap, without a process of its own.
      try await enqueue(20, first: "i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done; ")
      _ = try await queue.shell("chown -R \(user) '\(queue.path)'")
      // The supervisor, two workers and one job; the second job must wait.
      let workers = try queue.startShell(
        """
        exec setpriv --reuid=\(user) --clear-groups prlimit --nproc=4 \
        queuectl worker start --drain --count 2
        """)
      #expect(try await workers.exit() == 0, "\(workers.transcript.text)")
      try await workers.closed()
      let log = workers.transcript.text
      #expect(log.contains("Resource temporarily unavailable"), "no job had to wait: \(log)")
      #expect(!log.contains(" died "), "\(log)")
      try await expectEachOnce(20)
    }

    private func enqueue(_ count: Int, first: String = "") async throws {
      try await queue.succeed(
        "enqueue", "-",
        input: (1...count).map {
          #"{"id":"j\#($0)","command":"\#(first)echo $QUEUECTL_JOB_ID >> ran"}"#
        }
        .joined(separator: "\n") + "\n")
    }

    private func expectEachOnce(_ count: Int) async throws {
      #expect(try queue.lines(of: "ran").sorted() == (1...count).map { "j\($0)" }.sorted())
      #expect(try await queue.jobs().allSatisfy { $0.state == "completed" && $0.attempts == 1 })
    }
  }
}
