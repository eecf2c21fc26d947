import QueueTestSupport
import Testing

@testable import QueueCore

@Suite struct `Retrying by status` {
  @Test(
    arguments: [
      ("2", "2", [2], [1, 3]), ("1,64-78", "1,64-78", [1, 64, 70, 78], [2, 63, 79]),
      (" 3 , 5 - 6 ", "3,5-6", [3, 5, 6], [4]), ("1-255", "1-255", [1, 255], [0, 256]),
    ] as [(String, String, [Int], [Int])])
  func `a set of statuses is parsed`(text: String, shown: String, inside: [Int], outside: [Int])
    throws
  {
    let statuses = try #require(ExitStatusSet(text))
    #expect(statuses.description == shown)
    #expect(inside.allSatisfy(statuses.contains))
    #expect(!outside.contains(where: statuses.contains))
  }

  @Test(arguments: [
    "", " ", ",", "1,", ",1", "0", "-1", "256", "1-", "-", "5-3", "1-2-3", "a", "1 2", "1;2", "0-5",
    "1.5", "99999999999999999999", "٣",
  ])
  func `invalid sets of statuses are refused`(text: String) {
    #expect(ExitStatusSet(text) == nil)
  }

  private func after(_ outcome: RunEnd, _ rules: RetryRules, attempts: Int = 0) -> Transition {
    var random = SeededGenerator(seed: 1)
    let policy = Settings().retryPolicy(rules)
    return .after(
      rules.judged(outcome),
      tally: RetryBudget(attempts: attempts, crashes: 1, maxRetries: 3), policy: policy,
      maxCrashes: 3, using: &random)
  }

  @Test(
    arguments: [
      (.exited(2), .dead), (.exited(1), .failed), (.exited(64), .dead), (.exited(79), .failed),
      // As reported by a shell and by `timeout`: 128 plus the signal, and 124.
      (.signaled(9), .dead), (.signaled(15), .failed), (.timedOut, .dead),
      (.notStarted(127), .dead), (.exited(0), .completed),
    ] as [(RunEnd, JobState)])
  func `statuses in no_retry_on make a job dead at once`(outcome: RunEnd, state: JobState) {
    let rules = RetryRules(noRetryOn: ExitStatusSet("2,64-78,124,127,137"))
    #expect(after(outcome, rules).state == state)
    #expect(after(outcome, rules).attempts == 1)
  }

  @Test(
    arguments: [
      (.exited(7), .failed), (.exited(8), .dead), (.signaled(9), .dead), (.exited(0), .completed),
      (.stopped, .pending), (.lost, .failed),
    ] as [(RunEnd, JobState)])
  func `with retry_on, no other status is retried`(
    outcome: RunEnd, state: JobState
  ) {
    #expect(after(outcome, RetryRules(retryOn: ExitStatusSet("7"))).state == state)
  }

  @Test func `a status in both retry_on and no_retry_on isn't retried`() {
    let rules = RetryRules(retryOn: ExitStatusSet("1-9"), noRetryOn: ExitStatusSet("5"))
    #expect(after(.exited(5), rules).state == .dead)
    #expect(after(.exited(4), rules).state == .failed)
  }

  @Test func `a status in snooze_on waits and spends no retry`() {
    let rules = RetryRules(noRetryOn: ExitStatusSet("75"), snoozeOn: ExitStatusSet("75"))
    for attempts in [0, 3] {
      #expect(
        after(.exited(75), rules, attempts: attempts)
          == Transition(
            state: .failed, attempts: attempts, crashes: 0, delay: Settings().snoozeDelay))
    }
    #expect(after(.exited(74), rules).attempts == 1)
    // Signals and timeouts aren't exit statuses.
    let everything = RetryRules(snoozeOn: ExitStatusSet("1-255"))
    #expect(after(.signaled(9), everything).attempts == 1)
    #expect(after(.timedOut, everything).attempts == 1)
  }

  @Test(
    arguments: [
      (.exited(0), .completed), (.exited(1), .completed), (.exited(24), .completed),
      (.exited(2), .dead), (.exited(3), .failed), (.signaled(1), .failed), (.timedOut, .failed),
    ] as [(RunEnd, JobState)])
  func `a status in success_on overrides the rules for failures`(
    outcome: RunEnd, state: JobState
  ) {
    let rules = RetryRules(
      noRetryOn: ExitStatusSet("1,2"), snoozeOn: ExitStatusSet("24"),
      successOn: ExitStatusSet("0,1,24", among: ExitStatusSet.all))
    #expect(after(outcome, rules).state == state)
    #expect(rules.judged(outcome).exitCode == outcome.exitCode)
  }

  @Test func `a job's own numbers override the settings`() {
    let rules = RetryRules(backoffBase: 5, backoffMax: .seconds(7), backoffJitter: 0.5)
    let policy = Settings().retryPolicy(rules)
    #expect(policy == RetryPolicy(base: 5, cap: .seconds(7), jitter: 0.5))
  }
}
