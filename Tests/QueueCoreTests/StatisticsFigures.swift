import QueueCore
import Testing

@Suite struct `Statistics, from counts to figures` {
  private func statistics(
    span: Duration = .seconds(100), _ counts: [String: [QueueEvent: Int]]
  ) -> Statistics {
    Statistics(
      span: span,
      queues: counts.mapValues { counts in
        counts.reduce(into: QueueStatistics()) {
          $0.add($1.key, times: $1.value, bucket: 3, longest: .milliseconds(3))
        }
      })
  }

  @Test(
    arguments: zip(
      [
        RunEnd.exited(0), .exited(1), .signaled(9), .timedOut,
        .notStarted(127), .snoozed(75), .stopped, .cancelled, .lost,
      ],
      [
        QueueEvent.completed, .failed, .failed, .failed, .failed, .snoozed, .stopped, .cancelled,
        .lost,
      ]))
  func `the end of a run is an event`(outcome: RunEnd, event: QueueEvent) {
    #expect(QueueEvent(outcome) == event)
  }

  @Test
  func `waits are counted at the start of a run, run times at ends by itself`() {
    let all = Dictionary(uniqueKeysWithValues: QueueEvent.allCases.map { ($0, 10) })
    let total = statistics(["a": all]).total
    #expect(total.wait.count == 10)
    #expect(total.runTime.count == 20, "completed and failed")
    for event in QueueEvent.allCases { #expect(total.count(event) == 10) }
  }

  @Test(
    arguments: zip(
      [[:], [.completed: 3], [.completed: 3, .failed: 1], [.failed: 2], [.lost: 5, .stopped: 1]]
        as [[QueueEvent: Int]],
      [nil, 0, 0.25, 1, nil] as [Double?]))
  func `the failure rate is the share of failed runs`(
    counts: [QueueEvent: Int], rate: Double?
  ) {
    #expect(statistics(["a": counts]).total.failureRate == rate)
  }

  @Test func `the total covers all queues`() {
    let two = statistics(["a": [.completed: 3, .enqueued: 1], "b": [.completed: 4]])
    #expect(two.total.count(.completed) == 7)
    #expect(two.total.runTime.count == 7)
    #expect(two.of("a").count(.completed) == 3)
    #expect(two.of("c") == QueueStatistics())
    #expect(two.perSecond(.completed) == 0.07)
    #expect(two.perSecond(.completed, queue: "b") == 0.04)
  }

  @Test func `an empty window has no rate`() {
    #expect(statistics(span: .zero, ["a": [.completed: 3]]).perSecond(.completed) == 0)
  }

  @Test(arguments: zip([0, 1, 1000, Int.max], [0, 2, 2000, nil] as [Int64?]))
  func `the time to drain a backlog follows from the rate of ended jobs`(
    backlog: Int, seconds: Int64?
  ) throws {
    let drain = statistics(["a": [.completed: 45, .dead: 5]]).timeToDrain(backlog)
    if let seconds {
      #expect(drain == .seconds(seconds))
    } else {
      #expect(try #require(drain) > .seconds(1_000_000_000_000))
    }
  }

  @Test func `without ended jobs the time to drain is unknown`() {
    let idle = statistics(["a": [.enqueued: 9, .failed: 9]])
    #expect(idle.timeToDrain(1) == nil)
    #expect(idle.timeToDrain(0) == .zero)
  }

  @Test(
    arguments: zip(
      [StatisticsWindow.minute, .hour, .day],
      ["2027-01-15T10:16:00.000Z", "2027-01-15T09:17:00.000Z", "2027-01-14T10:00:00.000Z"]))
  func `a window begins with a whole minute, a day with a whole hour`(
    window: StatisticsWindow, start: String
  ) {
    let now = Timestamp(milliseconds: 1_800_008_264_321)
    #expect(now.iso8601 == "2027-01-15T10:17:44.321Z")
    #expect(window.start(at: now).iso8601 == start)
  }
}
