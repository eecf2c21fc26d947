import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// A marks all jobs of a list, whether they have been read or not.
@Suite struct `Marking all` {
  @Test func `rows that weren't read are looked up`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.hasMore = true
    var state = ExampleQueue.state(80, 24, snapshot: snapshot)
    let bulk = BulkSelection(purpose: .mark, filter: FilterText(""))
    #expect(state.type("A") == [.gather(bulk)])
    #expect(state.list.marks.isEmpty)
    let jobs = (1...1812).map {
      ExampleQueue.job("job-\($0)", "x", 1, 0, .exited(1), nil, ago: 9)
    }
    _ = state.update(.heard(.found(bulk, jobs, isComplete: true)))
    #expect(state.list.marks.count == 1812 && state.notice?.text == "marked 1,812 jobs")
    _ = state.type("r")
    #expect(state.frame().rows.contains { $0.text.contains("Retry 1,812 marked dead jobs?") })
    _ = state.type("y")
    #expect(state.overlay == nil, "so many take their number")
    _ = state.type("U")
    _ = state.update(.heard(.found(bulk, jobs, isComplete: false)))
    #expect(state.list.marks.isEmpty && state.notice?.isWarning == true)
  }

  @Test(arguments: StoreUnderTest.all)
  func `those that match are found, in every list`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let clock = ManualClock()
    for number in 1...7 {
      try store.add("a\(number)", queue: number > 5 ? "mail" : "default", at: clock.now())
    }
    try store.add("later", runAt: clock.now().wall + .seconds(60), at: clock.now())
    let rows = RowReader(
      dependencies: MonitorDependencies(
        open: { nil }, identity: { nil }, files: { DatabaseFiles() }, now: { clock.now() },
        utcOffsetSeconds: { _ in 0 }, isGone: { _, _ in false }, bell: RecordingBell(),
        logs: RecordingShelf()), store: store)
    func found(_ filter: String, _ tab: JobTab, _ queue: String? = nil) throws -> Int {
      let bulk = BulkSelection(
        purpose: .mark, filter: FilterText(filter), queue: queue, tab: tab)
      return try rows.jobs(bulk).jobs.count
    }
    #expect(try found("", .pending) == 8 && found("id:a !id:a1 !id:later", .all) == 6)
    #expect(try found("", .pending, "mail") == 2 && found("", .later) == 1)
    #expect(try found("", .dead) == 0)
  }
}
