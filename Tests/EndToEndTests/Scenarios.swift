import Foundation
import Testing

extension EndToEnd {
  /// The five scenarios of the brief.
  @Suite struct Scenarios {
    let queue = TestQueue.current

    @Test func `a basic job completes`() async throws {
      try await queue.succeed("enqueue", #"{"id":"job1","command":"echo done > out"}"#)
      #expect(try await queue.counts()["pending"] == 1)
      let log = try await queue.drain()
      let job = try await queue.job("job1")
      #expect(job.state == "completed")
      #expect(job.attempts == 1)
      #expect(job.exitCode == 0)
      #expect(job.error == nil)
      #expect(try queue.lines(of: "out") == ["done"])
      #expect(log.contains("job1 completed"), "the workers said: \(log)")
      #expect(try await queue.counts()["completed"] == 1)
    }

    @Test func `a failing job backs off, lands in the DLQ, and can be retried from there`()
      async throws
    {
      try await queue.succeed("config", "set", "backoff-base", "0.6")
      try await queue.succeed(
        "enqueue", "--id", "fails", "--max-retries", "3", "--",
        "sh", "-c", "date +%s.%N >> runs; test -e mended")
      try await queue.drain()

      let times = try queue.lines(of: "runs").map { try #require(Double($0)) }
      try #require(times.count == 4, "one first run and three retries: \(times)")
      for number in 1...3 {
        let gap = times[number] - times[number - 1]
        let delay = pow(0.6, Double(number))
        #expect(gap >= delay - 0.005, "retry \(number) came after \(gap) s, before \(delay) s")
        #expect(gap <= delay + 30, "retry \(number) came after \(gap) s, long after \(delay) s")
      }

      let dead = try await queue.job("fails")
      #expect(dead.state == "dead")
      #expect(dead.attempts == 4)
      #expect(dead.exitCode == 1)
      #expect(dead.error == "exit status 1")
      let table = try await queue.succeed("dlq", "list")
      #expect(table.contains("fails"), "\(table)")
      #expect(table.contains("     1  4/4 "), "\(table)")

      try queue.write("", to: "mended")
      #expect(try await queue.succeed("dlq", "retry", "fails") == "retried 1 dead job\n")
      let retried = try await queue.job("fails")
      #expect(retried.state == "pending")
      #expect(retried.attempts == 0)
      #expect(try JSON.objects(try await queue.succeed("dlq", "list", "--json")).isEmpty)
      try await queue.drain()
      let mended = try await queue.job("fails")
      #expect(mended.state == "completed")
      #expect(mended.attempts == 1)
    }

    @Test func `FAULT 20: invalid commands fail gracefully, and other jobs run`() async throws {
      try await queue.succeed("config", "set", "backoff-base", "0.1")
      try await queue.succeed("config", "set", "max-retries", "1")
      let missing = queue.file("missing")
      try FileManager.default.createDirectory(
        atPath: missing, withIntermediateDirectories: false)
      try await queue.succeed("enqueue", "--id", "not-found", "nosuchcmd")
      try await queue.succeed("enqueue", "--id", "directory", "/etc")
      try await queue.succeed("enqueue", "--id", "no-cwd", "--cwd", missing, "true")
      // The kernel accepts each word, but not all of them together.
      let variables = (1...80).map { #""V\#($0)":"\#(longText(100_000))""# }
      try await queue.succeed(
        "enqueue", "-",
        input: #"{"id":"too-long","command":"true","env":{\#(variables.joined(separator: ","))}}"#)
      try await queue.succeed("enqueue", "--id", "good", "echo good > out")
      try FileManager.default.removeItem(atPath: missing)
      try await queue.drain(count: 2)

      let jobs = try await queue.jobs()
      let expected: [(id: String, exit: Int, reason: String)] = [
        ("not-found", 127, "command not found"), ("directory", 126, "can't be executed"),
        ("no-cwd", 127, missing), ("too-long", 126, "E2BIG"),
      ]
      for (id, exit, reason) in expected {
        let job = try #require(jobs.first { $0.id == id })
        #expect(job.state == "dead", "\(id)")
        #expect(job.attempts == 2, "\(id): one run and one retry")
        #expect(job.exitCode == exit, "\(id)")
        #expect(job.error?.contains(reason) == true, "\(id): \(job.error ?? "no error")")
      }
      #expect(jobs.first { $0.id == "good" }?.state == "completed")
      #expect(try queue.lines(of: "out") == ["good"])
      #expect(try await queue.counts()["dead"] == 4)
    }

    private func longText(_ length: Int) -> String { String(repeating: "x", count: length) }

    @Test func `jobs survive a restart of the workers`() async throws {
      try await queue.succeed("enqueue", "--id", "waits", "echo \"$QUEUECTL_JOB_ID\" >> out")
      try await queue.succeed("enqueue", "--id", "later", "--delay", "1h", "true")
      let workers = try await queue.startWorkers("--queue", "another")
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      #expect(try await queue.counts()["pending"] == 2)

      let again = try await queue.startWorkers()
      try await again.line(containing: "waits completed")
      again.signal(SIGTERM)
      #expect(try await again.exit() == 0)
      #expect(try queue.lines(of: "out") == ["waits"])
      #expect(try await queue.job("later").state == "pending")
    }

    @Test func `jobs survive kill -9 of the supervisor, the workers and the job`() async throws {
      let held = try HeldJobs(queue)
      try await queue.succeed("enqueue", "--id", "running", "--max-retries", "0", held.command)
      try await queue.succeed("enqueue", "--id", "waiting", "echo waiting >> out")
      let workers = try await queue.startWorkers()
      let first = try await held.nextStart()
      for pid in [workers.pid, first.worker, first.pid] { try await Processes.killHard(pid) }
      #expect(try await workers.exit() == -Int(SIGKILL))
      try await workers.closed()

      let jobs = try await queue.jobs()
      #expect(Set(jobs.map(\.id)) == ["running", "waiting"])
      #expect(jobs.first { $0.id == "waiting" }?.state == "pending")
      let lost = try await queue.workers()
      #expect(lost.map(\.state) == ["lost"])

      held.release()
      let log = try await queue.drain()
      let second = try await held.nextStart()
      #expect(second.id == "running")
      #expect(second.attempt == 1, "a run lost with its worker isn't counted")
      #expect(log.contains("is lost; its job running is requeued"), "the workers said: \(log)")
      let done = try await queue.job("running")
      #expect(done.state == "completed")
      #expect(done.attempts == 1)
      #expect(try queue.lines(of: "out") == ["waiting"])
      #expect(try await queue.workers().isEmpty)
    }
  }

  /// The scenario of many workers; serialized, because it uses the whole machine.
  @Suite(.tags(.crowded)) struct ManyWorkers {
    let queue = TestQueue.current
    private static let count = 10_000

    @Test func `FAULT 6: 16 workers run 10,000 jobs, each exactly once`() async throws {
      // Appending one line is atomic.
      let jobs = (1...Self.count).map {
        #"{"id":"j\#($0)","command":"echo $QUEUECTL_JOB_ID >> ran"}"#
      }
      let ids = try await queue.succeed(
        "enqueue", "-", input: jobs.joined(separator: "\n") + "\n", atMost: .seconds(120))
      #expect(ids.split(separator: "\n").count == Self.count)

      let supervisors = try (1...2).map { _ in
        try queue.start("worker", "start", "--count", "8", "--drain")
      }
      for supervisor in supervisors {
        #expect(
          try await supervisor.exit(atMost: .seconds(480)) == 0,
          "\(supervisor.transcript.text.suffix(2000))")
        try await supervisor.closed()
      }

      let ran = try queue.lines(of: "ran")
      #expect(ran.count == Self.count)
      #expect(Set(ran).count == Self.count, "some jobs ran more than once")
      #expect(try await queue.counts()["completed"] == Self.count)
      let both = supervisors.filter { $0.transcript.text.contains(" completed in ") }
      #expect(both.count == 2, "each of the supervisors had its share")
    }
  }
}
