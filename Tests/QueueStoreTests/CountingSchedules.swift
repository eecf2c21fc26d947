import QueueCore
import QueueTestSupport
import Testing

/// Schedules in figures, for `status`, `top` and monitors.
@Suite struct `Counting schedules` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a queue without schedules has none of any kind`(store: StoreUnderTest) throws {
    #expect(try store.open().store.scheduleCounts(at: now) == ScheduleCounts())
  }

  @Test(arguments: StoreUnderTest.all)
  func `faults are counted as they are found one by one`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for name in ["a", "b", "c", "d", "e"] {
      try store.addSchedule(name, "every 60000", at: now) { $0.timesLeft = name == "e" ? 1 : nil }
    }
    func change(_ name: String, _ body: (inout Schedule) -> Void) throws {
      _ = try store.changeSchedule(name, at: now) { schedule, _ in
        var changed = schedule
        body(&changed)
        changed.revision += 1
        return Schedule.Changed(schedule: changed)
      }
    }
    let start = now.wall
    #expect(try store.scheduleCounts(at: now).text == "5")
    try change("a") {
      $0.tally.failuresInRow = 2
      $0.tally.skipsInRow = ScheduleCheck.skipLimit + 1
    }
    try change("b") { $0 = $0.paused(at: start) }
    try change("c") { $0.problem = "no" }
    try change("d") { $0.tally.failuresInRow = 1 }
    try change("e") { $0.nextAt = nil }
    for pause in [0, 60, 1, 59, 1, 3600] {
      clock.advance(by: .seconds(pause))
      #expect(
        try store.scheduleCounts(at: now) == ScheduleCounts(try store.schedules(), at: now.wall))
    }
    let counts = try store.scheduleCounts(at: now)
    #expect(counts.text == "5 (3 late, 2 failing, 1 skipping, 1 broken, 1 paused)")
    #expect(counts.longestDelay == .seconds(3661))
  }
}
