import QueueCore
import Testing

@Suite struct `Ends of runs` {
  struct Case: Sendable {
    var outcome: RunEnd
    var word: String
    var reason: String?
    var exitCode: Int?
  }

  @Test(arguments: [
    Case(outcome: .exited(0), word: "completed", exitCode: 0),
    Case(outcome: .accepted(1), word: "completed", exitCode: 1),
    Case(outcome: .exited(1), word: "failed", reason: "exit status 1", exitCode: 1),
    Case(
      outcome: .exited(126), word: "failed", reason: "exit status 126 (can't be executed)",
      exitCode: 126),
    Case(
      outcome: .exited(127), word: "failed", reason: "exit status 127 (command not found)",
      exitCode: 127),
    Case(outcome: .signaled(9), word: "killed", reason: "killed by signal 9"),
    Case(outcome: .timedOut, word: "timed out", reason: "timed out"),
    Case(outcome: .notStarted(127), word: "not started", reason: "not started", exitCode: 127),
    Case(outcome: .stopped, word: "stopped", reason: "stopped with its worker"),
    Case(outcome: .cancelled, word: "cancelled", reason: "cancelled"),
    Case(outcome: .lost, word: "lost", reason: "worker lost"),
  ])
  func `an end is described in words and numbers`(expected: Case) {
    let outcome = expected.outcome
    #expect(outcome.word == expected.word)
    #expect(outcome.reason == expected.reason)
    #expect(outcome.exitCode == expected.exitCode)
    let success = outcome == .accepted(1) ? "completed, exit status 1" : expected.word
    #expect(outcome.summary == expected.reason ?? success)
    #expect(outcome.isSuccess == (expected.word == "completed"))
  }

  @Test(arguments: [
    RunEnd.exited(0), .exited(1), .exited(126), .signaled(9), .timedOut, .notStarted(127),
    .accepted(24), .snoozed(75), .stopped, .cancelled, .lost,
  ])
  func `an end is read from its columns`(end: RunEnd) {
    #expect(RunEnd(word: end.word, exitCode: end.exitCode, signal: end.signal, error: nil) == end)
  }

  @Test(
    arguments: [
      ("killed by signal 9", 9), ("killed by signal 15: killed by signal 1: bye", 15),
      ("killed by signal", nil), ("exit status 9", nil), (nil, nil),
    ] as [(String?, Int?)])
  func `a signal without a column is read from the error`(error: String?, signal: Int?) {
    let end = RunEnd(word: "killed", exitCode: nil, signal: nil, error: error)
    #expect(end == signal.map { .signaled($0) })
  }

  @Test(arguments: ["", "exploded", "failed", "killed", "not started", "snoozed"])
  func `an unknown end, or one without its number, is none`(word: String) {
    #expect(RunEnd(word: word, exitCode: nil, signal: nil, error: nil) == nil)
  }

  @Test(
    arguments: [
      (RunEnd.exited(0), "all good", nil), (.exited(2), nil, "exit status 2"),
      (.exited(2), "no such file", "exit status 2: no such file"),
      (.signaled(11), "ouch", "killed by signal 11: ouch"),
    ] as [(RunEnd, String?, String?)])
  func `an error is the reason with the last line`(
    outcome: RunEnd, lastLine: String?, error: String?
  ) {
    #expect(RunReport(end: outcome, elapsed: .zero, lastLine: lastLine).error == error)
  }

  @Test func `a cause replaces a vague reason`() {
    let report = RunReport(
      end: .timedOut, cause: "timed out after 5s", elapsed: .zero, lastLine: "so far")
    #expect(report.error == "timed out after 5s: so far")
  }

  @Test func `a job is unfinished while it has something to run`() {
    #expect(JobState.allCases.filter(\.isUnfinished) == [.pending, .processing, .failed])
  }

  @Test func `the counts of a summary add up`() {
    let summary = QueueSummary(counts: [
      "a": [.pending: 1, .processing: 2, .completed: 4],
      "b": [.pending: 8, .failed: 16, .dead: 32],
    ])
    #expect(summary.count(.pending) == 9)
    #expect(summary.count(.pending, queue: "b") == 8)
    #expect(summary.count(.cancelled) == 0)
    #expect(summary.count(.pending, queue: "c") == 0)
    #expect(summary.unfinished() == 27)
    #expect(summary.unfinished(in: ["a"]) == 3)
    #expect(summary.unfinished(in: ["b", "c"]) == 24)
    #expect(summary.backlog(in: nil, scheduled: 5, longestWait: nil) == 22)
    #expect(summary.backlog(in: "b", scheduled: 5, longestWait: .zero) == 19)
    let blocked = QueueSummary(counts: ["a": [.pending: 3, .dead: 1]])
    #expect(blocked.backlog(in: nil, scheduled: 1, longestWait: nil) == 0)
    #expect(blocked.backlog(in: nil, scheduled: 1, longestWait: .zero) == 2)
  }
}
