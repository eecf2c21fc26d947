import QueueCore
import QueueTestSupport
import Testing

@Suite struct ChangingSchedules {
  let zone: ZoneRules
  /// Daily at 03:00 in Berlin, added at 12:00 on 2026-11-23.
  let daily: Schedule
  /// Three days later, 36 hours after a time that no worker was there for.
  let later = TimeText.exampleNow + .seconds(3 * 86_400)

  init() throws {
    zone = try ZoneRules.fixture("Europe/Berlin")
    daily = try Schedule(
      NewSchedule(
        name: "nightly",
        ScheduleSpec(try Timing(stored: "0 3 * * *"), zone: "Europe/Berlin", job: .example)),
      id: ScheduleID(1), in: zone, database: "d", at: TimeText.exampleNow)
  }

  private func edited(
    _ schedule: Schedule, at now: Timestamp, in zone: ZoneRules? = nil,
    _ change: (inout ScheduleSpec) throws -> Void
  ) throws -> Schedule.Changed {
    var spec = schedule.spec
    try change(&spec)
    return try schedule.edited(to: spec, in: zone ?? self.zone, database: "d", at: now)
  }

  @Test func `a paused schedule stays as it is, but for its revision`() {
    let paused = daily.paused(at: later)
    #expect(paused.pausedAt == later && paused.updatedAt == later)
    #expect(paused.revision == 1 && paused.nextAt == daily.nextAt)
    #expect(paused.paused(at: later + .seconds(1)) == paused)
  }

  @Test func `a resumed schedule goes on after now, and says how many times passed`() throws {
    let changed = daily.paused(at: TimeText.exampleNow).resumed(in: zone, at: later)
    #expect(changed.passed == 3)
    #expect(changed.schedule.pausedAt == nil && changed.schedule.revision == 2)
    #expect(changed.schedule.nextAt?.iso8601 == "2026-11-27T02:00:00.000Z")
    #expect(ScheduleMove.after(changed.schedule, in: zone, at: later) == nil)
  }

  @Test func `a schedule that has enqueued all its jobs stays ended when it is resumed`() {
    var spent = daily.paused(at: TimeText.exampleNow)
    (spent.spec.timesLeft, spent.nextAt) = (0, nil)
    #expect(spent.resumed(in: zone, at: later).schedule.nextAt == nil)
  }

  @Test func `nothing passes in a short pause, and nothing changes without one`() {
    let soon = TimeText.exampleNow + .seconds(60)
    let changed = daily.paused(at: TimeText.exampleNow).resumed(in: zone, at: soon)
    #expect(changed.passed == 0 && changed.schedule.nextAt == daily.nextAt)
    #expect(daily.resumed(in: zone, at: later) == Schedule.Changed(schedule: daily))
  }

  @Test func `a schedule whose end came in a pause has ended when it is resumed`() throws {
    let bounded = try edited(daily, at: TimeText.exampleNow) { $0.until = later }.schedule
    let changed = bounded.paused(at: TimeText.exampleNow).resumed(in: zone, at: later)
    #expect(changed.schedule.nextAt == nil && changed.passed == 3)
  }

  @Test func `an edit of the job leaves a time that is due`() throws {
    let changed = try edited(daily, at: later) {
      $0.job.command = "./other"
      $0.missed = .all
      $0.overlap = .allow
      $0.late = .seconds(5)
    }
    #expect(changed.passed == 0 && changed.schedule.nextAt == daily.nextAt)
    #expect(changed.schedule.spec.job.command == "./other" && changed.schedule.revision == 1)
  }

  @Test func `an edit of the time drops times that are due, and goes on after now`() throws {
    let changed = try edited(daily, at: later) { $0.timing = try Timing(stored: "30 4 * * *") }
    #expect(changed.passed == 3)
    #expect(changed.schedule.nextAt?.iso8601 == "2026-11-27T03:30:00.000Z")
  }

  @Test func `an edit of zone or bounds is one of the time`() throws {
    let tokyo = try ZoneRules.fixture("Asia/Tokyo")
    let moved = try edited(daily, at: later, in: tokyo) { $0.zone = "Asia/Tokyo" }
    #expect(moved.schedule.nextAt?.iso8601 == "2026-11-26T18:00:00.000Z")
    let from = later + .seconds(10 * 86_400)
    let bounded = try edited(daily, at: later) { $0.from = from }
    #expect(bounded.schedule.nextAt?.iso8601 == "2026-12-07T02:00:00.000Z")
  }

  @Test func `an edit that leaves no time is refused`() {
    #expect(throws: InvalidJob.self) {
      try edited(daily, at: later) { $0.until = later + .seconds(60) }
    }
    #expect(throws: InvalidJob.self) { try edited(daily, at: later) { $0.job.command = "" } }
  }

  @Test func `an edited interval begins at the edit, unless it gets another beginning`() throws {
    let every = try edited(daily, at: later) { $0.timing = try Timing(stored: "every 900000") }
    #expect(every.schedule.spec.anchor == later)
    #expect(every.schedule.nextAt == later + .seconds(900))

    let much = later + .seconds(3600)
    let longer = try edited(every.schedule, at: much) {
      $0.timing = try Timing(stored: "every 1800000")
    }
    #expect(longer.schedule.spec.anchor == much)
    #expect(longer.schedule.nextAt == much + .seconds(1800))

    let anchored = try edited(every.schedule, at: much) { $0.anchor = later + .seconds(10) }
    #expect(anchored.schedule.nextAt == much + .seconds(10))
    let from = try edited(every.schedule, at: much) { $0.from = much + .seconds(7) }
    #expect(from.schedule.nextAt == much + .seconds(7))
    #expect(from.schedule.spec.anchor == much + .seconds(7))
  }

  @Test func `an interval whose job is edited keeps its beat`() throws {
    let every = try edited(daily, at: later) { $0.timing = try Timing(stored: "every 900000") }
    let changed = try edited(every.schedule, at: later + .seconds(60)) { $0.job.priority = 5 }
    #expect(changed.schedule.spec.anchor == later)
    #expect(changed.schedule.nextAt == later + .seconds(900))
  }

  @Test func `an edit of the spread gives another delay, any other keeps it`() throws {
    let spread = try edited(daily, at: later) { $0.spread = .seconds(3600) }.schedule
    #expect(spread.offset > .zero && spread.offset < .seconds(3600))
    var renamed = spread
    renamed.name = "other"
    let changed = try edited(renamed, at: later) { $0.timing = try Timing(stored: "0 4 * * *") }
    #expect(changed.schedule.offset == spread.offset)
  }

  @Test func `dropped times are an entry of history: paused ones apart from missed ones`() throws {
    let (first, last) = (try #require(daily.nextAt), later + .seconds(-10 * 3600))
    let edit = try edited(daily, at: later) { $0.timing = try Timing(stored: "30 4 * * *") }
    #expect(edit.dropped == Occurrence(at: first, .missed, through: last, times: 3))
    #expect(edit.schedule.tally.missed == 3 && edit.schedule.lastAt == last)
    let resumed = daily.paused(at: TimeText.exampleNow).resumed(in: zone, at: later)
    #expect(resumed.dropped == Occurrence(at: first, .paused, through: last, times: 3))
    #expect(resumed.schedule.tally.missed == 0 && resumed.schedule.lastAt == last)
  }

  @Test func `times that come again after the clock was set back are another turn`() throws {
    var moved = daily
    moved.lastAt = daily.nextAt
    moved.nextAt = try #require(daily.nextAt) + .seconds(86_400)
    let back = try edited(moved, at: TimeText.exampleNow) {
      $0.timing = try Timing(stored: "@daily")
    }
    #expect(back.schedule.turn == 1 && back.dropped == nil)
    let forth = try edited(moved, at: later) { $0.timing = try Timing(stored: "@daily") }
    #expect(forth.schedule.turn == 0)
  }

  @Test func `a problem is forgotten with an edit`() throws {
    var broken = daily
    broken.problem = "its job isn't valid any more"
    #expect(try edited(broken, at: later) { $0.job.priority = 1 }.schedule.problem == nil)
  }

  @Test func `a schedule that has ended goes on when its bounds allow it`() throws {
    var ended = try edited(daily, at: TimeText.exampleNow) { $0.until = later }.schedule
    ended.nextAt = nil
    let changed = try edited(ended, at: later) { $0.until = nil }
    #expect(changed.schedule.nextAt?.iso8601 == "2026-11-27T02:00:00.000Z")
    #expect(changed.passed == 0)
  }
}
