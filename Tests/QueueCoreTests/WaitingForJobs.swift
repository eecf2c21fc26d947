import QueueCore
import QueueTestSupport
import Testing

@Suite struct JobProgresses {
  @Test(arguments: [
    ("0", 0.0), ("40", 40), ("40%", 40), ("12.5", 12.5), ("100", 100), ("1e1", 10),
  ])
  func `a percentage is parsed`(text: String, percent: Double) throws {
    #expect(try JobProgress(percent: text, message: nil).percent == percent)
  }

  @Test(arguments: [
    "", "%", "-1", "100.1", "nan", "inf", "1e400", "forty", "4 0", "40%%", "\u{1B}[31m",
  ])
  func `invalid percentages are refused`(text: String) {
    #expect(throws: InvalidJob.self) { try JobProgress(percent: text, message: nil) }
  }

  @Test(
    arguments: [
      ("epoch 5", "epoch 5"), (nil, nil), ("", nil),
      (String(repeating: "é", count: 1000), String(repeating: "é", count: 200)),
    ] as [(String?, String?)])
  func `a long message is cut, and an empty one is nil`(text: String?, message: String?) throws {
    #expect(try JobProgress(percent: "1", message: text).message == message)
  }

  @Test func `progress is shown in a few words`() throws {
    #expect(try JobProgress(percent: "99.9", message: "nearly").text == "99% nearly")
    #expect(try JobProgress(percent: "0", message: nil).text == "0%")
  }
}

@Suite struct `Exit statuses of waiting` {
  private func status(_ state: JobState, _ outcome: RunEnd? = nil) -> Int? {
    var job = Job(
      id: JobID(trusted: "job"), command: "true", state: state, attempts: 1, maxRetries: 0,
      queue: "default", priority: 0, createdAt: Timestamp(milliseconds: 0),
      updatedAt: Timestamp(milliseconds: 0))
    job.latestRun = outcome.map { outcome in
      Run(
        id: RunID(1), attempt: 1, worker: WorkerID(1), startedAt: Timestamp(milliseconds: 0)
      ).ended(
        RunReport(end: outcome, elapsed: .zero, lastLine: "killed by signal 99"),
        at: Timestamp(milliseconds: 1))
    }
    return job.exitStatus
  }

  @Test(arguments: [
    (RunEnd.exited(3), 3), (.exited(255), 255), (.signaled(9), 137), (.signaled(15), 143),
    (.timedOut, 124), (.notStarted(126), 126),
    (.lost, 1),
  ])
  func `a dead job has the status of its last run`(outcome: RunEnd, expected: Int) {
    #expect(status(.dead, outcome) == expected)
  }

  @Test func `ended jobs have a status, unfinished ones none`() {
    #expect(status(.completed, .exited(0)) == 0)
    #expect(status(.cancelled, .cancelled) == 130)
    #expect(status(.cancelled, .exited(3)) == 130)
    #expect(status(.dead) == 1)
    for state in [JobState.pending, .processing, .failed] {
      #expect(status(state, .exited(3)) == nil)
    }
  }
}
