import Foundation
import Testing

extension EndToEnd {
  /// Many processes on one queue.
  @Suite(.tags(.crowded)) struct ManyProcesses {
    let queue = TestQueue.current

    @Test func `FAULT 42: of processes that enqueue the same id at once, one succeeds`()
      async throws
    {
      let rivals = try (1...10).map { number in
        try queue.start("enqueue", "--id", "same", "echo \(number)")
      }
      var statuses: [Int] = []
      for rival in rivals { statuses.append(try await rival.exit()) }
      #expect(statuses.sorted() == [0] + Array(repeating: 1, count: 9))
      for (rival, status) in zip(rivals, statuses) {
        try await rival.closed()
        let text = rival.transcript.text
        #expect(
          status == 0 ? text == "same\n" : text.contains(#"job "same" already exists"#), "\(text)")
      }
      let jobs = try await queue.jobs()
      #expect(jobs.count == 1)
      let winner = try #require(statuses.firstIndex(of: 0))
      #expect(jobs.first?.command == "echo \(winner + 1)")
    }

    /// A creating process removes abandoned drafts. Here one hasn't locked its draft yet, while
    /// another is slow to remove it.
    @Test(.needs(program: "strace"))
    func `FAULT 42: a draft in use is never removed`() async throws {
      func enqueue(_ id: String, slow calls: String...) throws -> ChildProcess {
        try queue.start(
          program: "/usr/bin/strace",
          ["strace", "-f", "-qq", "-e", "trace=openat,flock,unlink,fdatasync"]
            + calls.flatMap { ["-e", "inject=\($0)"] }
            + [Binary.path, "enqueue", "--id", id, "true"])
      }
      let maker = try enqueue(
        "slow", slow: "flock:delay_enter=1500000:when=1", "fdatasync:delay_enter=500000")
      // It has created its draft, and is about to lock it.
      try await maker.line(containing: ".new-")
      let other = try enqueue("quick", slow: "unlink:delay_enter=2500000:when=1")
      for process in [maker, other] {
        #expect(try await process.exit() == 0, "\(process.transcript.text)")
      }
      #expect(try await Set(queue.jobs().map(\.id)) == ["slow", "quick"])
    }

    /// Idle workers take part, because they also read and write.
    @Test func `FAULT 65: 200 processes enqueue 2,000 jobs at once, and none finds the queue busy`()
      async throws
    {
      let count = Torture.isOn ? 2_000 : 600
      let workers = try await queue.startWorkers("--count", "2")
      let result = try await queue.shell(
        "seq \(count) | xargs -P 200 -I @ queuectl enqueue --id j@ true", atMost: .seconds(900))
      #expect(result.status == 0, "\(result)")
      #expect(result.errors == "", "\(result)")
      #expect(Set(result.lines) == Set((1...count).map { "j\($0)" }))
      try await queue.drain(atMost: .seconds(900))
      #expect(try await queue.counts()["completed"] == count)
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      Torture.report("65 200 processes at once", rounds: count, of: "jobs")
    }

    @Test func `FAULT 66: a reader that stalls doesn't let the WAL grow`() async throws {
      let count = Torture.isOn ? 10_000 : 1_500
      try await queue.succeed(
        "enqueue", "-",
        input: String(repeating: "{\"command\":\"true\"}\n", count: count),
        atMost: .seconds(120))
      // More than a pipe holds, so the list stalls half-way until it is killed.
      let reader = try queue.startShell("queuectl list --json | sleep 1000")
      let workers = try queue.start("worker", "start", "--drain", "--count", "2")
      #expect(try await workers.exit(atMost: .seconds(300)) == 0)
      #expect(!Leftovers.find(queue.path).isEmpty, "the reader didn't stay")
      let size = try FileContents.read(queue.database + "-wal").count
      #expect(size < 16_000_000, "the log has \(size) bytes")
      reader.signalGroup(SIGKILL)
      #expect(try await reader.exit() == -Int(SIGKILL))
      #expect(try await queue.counts()["completed"] == count)
      Torture.report("66 long reader", rounds: count, of: "jobs, log of \(size / 1_000_000) MB")
    }

    @Test func `FAULT 65: 50 processes enqueue at once into a missing queue`()
      async throws
    {
      let processes = try (1...50).map { number in
        try queue.start("enqueue", #"[{"id":"j\#(number)","command":"true"},{"command":"true"}]"#)
      }
      for process in processes {
        #expect(try await process.exit() == 0, "\(process.transcript.text)")
      }
      let jobs = try await queue.jobs()
      #expect(jobs.count == 100)
      #expect(Set(jobs.map(\.id)).count == 100)
    }

    @Test func `FAULT 65: jobs enqueued while workers run others aren't lost`() async throws {
      let workers = try await queue.startWorkers("--count", "4")
      let processes = try (1...20).map { number in
        try queue.start("enqueue", "--id", "j\(number)", "echo $QUEUECTL_JOB_ID >> ran")
      }
      for process in processes { #expect(try await process.exit() == 0) }
      try await queue.drain()
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      #expect(try queue.lines(of: "ran").sorted() == (1...20).map { "j\($0)" }.sorted())
    }
  }
}
