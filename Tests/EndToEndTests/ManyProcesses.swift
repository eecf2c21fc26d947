import Foundation
import Testing

extension EndToEnd {
  /// Many processes at one queue.
  @Suite(.tags(.crowded)) struct ManyProcesses {
    let queue = TestQueue.current

    @Test func `FAULT 42: of processes that enqueue the same id at once, one wins`() async throws {
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

    @Test func `FAULT 65: 50 processes enqueue at once into a queue that isn't there yet`()
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

    @Test func `FAULT 65: jobs are enqueued while workers run them, and none is lost`() async throws
    {
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
