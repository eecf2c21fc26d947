import QueueCore
import QueueTestSupport
import Testing

/// A process reads the clock before it waits for the lock. Meanwhile others, which read it later,
/// change the same jobs.
@Suite struct OrderOfTimes {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// Returns a reading of the clock, after which others read theirs.
  private func readEarly(by wait: Duration = .milliseconds(40)) -> Moment {
    defer { clock.advance(by: wait) }
    return now
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run doesn't start before its job was created, nor end before its start`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let early = readEarly()
    try store.add("a", at: now)
    try store.add("b", at: now)

    let first = try store.claim(for: worker, at: early)
    let running = try store.job("a", at: now)
    #expect(running.createdAt == now.wall && running.updatedAt == now.wall)
    let run = try #require(running.latestRun)
    #expect(run.startedAt == now.wall && run.waited == .zero)
    #expect(try store.record(of: worker).current?.since == now.wall)

    // The run takes a millisecond.
    var later = early
    later.wall = early.wall + .milliseconds(1)
    try store.end(first, by: worker, .exited(0), claimingNext: true, at: later)
    let ended = try store.job("a", at: now)
    #expect(ended.latestRun?.finishedAt == now.wall && ended.updatedAt == now.wall)
    #expect(ended.latestRun?.elapsed == .seconds(1))
    let next = try store.job("b", at: now)
    #expect(next.state == .processing && next.latestRun?.startedAt == next.createdAt)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lost run doesn't end before its start, nor start again before its end`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let other = try store.addWorker(at: now)
    try store.add("job", at: now)
    let early = readEarly()
    _ = try store.claim(for: worker, at: now)
    _ = try store.reclaim(try store.record(of: worker), at: early)
    let lost = try #require(try store.runs(of: "job").first)
    #expect(lost.finishedAt == now.wall && lost.elapsed == .zero)
    _ = try store.claim(for: other, at: early)
    #expect(try store.job("job", at: now).latestRun?.startedAt == now.wall)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job isn't cancelled before it was created, nor retried before its end`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let early = readEarly()
    try store.add("job", at: now)
    try store.cancel(["job"], at: early)
    #expect(try store.job("job", at: now).updatedAt == now.wall)
    try store.retry(["job"], at: early)
    #expect(try store.job("job", at: now).updatedAt == now.wall)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that waits for another isn't released before the other's end`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let other = try store.addWorker(at: now)
    let early = readEarly()
    try store.add("first", at: now)
    let claimed = try store.claim(for: worker, at: now)
    try store.add(
      [
        try NewJob(
          id: JobID("second"), command: "true",
          prerequisites: [Prerequisite(reference: "first", accepts: .success)])
      ], at: early)
    try store.end(claimed, by: worker, .exited(0), at: early)
    #expect(try store.job("second", at: now).updatedAt == now.wall)
    _ = try store.claim(for: other, at: early)
    #expect(try store.job("second", at: now).latestRun?.startedAt == now.wall)
  }

  /// The other's end counts as no earlier than its last change, though the clock was set back.
  @Test(arguments: StoreUnderTest.all, [true, false])
  func `a job that is released isn't ready before its own time`(
    store: StoreUnderTest, isCancelled: Bool
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("first", at: now)
    let end = Prerequisite(reference: "first", accepts: .anyEnd)
    clock.jumpWall(by: .seconds(-20))
    let due = now.wall + .seconds(10)
    try store.add(
      [try NewJob(id: JobID("second"), command: "true", runAt: due, prerequisites: [end])], at: now)
    if isCancelled {
      try store.cancel(["first"], at: now)
    } else {
      let first = try store.claim(for: worker, at: now)
      try store.end(first, by: worker, .exited(0), at: now)
    }
    clock.advance(by: .milliseconds(9999))
    #expect(
      try store.claimNext(for: worker, at: now) == .nothing(nextDue: .milliseconds(1)))
    clock.advance(by: .milliseconds(1))
    #expect(try store.claim(for: worker, at: now).id == JobID("second"))
  }

  @Test(arguments: StoreUnderTest.all)
  func `history has the same end of a job as its run`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.addSchedule("a", "every 60000", at: now)
    clock.advance(by: .seconds(60))
    let early = readEarly()
    _ = try store.advance(try store.dueMoves(at: now), settings: Settings(), at: now)
    let job = try store.claim(for: worker, at: early)
    try store.end(job, by: worker, .exited(0), at: early)
    #expect(try store.job(job.id.text, at: now).latestRun?.finishedAt == now.wall)
    let occurrence = try #require(try store.occurrences(of: "a", limit: 1).first)
    #expect(occurrence.job?.endedAt == now.wall)
    #expect(try store.schedule("a").tally.succeededAt == now.wall)
  }

  @Test(arguments: StoreUnderTest.all)
  func `after a clock was set back, its time counts`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("a", at: now)
    try store.add("b", at: now)
    clock.jumpWall(by: .zero - Moment.longestLead)
    let first = try store.claim(for: worker, at: now)
    let created = try store.job("a", at: now)
    #expect(created.latestRun?.startedAt == created.createdAt)
    try store.end(first, by: worker, .exited(0), at: now)
    clock.jumpWall(by: .milliseconds(-1))
    _ = try store.claim(for: worker, at: now)
    #expect(try store.job("b", at: now).latestRun?.startedAt == now.wall)
  }
}
