import QueueCore
import QueueTestSupport
import Testing

@testable import QueueWorker

/// The times of heartbeats, checks and polls.
@Suite struct `Keeping time` {
  private let clock = ManualClock()
  private var settings = Settings()

  init() {
    settings.lease = .seconds(12)
    settings.pollInterval = .seconds(1)
  }

  private var now: Duration { clock.now().uptime }

  @Test(arguments: zip([12, 30, 3600], [2, 5, 5]))
  func `a worker sends six heartbeats per lease, at least one every five seconds`(
    lease: Int, period: Int
  ) {
    var settings = settings
    settings.lease = .seconds(lease)
    var signs = HeartbeatSchedule(settings, at: now)
    #expect(!signs.isHeartbeatDue(at: now + .milliseconds(period * 1000 - 1)))
    #expect(signs.isHeartbeatDue(at: now + .seconds(period)))
    signs.spoke(settings, at: now + .seconds(period))
    #expect(!signs.isHeartbeatDue(at: now + .seconds(period)))
    signs.speakSoon()
    #expect(signs.isHeartbeatDue(at: now) && signs.deadline == .zero)
  }

  /// Returns the times, in milliseconds from now, at which it checks other workers.
  private func cares(at times: [Int]) -> [Int] {
    var signs = HeartbeatSchedule(settings, at: now)
    return times.filter {
      signs.isCareDue(settings, judgingSilence: true, at: now + .milliseconds($0))
    }
  }

  @Test func `it checks other workers at once, and then with every poll`() {
    #expect(cares(at: [0, 500, 999, 1000, 1999, 2000]) == [0, 1000, 2000])
  }

  /// Returns the times, in milliseconds from now, at which it judges silence.
  private func judges(at times: [Int]) -> [Int] {
    var wakefulness = SuspendGuard(at: now)
    return times.filter { wakefulness.judgesSilence(settings, at: now + .milliseconds($0)) }
  }

  @Test func `it checks again soon while it doesn't judge silence`() {
    var settings = settings
    for (poll, pause) in [(60, 2), (1, 1)] {
      settings.pollInterval = .seconds(poll)
      #expect(SuspendGuard.pause(settings, judgingSilence: false) == .seconds(pause))
      #expect(SuspendGuard.pause(settings, judgingSilence: true) == .seconds(poll))
    }
  }

  @Test
  func `after its start or a pause of a third of a lease, it gives other workers time`() {
    #expect(judges(at: [0, 2000, 3999, 4000, 8000, 12_000]) == [4000, 8000, 12_000])
    #expect(judges(at: [0, 4000, 8001, 12_000, 12_001]) == [4000, 12_001])
  }

  @Test func `an idle worker wakes when a job is due, or when the wall clock was set`() {
    var looks = PollSchedule()
    #expect(looks.isTime(at: clock.now()), "it has not looked yet")
    looks.foundNothing(dueIn: .seconds(60), at: clock.now())
    #expect(!looks.isTime(at: clock.now()))
    clock.advance(by: .seconds(60))
    #expect(looks.isTime(at: clock.now()))
    looks.foundNothing(dueIn: nil, at: clock.now())
    clock.advance(by: .seconds(86_400))
    #expect(!looks.isTime(at: clock.now()))
    for jump in [501, -501] {
      looks.foundNothing(dueIn: nil, at: clock.now())
      clock.jumpWall(by: .milliseconds(jump))
      #expect(looks.isTime(at: clock.now()), "\(jump)")
    }
    looks.foundNothing(dueIn: nil, at: clock.now())
    clock.jumpWall(by: .milliseconds(400))
    #expect(!looks.isTime(at: clock.now()), "clocks drift")
    looks.lookSoon()
    #expect(looks.isTime(at: clock.now()))
  }
}
