import QueueCore
import Testing

@Suite struct `Orders of jobs` {
  private let summary = QueueSummary(counts: [
    "default": [.pending: 1_000_000, .completed: 20_000, .failed: 9_000],
    "mail": [.pending: 10_000, .completed: 10_001],
  ])

  private func isDone(_ key: JobOrder.Key, _ states: [JobState], queue: String? = nil) -> Bool {
    do throws(StoreError) {
      try JobOrder(key).check(JobQuery(states: states, queue: queue), against: summary)
      return true
    } catch {
      #expect(error.code == .tooMany)
      return false
    }
  }

  @Test func `an order with an index is never refused`() {
    #expect(isDone(.created, []))
    #expect(isDone(.updated, [.completed]))
    #expect(isDone(.updated, [.completed, .dead, .cancelled]))
  }

  @Test func `other orders are for few jobs only`() {
    #expect(!isDone(.updated, []))
    #expect(!isDone(.updated, [.completed, .pending]))
    for key in [JobOrder.Key.priority, .runtime, .attempts] {
      #expect(!isDone(key, []))
      #expect(!isDone(key, [.pending]))
      #expect(isDone(key, [.failed]))
      #expect(isDone(key, [.dead]))
      #expect(isDone(key, [.pending], queue: "mail"))
      #expect(!isDone(key, [.completed], queue: "mail"))
      #expect(isDone(key, [], queue: "empty"))
    }
  }

  @Test func `a refusal gives the number of jobs and the remedy`() {
    let error = #expect(throws: StoreError.self) {
      try JobOrder(.runtime).check(JobQuery(states: [.pending]), against: summary)
    }
    #expect(
      error?.message
        == "1010000 jobs are too many to sort by runtime, at most 10000: choose "
        + "fewer with --state and --queue")
  }
}
