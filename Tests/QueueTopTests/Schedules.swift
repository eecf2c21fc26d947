import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The tab of schedules, and the times of one.
@Suite struct `The tab of schedules` {
  private static func state() -> MonitorState {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("9")
    #expect(state.request.wantsSchedules)
    var snapshot = ExampleQueue.snapshot()
    snapshot.schedules = ExampleQueue.schedules
    snapshot.scheduleCounts.late = 1
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    return state
  }

  @Test func `the schedules at every size`() throws {
    try Pictures.expectAllSizes(of: Self.state(), "schedules")
  }

  @Test func `enter shows the times of one, and each leads to its job`() throws {
    var state = Self.state()
    _ = state.press(.enter)
    #expect(state.request.schedule == "nightly" && state.tab == .schedules)
    var snapshot = ExampleQueue.snapshot()
    snapshot.schedules = ExampleQueue.schedules
    snapshot.occurrences = ExampleQueue.occurrences
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    try Pictures.expectAllSizes(of: state, "occurrences")
    _ = state.press(.down, .enter)
    #expect(state.detailPage?.job.text == "job-70011")
    _ = state.press(.escape)
    #expect(state.occurrencesPage?.schedule == "nightly")
    _ = state.press(.escape)
    #expect(state.page == .schedules && state.request.schedule == nil)
  }

  @Test func `SKIPPED is shown while the job that causes it is unfinished`() {
    var line = ExampleQueue.schedules[2]
    #expect(line.result == "SKIPPED: job-87900 is unfinished" && line.streak == "SKIP 14")
    line.history = [ExampleQueue.occurrences[0]]
    #expect(line.result.hasPrefix("completed in 12m") && line.streak == "SKIP 14")
  }

  @Test func `times of one day leave their room to the results`() {
    var state = Self.state()
    _ = state.update(.resized(Size(width: 60, height: 15)))
    _ = state.press(.enter)
    var snapshot = ExampleQueue.snapshot()
    snapshot.occurrences = Array(ExampleQueue.occurrences.prefix(1))
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.frame().rows.contains { $0.text.contains("job-87900 completed in 12m") })
  }

  @Test func `a schedule is run, paused and resumed, after a question about it alone`() {
    var state = Self.state()
    _ = state.type("r")
    var moved = ExampleQueue.snapshot()
    moved.schedules = ExampleQueue.schedules.reversed()
    _ = state.update(.heard(.snapshot(moved, state.request)))
    #expect(state.type("y") == [.act(.runSchedule("nightly"))])
    _ = state.type("P")
    #expect(state.type("y") == [.act(.pauseSchedule("nightly", true))])
    _ = state.press(.end)
    _ = state.type("P")
    #expect(state.type("y") == [.act(.pauseSchedule("weekly", false))])
  }

  @Test func `late schedules are in the header of every tab, if there are any`() {
    var state = Self.state()
    #expect(state.frame().rows[1].text.contains("late 1"))
    _ = state.update(.heard(.snapshot(ExampleQueue.snapshot(), state.request)))
    #expect(!state.frame().rows[1].text.contains("late"))
  }

  @Test(arguments: StoreUnderTest.all)
  func `they are read, run and paused in the store`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let clock = ManualClock()
    try store.addSchedule("s", "every 60000", at: clock.now())
    let dependencies = MonitorDependencies(
      open: { nil }, identity: { nil }, files: { DatabaseFiles() }, now: { clock.now() },
      utcOffsetSeconds: { _ in 0 }, isGone: { _, _ in false }, bell: RecordingBell(),
      logs: RecordingShelf())
    func run(_ action: Action) -> String? {
      var runner = ActionRunner(action, dependencies: dependencies)
      return runner.advance(on: store, until: .zero)?.text
    }
    #expect(run(.runSchedule("s"))?.hasPrefix("schedule s enqueued ") == true)
    var second = ActionRunner(.runSchedule("s"), dependencies: dependencies)
    #expect(second.advance(on: store, until: .zero)?.isWarning == true, "its job is unfinished")
    clock.advance(by: .seconds(180))
    var request = ViewRequest()
    (request.wantsSchedules, request.schedule) = (true, "s")
    var reader = SnapshotReader(dependencies: dependencies, store: store)
    let late = try reader.read(request)
    #expect(late.scheduleCounts.late == 1 && late.schedules?.map(\.schedule.name) == ["s"])
    #expect(late.schedules?[0].isLate(at: clock.now().wall) == true)
    #expect(late.occurrences?.map(\.fate) == [.byHand])
    #expect(run(.pauseSchedule("s", true)) == "paused schedule s")
    reader.forget()
    #expect(try reader.read(request).scheduleCounts.late == 0)
    #expect(run(.pauseSchedule("s", false))?.hasPrefix("resumed schedule s; ") == true)
    #expect(run(.pauseSchedule("t", false))?.contains("no schedule is called") == true)
    request.schedule = "t"
    #expect(try reader.read(request).occurrences == [])
  }
}
