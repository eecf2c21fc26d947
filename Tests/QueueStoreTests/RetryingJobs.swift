import QueueCore
import QueueTestSupport
import Testing

@Suite struct RetryingJobs {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a failed job is due at once and keeps its attempts`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.runNext(for: worker, .exited(3), at: now)
    clock.advance(by: .milliseconds(500))
    let before = try store.job("job", at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .milliseconds(1500)))

    #expect(try store.retry(["job"], at: now) == [before.id])
    var expected = before
    expected.runAt = now.wall
    #expect(try store.job("job", at: now) == expected)
    #expect(try store.claim(for: worker, at: now).attempt == 2)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a due failed job stays due`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.runNext(for: worker, .exited(3), at: now)
    clock.advance(by: .seconds(5))
    _ = try store.retry(["job"], at: now)
    #expect(try store.claim(for: worker, at: now).attempt == 2)
  }

  @Test(arguments: StoreUnderTest.all)
  func `dead and cancelled jobs start over and keep their history`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("dead", maxRetries: 0, at: now)
    try store.runNext(for: worker, .exited(3), at: now)
    try store.add("cancelled", at: now)
    try store.runNext(for: worker, .exited(4), at: now)
    try store.add("later", runAt: now.wall + .seconds(60), at: now)
    _ = try store.cancel(["cancelled", "later"], at: now)
    var expected = try store.allJobs(at: now)
    clock.advance(by: .seconds(1))

    let retried = try store.retry(["dead", "cancelled", "later", "dead"], at: now)
    #expect(retried.map(\.text) == ["dead", "cancelled", "later"])
    for index in expected.indices {
      expected[index].state = .pending
      expected[index].attempts = 0
      expected[index].updatedAt = now.wall
    }
    #expect(try store.allJobs(at: now) == expected)
    #expect(expected.map(\.latestRun?.end) == [nil, .exited(4), .exited(3)])
    #expect(try store.runNext(for: worker, at: now) == "dead")
    #expect(try store.runNext(for: worker, at: now) == "cancelled")
    clock.advance(by: .seconds(59))
    #expect(try store.runNext(for: worker, at: now) == "later")
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(
    arguments: StoreUnderTest.all,
    [("waiting", JobState.pending), ("busy", .processing), ("done", .completed)])
  func `if a named job can't be retried, none is`(
    store: StoreUnderTest, other: (id: String, state: JobState)
  ) throws {
    let store = try store.open().store
    try addExamples(to: store, at: now)
    let before = try store.allJobs(at: now)
    let error = try refusal { _ = try store.retry(["buried", other.id], at: now) }
    #expect(
      error
        == StoreError(
          .wrongState,
          "job \"\(other.id)\" is \(other.state): it must be failed, dead or cancelled"
            + (other.state == .completed ? "; \"queuectl rerun\" runs it again as a new job" : "")))
    let missing = try refusal { _ = try store.retry(["buried", "none"], at: now) }
    #expect(missing.code == .notFound)
    #expect(try store.allJobs(at: now) == before)
  }
}
