import QueueTestSupport
import Testing

@testable import QueueCore

@Suite struct Transitions {
  private func after(
    _ outcome: RunEnd, attempts: Int = 0, crashes: Int = 0, maxRetries: Int = 3,
    maxCrashes: Int = 3
  ) -> Transition {
    var random = SeededGenerator(seed: 1)
    return .after(
      outcome,
      tally: RetryBudget(attempts: attempts, crashes: crashes, maxRetries: maxRetries),
      policy: RetryPolicy(base: 2, cap: .seconds(3600)), maxCrashes: maxCrashes, using: &random)
  }

  static let failures: [RunEnd] = [
    .exited(1), .exited(127), .exited(255), .exited(-1), .signaled(9),
    .timedOut, .notStarted(126),
  ]

  @Test(arguments: [0, 1, 3, 10_000])
  func `success completes a job after any number of attempts`(attempts: Int) {
    #expect(
      after(.exited(0), attempts: attempts, crashes: 2)
        == Transition(state: .completed, attempts: attempts + 1, crashes: 0))
  }

  @Test(arguments: failures)
  func `a failure waits for its backoff while retries are left`(outcome: RunEnd) {
    let transitions = (0...2).map { after(outcome, attempts: $0, crashes: 2) }
    #expect(
      transitions == [
        Transition(state: .failed, attempts: 1, crashes: 0, delay: .seconds(2)),
        Transition(state: .failed, attempts: 2, crashes: 0, delay: .seconds(4)),
        Transition(state: .failed, attempts: 3, crashes: 0, delay: .seconds(8)),
      ])
  }

  @Test(arguments: failures)
  func `a failure without a retry left makes the job dead`(outcome: RunEnd) {
    #expect(
      after(outcome, attempts: 3, crashes: 1) == Transition(state: .dead, attempts: 4, crashes: 0))
    #expect(
      after(outcome, maxRetries: 0) == Transition(state: .dead, attempts: 1, crashes: 0))
    #expect(
      after(outcome, attempts: 9, maxRetries: 3)
        == Transition(state: .dead, attempts: 10, crashes: 0))
  }

  @Test func `a stopped run is requeued unspent`() {
    #expect(
      after(.stopped, attempts: 3, crashes: 2)
        == Transition(state: .pending, attempts: 3, crashes: 2))
  }

  @Test func `a cancelled run ends the job, and spends nothing`() {
    #expect(
      after(.cancelled, attempts: 3, crashes: 2)
        == Transition(state: .cancelled, attempts: 3, crashes: 2))
  }

  @Test func `a run of a cancelled job ends it, and spent attempts stay`() {
    #expect(
      after(.exited(1), attempts: 1).cancelled
        == Transition(state: .cancelled, attempts: 2, crashes: 0))
    #expect(after(.lost).cancelled == Transition(state: .cancelled, attempts: 0, crashes: 1))
  }

  @Test func `FAULT 17: a lost run is requeued at once, then with a backoff, then dead`() {
    #expect(
      (0...5).map { after(.lost, attempts: 1, crashes: $0, maxCrashes: 5) } == [
        Transition(state: .pending, attempts: 1, crashes: 1),
        Transition(state: .failed, attempts: 1, crashes: 2, delay: .seconds(2)),
        Transition(state: .failed, attempts: 1, crashes: 3, delay: .seconds(4)),
        Transition(state: .failed, attempts: 1, crashes: 4, delay: .seconds(8)),
        Transition(state: .dead, attempts: 1, crashes: 5),
        Transition(state: .dead, attempts: 1, crashes: 6),
      ])
    #expect(
      after(.lost, maxCrashes: 1) == Transition(state: .dead, attempts: 0, crashes: 1))
  }

  @Test(arguments: 0...5)
  func `a job that always fails runs once plus its retries`(maxRetries: Int) {
    var runs = 0
    var transition = Transition(state: .pending, attempts: 0, crashes: 0)
    repeat {
      transition = after(.exited(1), attempts: transition.attempts, maxRetries: maxRetries)
      runs += 1
    } while transition.state != .dead
    #expect(runs == maxRetries + 1)
  }
}
