import QueueCore
import QueueTestSupport
import Testing

@Suite struct RetryDelays {
  private func delay(_ policy: RetryPolicy, after attempts: Int, seed: UInt64 = 1) -> Duration {
    var random = SeededGenerator(seed: seed)
    return policy.delay(afterAttempt: attempts, using: &random)
  }

  @Test(
    arguments: [
      (2.0, [2, 4, 8, 16, 32]), (3, [3, 9, 27, 81, 243]), (1, [1, 1, 1, 1, 1]),
      (10, [10, 100, 1000, 3600, 3600]),
    ] as [(Double, [Int])])
  func `the wait is the base to the power of the attempts, up to the cap`(
    base: Double, seconds: [Int]
  ) {
    let policy = RetryPolicy(base: base, cap: .seconds(3600))
    #expect((1...5).map { delay(policy, after: $0) } == seconds.map { .seconds($0) })
  }

  @Test(arguments: [
    (1.5, 1, 1500), (1.5, 2, 2250), (1.5, 3, 3375), (0.5, 1, 500), (0.5, 2, 250), (0.1, 3, 1),
    (0.1, 4, 0),
  ])
  func `fractions are kept to the millisecond`(base: Double, attempts: Int, milliseconds: Int) {
    let policy = RetryPolicy(base: base, cap: .seconds(3600))
    #expect(delay(policy, after: attempts) == .milliseconds(milliseconds))
  }

  @Test(arguments: [(10.0, 400), (1000, 10_001), (2, 1024), (1.0001, .max), (1000, .max)])
  func `overflow gives the cap`(base: Double, attempts: Int) {
    #expect(delay(RetryPolicy(base: base, cap: .seconds(60)), after: attempts) == .seconds(60))
  }

  @Test(arguments: [400, 10_001, .max])
  func `a base below 1 approaches no wait`(attempts: Int) {
    #expect(delay(RetryPolicy(base: 0.1, cap: .seconds(60)), after: attempts) == .zero)
  }

  @Test func `a cap of zero means no wait`() {
    let policy = RetryPolicy(base: 2, cap: .zero, jitter: 1)
    #expect((1...5).map { delay(policy, after: $0) } == Array(repeating: .zero, count: 5))
  }

  @Test func `the longest possible wait is finite`() throws {
    var settings = Settings()
    try Setting.named("backoff-base").apply("1000", to: &settings)
    try Setting.named("backoff-max").apply("365d", to: &settings)
    try Setting.named("backoff-jitter").apply("1", to: &settings)
    let wait = delay(settings.retryPolicy(), after: 10_001)
    #expect(wait >= .seconds(365 * 86_400))
    #expect(wait < .seconds(2 * 365 * 86_400))
  }

  @Test func `without jitter no random number is drawn`() {
    struct None: RandomNumberGenerator {
      mutating func next() -> UInt64 {
        Issue.record("a random number was taken")
        return 0
      }
    }
    var none = None()
    let policy = RetryPolicy(base: 2, cap: .seconds(60))
    #expect(policy.delay(afterAttempt: 3, using: &none) == .seconds(8))
  }

  @Test(arguments: [(0.1, 10_000, 11_000), (1, 10_000, 20_000), (0.5, 10_000, 15_000)])
  func `jitter adds up to its share, evenly spread`(
    jitter: Double, least: Int64, most: Int64
  ) {
    let policy = RetryPolicy(base: 10, cap: .seconds(60), jitter: jitter)
    var random = SeededGenerator(seed: 8)
    let waits = (1...500).map { _ in
      policy.delay(afterAttempt: 1, using: &random).milliseconds
    }
    #expect(waits.allSatisfy { (least...most).contains($0) })
    let quarter = (most - least) / 4
    #expect(waits.contains { $0 < least + quarter })
    #expect(waits.contains { $0 > most - quarter })
  }

  @Test func `jitter is added to the cap, so that capped jobs spread`() {
    let policy = RetryPolicy(base: 1000, cap: .seconds(60), jitter: 0.5)
    let waits = Set((1...20 as ClosedRange<UInt64>).map { delay(policy, after: 9, seed: $0) })
    #expect(waits.count == 20)
    #expect(waits.allSatisfy { $0 >= .seconds(60) && $0 <= .seconds(90) })
  }

  @Test func `a job's own base overrides the setting`() {
    var settings = Settings()
    settings.backoffBase = 3
    settings.backoffMax = .seconds(100)
    settings.backoffJitter = 0.25
    #expect(
      settings.retryPolicy() == RetryPolicy(base: 3, cap: .seconds(100), jitter: 0.25))
    #expect(
      settings.retryPolicy(RetryRules(backoffBase: 5))
        == RetryPolicy(base: 5, cap: .seconds(100), jitter: 0.25))
  }
}
