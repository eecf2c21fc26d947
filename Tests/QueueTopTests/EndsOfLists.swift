import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The ends of a list that is longer than what was read of it.
@Suite struct `Ends of long lists` {
  private static func rows(_ numbers: some Sequence<Int>) -> Snapshot {
    var snapshot = ExampleQueue.snapshot()
    snapshot.summary = QueueSummary(counts: ["default": [.dead: 98_311]])
    snapshot.list.jobs = numbers.map {
      ExampleQueue.job("job-\($0)", "x", 1, 0, .exited(1), nil, ago: $0)
    }
    snapshot.list.hasMore = true
    return snapshot
  }

  @Test func `end reads the last rows, and home the first ones again`() {
    var state = ExampleQueue.state(80, 24, snapshot: Self.rows(1...100))
    _ = state.press(.end)
    #expect(state.request.isFromEnd && state.jobs.isEmpty)
    _ = state.update(.heard(.snapshot(Self.rows(98_212...98_311), state.request)))
    #expect(state.selectedJob?.id.text == "job-98311")
    #expect(state.frame().rows[22].text.hasPrefix(" 98,311 of 98,311 dead"))
    _ = state.press(.up)
    #expect(state.frame().rows[22].text.hasPrefix(" 98,310 of 98,311 dead"))
    for _ in 1...95 { _ = state.press(.up) }
    #expect(state.request.limit > 100, "more are read before one is at their beginning")
    _ = state.update(.heard(.snapshot(Self.rows(98_112...98_311), state.request)))
    #expect(state.selectedJob?.id.text == "job-98215", "the cursor stays on its row")
    _ = state.type("g")
    #expect(!state.request.isFromEnd)
    _ = state.update(.heard(.snapshot(Self.rows(1...100), state.request)))
    #expect(state.selectedJob?.id.text == "job-1")
  }

  @Test func `rows that come above the first one shown are counted until one goes there`() {
    var state = ExampleQueue.state(80, 24, snapshot: Self.rows(10...110))
    for _ in 1...20 { _ = state.press(.down) }
    _ = state.update(.heard(.snapshot(Self.rows(5...110), state.request)))
    #expect(state.frame().rows[22].text.contains("26 of 98,311 dead   ↑5 new"))
    #expect(state.frame(.ascii).rows[22].text.contains("^5 new"))
    _ = state.type("g")
    #expect(!state.frame().rows[22].text.contains("new"))
  }

  @Test func `a notice leaves the position where it is, and is cut`() {
    var state = ExampleQueue.state(80, 24, snapshot: Self.rows(1...100))
    state.say(String(repeating: "long ", count: 40))
    let text = state.frame().rows[22].text
    #expect(text.hasPrefix(" 1 of 98,311 dead   long long") && text.hasSuffix("… "))
  }
}
