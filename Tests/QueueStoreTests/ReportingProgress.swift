import QueueCore
import QueueTestSupport
import Testing

@Suite struct ReportingProgress {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func progress(_ percent: String, _ message: String? = nil) throws -> JobProgress {
    try JobProgress(percent: percent, message: message)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run's latest progress is shown`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (store, inside) = (fixture.store, try fixture.anotherHandle())
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    try store.add("other", at: now)
    let run = try store.claim(for: worker, at: now).runName
    #expect(try store.job("job", at: now).progress == nil)
    var expected = try store.job("job", at: now)
    clock.advance(by: .seconds(1))

    #expect(try inside.setProgress(progress("40", "epoch 5"), of: run, at: now))
    expected.progress = try progress("40", "epoch 5")
    #expect(try store.job("job", at: now) == expected, "and nothing else has changed")
    #expect(try inside.setProgress(progress("12.5"), of: run, at: now))
    expected.progress = try progress("12.5")
    #expect(try store.job("job", at: now) == expected)
    #expect(try store.allJobs(at: now).map(\.progress) == [nil, expected.progress])
  }

  @Test(arguments: StoreUnderTest.all)
  func `progress stays when the run has ended, and is cleared when the next begins`(
    store: StoreUnderTest
  )
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    let first = try store.claim(for: worker, at: now)
    #expect(try store.setProgress(progress("70"), of: first.runName, at: now))
    try store.end(first, by: worker, .exited(1), at: now)
    #expect(try store.job("job", at: now).progress == progress("70"))

    // The run is over, so its leftover processes can't report.
    #expect(try !store.setProgress(progress("80"), of: first.runName, at: now))
    #expect(try store.job("job", at: now).progress == progress("70"))
    clock.advance(by: .seconds(2))
    let second = try store.claim(for: worker, at: now)
    #expect(try store.job("job", at: now).progress == nil)
    #expect(try !store.setProgress(progress("90"), of: first.runName, at: now))
    #expect(try store.setProgress(progress("5"), of: second.runName, at: now))
    #expect(try store.job("job", at: now).progress == progress("5"))
  }

  @Test(arguments: StoreUnderTest.all, ["", "1", "-1", "elsewhere-1", "x"])
  func `a run of another queue can't report`(store: StoreUnderTest, name: String) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.claim(for: worker, at: now)
    #expect(try !store.setProgress(progress("1"), of: name, at: now))
    #expect(try store.job("job", at: now).progress == nil)
  }
}
