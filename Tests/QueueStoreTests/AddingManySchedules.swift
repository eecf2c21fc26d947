import QueueCore
import QueueTestSupport
import Testing

/// Schedules that are stored together, alone or with imported jobs: all or none.
@Suite struct `Adding many schedules` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func addition(_ name: String, _ timing: String = "every 60000") throws -> ScheduleAddition
  {
    let spec = ScheduleSpec(
      try Timing(stored: timing), zone: "UTC", job: JobSpec(command: "true"))
    return ScheduleAddition(try NewSchedule(name: name, spec), in: .utc)
  }

  @Test(arguments: StoreUnderTest.all)
  func `each is stored as if it were added alone`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let store = fixture.store
    let added = try store.addSchedules([addition("b"), addition("a", "0 3 * * *")], at: now)
    #expect(added.map(\.name) == ["b", "a"])
    #expect(try fixture.anotherHandle().schedules() == [added[1], added[0]])
    #expect(added[0].nextAt == now.wall + .seconds(60) && added[0].spec.anchor == now.wall)
    #expect(try store.addSchedules([], at: now).isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `one that is refused leaves none behind`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let known = try store.addSchedule("b", "every 60000", at: now)
    #expect(throws: StoreError.duplicateSchedule("b")) {
      try store.addSchedules([addition("a"), addition("b")], at: now)
    }
    #expect(throws: StoreError.duplicateSchedule("c")) {
      try store.addSchedules([addition("c"), addition("c")], at: now)
    }
    #expect(try store.schedules() == [known])
  }

  @Test(arguments: StoreUnderTest.all)
  func `imported jobs and schedules are stored together or not at all`(store: StoreUnderTest) throws
  {
    let source = try store.open().store
    try source.add("one", at: now)
    let jobs = try source.exportPage(limit: 9, after: nil, at: now).jobs
    let target = try store.open().store
    try target.addSchedule("known", "every 60000", at: now)
    for (schedule, isStored) in [("known", false), ("new", true)] {
      var rest = jobs[...]
      let isDone =
        (try? target.importJobs(
          at: now, next: { rest.popFirst() }, each: { _ in },
          schedules: { [try addition("first-\(schedule)"), try addition(schedule)] })) != nil
      #expect(isDone == isStored)
      #expect(try target.allJobs(at: now).count == (isStored ? 1 : 0))
      #expect(
        try target.schedules().map(\.name)
          == (isStored ? ["first-new", "known", "new"] : ["known"]))
    }
  }
}
