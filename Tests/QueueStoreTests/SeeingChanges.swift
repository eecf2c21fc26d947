import QueueCore
import QueueTestSupport
import Testing

@Suite struct SeeingChanges {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all.filter(\.tellsOwnChangesApart))
  func `only changes of other connections count`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    _ = try own.hasChanged()
    _ = try other.hasChanged()
    #expect(try own.hasChanged() == false)

    try own.add("mine", at: now)
    #expect(try own.hasChanged() == false)
    #expect(try other.hasChanged())
    #expect(try other.hasChanged() == false)

    try other.add("a", at: now)
    try other.add("b", at: now)
    try own.add("between", at: now)
    #expect(try own.hasChanged())
    #expect(try own.hasChanged() == false)
  }

  @Test(arguments: StoreUnderTest.all)
  func `no change of another connection is missed`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    for id in ["a", "b", "c"] {
      _ = try own.hasChanged()
      try own.add("\(id)-mine", at: now)
      try other.add(id, at: now)
      #expect(try own.hasChanged())
    }
  }

  @Test(arguments: StoreUnderTest.all.filter(\.tellsOwnChangesApart))
  func `reads and empty claims change nothing`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    let worker = try other.addWorker(at: now)
    #expect(try other.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    _ = try own.hasChanged()

    #expect(try other.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    _ = try other.allJobs(at: now)
    _ = try other.summary()
    _ = try other.workers()
    _ = try other.settings()
    #expect(try own.hasChanged() == false)
  }

  @Test(arguments: StoreUnderTest.all)
  func `claims, finishes and settings of other connections are detected`(store: StoreUnderTest)
    throws
  {
    let fixture = try store.open()
    let (own, other) = (fixture.store, try fixture.anotherHandle())
    let worker = try other.addWorker(at: now)
    try other.add("job", at: now)
    _ = try own.hasChanged()
    let job = try other.claim(for: worker, at: now)
    #expect(try own.hasChanged())
    try other.end(job, by: worker, .exited(0), at: now)
    #expect(try own.hasChanged())
    try other.set(Setting.named("lease"), to: "5s")
    #expect(try own.hasChanged())
  }
}
