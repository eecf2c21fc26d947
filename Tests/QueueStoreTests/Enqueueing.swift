import QueueCore
import QueueTestSupport
import Testing

@Suite struct Enqueueing {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `every part of a job is stored`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let runAt = now.wall + .seconds(90)
    let environment = [
      try EnvironmentVariable(name: "B", value: "2 = \"two\"\n"),
      try EnvironmentVariable(name: "A", value: ""),
    ]
    try store.add(
      [
        try NewJob(
          id: JobID("täglich#1"), command: "printf '%s\\n' \"$B\" — 🚀\ttab", queue: "mail,out",
          priority: -7, runAt: runAt, timeout: .milliseconds(1500), maxRetries: 0,
          retryRules: RetryRules(backoffBase: 1.25), directory: "/srv/a b", environment: environment
        )
      ], at: now)

    var expected = Job(
      id: JobID(trusted: "täglich#1"), command: "printf '%s\\n' \"$B\" — 🚀\ttab", state: .pending,
      attempts: 0, maxRetries: 0, queue: "mail,out", priority: -7, createdAt: now.wall,
      updatedAt: now.wall)
    expected.runAt = runAt
    expected.timeout = .milliseconds(1500)
    expected.directory = "/srv/a b"
    expected.environment = environment
    expected.retryRules.backoffBase = 1.25
    #expect(try store.job("täglich#1", at: now) == expected)
    #expect(try store.allJobs(at: now) == [expected])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job with only a command gets the defaults`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("plain", command: "sleep 1", at: now)
    #expect(
      try store.job("plain", at: now)
        == Job(
          id: JobID(trusted: "plain"), command: "sleep 1", state: .pending, attempts: 0,
          maxRetries: 3, queue: "default", priority: 0, createdAt: now.wall, updatedAt: now.wall))
  }

  @Test(arguments: StoreUnderTest.all)
  func `settings are fixed when a job is enqueued`(store: StoreUnderTest) throws {
    let store = try store.open().store
    var settings = Settings()
    settings.maxRetries = 8
    settings.timeout = .seconds(30)
    let modest = try NewJob(id: JobID("modest"), command: "true")
    let wilful = try NewJob(
      id: JobID("wilful"), command: "true", timeout: .seconds(5), maxRetries: 1)
    try store.add([modest, wilful], settings: settings, at: now)
    try store.set(Setting.named("max-retries"), to: "2")

    let jobs = try store.allJobs(at: now)
    #expect(jobs.map(\.id.text) == ["wilful", "modest"])
    #expect(jobs.map(\.maxRetries) == [1, 8])
    #expect(jobs.map(\.timeout) == [.seconds(5), .seconds(30)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a taken id is reported, and the stored job stays unchanged`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.add("once", command: "first", at: now)
    let before = try store.job("once", at: now)
    clock.advance(by: .seconds(5))

    let other = try NewJob(id: JobID("other"), command: "true")
    let again = try NewJob(id: JobID("once"), command: "second", priority: 9)
    #expect(
      try store.add([again, other, other], at: now) == [
        .exists(JobID(trusted: "once")), .added(JobID(trusted: "other")),
        .exists(JobID(trusted: "other")),
      ])
    #expect(try store.job("once", at: now) == before)
    #expect(try store.allJobs(at: now).map(\.id.text) == ["other", "once"])
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `ids are case-sensitive`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("Backup", command: "upper", at: now)
    try store.add("backup", command: "lower", at: now)
    #expect(try store.job("Backup", at: now).command == "upper")
    #expect(try store.job("backup", at: now).command == "lower")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job without an id gets a generated one, in order of enqueueing`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let nameless = try NewJob(command: "true")
    let first = try store.add([nameless, nameless, nameless], at: now).map(\.addedID)
    clock.advance(by: .seconds(2))
    let later = try store.add([nameless], at: now).map(\.addedID)

    let ids = try (first + later).map { try #require($0) }
    #expect(ids.allSatisfy { JobIDSource.couldHaveMade($0.text) })
    #expect(ids == ids.sorted())
    #expect(Set(ids).count == 4)
    #expect(try store.allJobs(at: now).map(\.id) == ids.reversed())
  }

  @Test(arguments: StoreUnderTest.all)
  func `a taken generated id is replaced silently`(store: StoreUnderTest) throws {
    // All connections of a fixture generate the same ids.
    let fixture = try store.open()
    let nameless = try NewJob(command: "true")
    let first = try fixture.store.add([nameless, nameless], at: now)
    let second = try fixture.anotherHandle().add([nameless, nameless, nameless], at: now)

    let ids = try (first + second).map { try #require($0.addedID) }
    #expect(Set(ids).count == 5)
    #expect(Set(try fixture.store.allJobs(at: now).map(\.id)) == Set(ids))
  }

  @Test(arguments: StoreUnderTest.all)
  func `each job is reported soon, and none is requested after the last`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    var heard = 0
    var names = (1...1000).map { "j\($0)" }[...]
    var isOver = false
    try store.enqueue(at: now, settings: Settings()) {
      #expect(!isOver)
      isOver = names.isEmpty
      #expect(1000 - names.count - heard < 100, "what is stored isn't all held in memory")
      return try names.popFirst().map { try NewJob(id: JobID($0), command: "true") }
    } each: { result in
      heard += 1
      #expect(result.addedID?.text == "j\(heard)")
    }
    #expect(heard == 1000)
  }

  struct Refused: Error {}

  @Test(arguments: StoreUnderTest.all)
  func `if reading the next job fails, none is stored`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("old", at: now)
    var names = ["a", "b"][...]
    #expect(throws: Refused.self) {
      try store.enqueue(at: now, settings: Settings()) {
        guard let name = names.popFirst() else { throw Refused() }
        return try NewJob(id: JobID(name), command: "true")
      } each: { _ in
      }
    }
    #expect(try store.allJobs(at: now).map(\.id.text) == ["old"])
    try expectSummaryMatchesRows(of: store, at: now)

    try store.add("a", at: now)
    #expect(try store.allJobs(at: now).map(\.id.text) == ["a", "old"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `if the caller refuses a result, none is stored`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("taken", at: now)
    var rest = try ["new", "taken", "never"].map { try NewJob(id: JobID($0), command: "true") }[...]
    #expect(throws: Refused.self) {
      try store.enqueue(at: now, settings: Settings()) {
        rest.popFirst()
      } each: { result in
        if case .exists = result { throw Refused() }
      }
    }
    #expect(try store.allJobs(at: now).map(\.id.text) == ["taken"])
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a rolled back batch leaves no job for a worker`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    #expect(throws: Refused.self) {
      try store.enqueue(at: now, settings: Settings()) {
        try NewJob(command: "true")
      } each: { _ in
        throw Refused()
      }
    }
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
  }

  @Test(arguments: StoreUnderTest.all)
  func `an empty batch is valid`(store: StoreUnderTest) throws {
    let store = try store.open().store
    #expect(try store.add([], at: now) == [])
    #expect(try store.allJobs(at: now) == [])
    #expect(try store.summary() == QueueSummary())
  }

  @Test(arguments: StoreUnderTest.all)
  func `a thousand jobs are stored in one step, in order`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let names = (1...1000).map { "job-\($0)" }
    try fixture.store.add(names.map { try NewJob(id: JobID($0), command: "true") }, at: now)
    let other = try fixture.anotherHandle()
    #expect(try other.allJobs(at: now).map(\.id.text) == names.reversed())
    #expect(try other.summary() == QueueSummary(counts: ["default": [.pending: 1000]]))
  }
}
