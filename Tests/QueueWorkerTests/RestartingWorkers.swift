import Testing

@testable import QueueWorker

/// When a supervisor replaces workers that died.
@Suite struct `Restarting workers` {
  private let now = Duration.seconds(1000)

  @Test func `the first deaths of each are followed at once, more wait longer and longer`() {
    var schedule = RestartSchedule(count: 2)
    let pauses = (1...9).map { _ in schedule.replace(hadJob: false, age: .seconds(1), at: now) }
    #expect(pauses == [0, 0, 1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
    #expect(schedule.dueCount(at: now) == 2)
    #expect(schedule.dueCount(at: now + .seconds(30)) == 9)
  }

  @Test func `a worker that lived or had a job isn't a failure`() {
    var schedule = RestartSchedule(count: 1)
    for _ in 1...3 { _ = schedule.replace(hadJob: false, age: .zero, at: now) }
    #expect(schedule.replace(hadJob: true, age: .zero, at: now) == .zero)
    #expect(schedule.replace(hadJob: false, age: .zero, at: now) == .seconds(4))
    #expect(schedule.replace(hadJob: false, age: RestartSchedule.quick, at: now) == .zero)
    #expect(schedule.replace(hadJob: false, age: .zero, at: now) == .zero)
  }

  @Test func `workers that never became ready wait for one that does`() {
    var schedule = RestartSchedule(count: 3)
    schedule.noteFailedStart()
    schedule.noteFailedStart()
    #expect(schedule.isEmpty && schedule.next == nil)
    schedule.noteReady(at: now)
    #expect(schedule.dueCount(at: now) == 2 && schedule.readyCount == 1)
    schedule.noteReady(at: now)
    #expect(schedule.dueCount(at: now) == 2)
    schedule.takeDue(at: now)
    #expect(schedule.isEmpty)
  }

  @Test func `a process that can't be started is tried again later`() {
    var schedule = RestartSchedule(count: 1)
    schedule.noteFailure(at: now)
    #expect(schedule.dueCount(at: now) == 0 && schedule.next == now + RestartSchedule.quick)
    schedule.cancelAll()
    #expect(schedule.next == nil)
  }
}
