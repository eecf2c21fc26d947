import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStoreSQLite

/// Schedules as `doctor` checks them, and as a backup copies them.
@Suite struct `Checking stored schedules` {
  let directory: TemporaryDirectory
  let store: SQLiteJobStore
  let clock = ManualClock()
  var now: Moment { clock.now() }

  init() throws {
    directory = try TemporaryDirectory()
    store = try #require(try SQLiteJobStore.open(directory.file("queue.db"), creating: true))
    try store.addSchedule("nightly", "0 3 * * *", at: clock.now())
    try store.addSchedule("sync", "every 60000", at: clock.now())
  }

  private func problems() throws -> [String] {
    try store.findings(thorough: false).filter { $0.verdict == .problem }
      .map { "\($0.subject): \($0.detail)" }
  }

  @Test func `sound schedules with history have no problem`() throws {
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    #expect(try problems() == [])
  }

  @Test func `a job that the rules refuse today is a problem of its schedule alone`() throws {
    try store.connection.execute(
      "UPDATE schedules SET spec = json_set(spec, '$.job.command', ' ') WHERE name = 'nightly'")
    #expect(
      try problems() == ["schedules: nightly can't be enqueued: command must not be blank"])
  }

  @Test func `a row that can't be understood is a problem, and can be removed`() throws {
    try store.connection.execute("UPDATE schedules SET spec = '{' WHERE name = 'nightly'")
    let found = try problems()
    #expect(found.count == 1 && found[0].contains("nightly"), "\(found)")
    _ = try store.removeSchedule("nightly")
    #expect(try problems() == [])
  }

  @Test func `history of no schedule is a problem`() throws {
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    try store.connection.execute("DELETE FROM schedules WHERE name = 'sync'")
    #expect(try problems() == ["schedules: 1 row of history without a schedule"])
  }

  @Test func `FAULT 94: a backup keeps schedules, their history and their next times`() throws {
    clock.advance(by: .seconds(60))
    try store.enqueueDue(at: now)
    _ = try store.changeSchedule("nightly", at: now) { [wall = now.wall] schedule, _ in
      Schedule.Changed(schedule: schedule.paused(at: wall))
    }
    let path = directory.file("copy.db")
    _ = try store.backUp(to: path, at: now)
    let copy = try #require(try SQLiteJobStore.open(path, creating: false))
    #expect(try copy.schedules() == store.schedules())
    #expect(try copy.occurrences(of: "sync", limit: 9) == store.occurrences(of: "sync", limit: 9))
    let job = try #require(try copy.jobs(JobQuery(), limit: 9, after: nil, at: now).jobs.first)
    #expect(job.origin?.schedule == "sync")

    // Both go on, each on its own: one job for all that passed, the unfinished one out of the way.
    clock.advance(by: .seconds(600))
    for queue in [store, copy] {
      try queue.runNext(for: try queue.addWorker(at: now), at: now)
      let moved = try #require(try queue.enqueueDue(at: now).first)
      #expect(moved.enqueued.count == 1 && moved.enqueued[0].due.standsFor == 9)
    }
  }
}
