import QueueCore
import QueueTestSupport
import Testing

/// Notices of dead jobs, kept until the `on-dead` command has run.
@Suite struct `Noticing deaths` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func bury(_ ids: String..., in store: any JobStore, by worker: WorkerID) throws {
    for id in ids {
      try store.add(id, maxRetries: 0, at: now)
      try store.runNext(for: worker, .exited(1), at: now)
    }
  }

  private func setCommand(_ command: String?, in store: any JobStore) throws {
    try store.set(try Setting.named("on-dead"), to: command)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the notice of a dead job is claimed by one worker`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let (one, other) = (try store.addWorker(at: now), try store.addWorker(at: now))
    try bury("before", in: store, by: one)
    #expect(try store.claimHook(for: one, at: now) == nil)
    try setCommand("mail me", in: store)
    try store.add("well", at: now)
    try store.runNext(for: one, at: now)
    try bury("first", "second", in: store, by: one)

    let first = try #require(try store.claimHook(for: one, at: now))
    #expect(first.job == (try store.job("first", at: now)))
    #expect(try store.claimHook(for: one, at: now) == first, "it is still the same worker's")
    let second = try #require(try store.claimHook(for: other, at: now))
    #expect(second.job.id.text == "second")
    #expect(second.runName != first.runName)
    try store.completeHook(of: first.job.id, by: one)
    #expect(try store.claimHook(for: one, at: now) == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the notice of a lost worker is claimed by another`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let (gone, other) = (try store.addWorker(at: now), try store.addWorker(at: now))
    try setCommand("mail me", in: store)
    try bury("job", in: store, by: gone)
    let notice = try #require(try store.claimHook(for: gone, at: now))
    #expect(try store.claimHook(for: other, at: now) == nil)
    try store.deregister(gone)
    var again = notice
    again.wasTaken = true
    #expect(try store.dueHookCount() == 1)
    #expect(try store.claimHook(for: other, at: now) == again)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the notice of a retried job is dropped`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try setCommand("mail me", in: store)
    try bury("job", in: store, by: worker)
    _ = try store.retry(.dead(.named(["job"])), dryRun: false, at: now)
    #expect(try store.claimHook(for: worker, at: now) == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a second death while the command runs gets its own notice`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try setCommand("mail me", in: store)
    try bury("job", in: store, by: worker)
    let first = try #require(try store.claimHook(for: worker, at: now))
    _ = try store.retry(.dead(.named(["job"])), dryRun: false, at: now)
    try store.runNext(for: worker, .exited(2), at: now)
    try store.completeHook(of: first.job.id, by: worker)
    let second = try #require(try store.claimHook(for: worker, at: now))
    #expect(second.job.latestRun?.end == .exited(2))
    #expect(second.runName != first.runName)
    try store.completeHook(of: second.job.id, by: worker)
    #expect(try store.claimHook(for: worker, at: now) == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `without a command notices are dropped`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try setCommand("mail me", in: store)
    try bury("job", in: store, by: worker)
    try setCommand(nil, in: store)
    try setCommand("mail somebody else", in: store)
    #expect(try store.claimHook(for: worker, at: now) == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that is dead after lost workers gets a notice, too`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let (lost, other) = (try store.addWorker(at: now), try store.addWorker(at: now))
    try setCommand("mail me", in: store)
    try store.add("poison", at: now)
    _ = try store.claim(for: lost, at: now)
    _ = try store.reclaim(try store.record(of: lost), maxCrashes: 1, at: now)
    #expect(try store.claimHook(for: other, at: now)?.job.id.text == "poison")
  }
}
