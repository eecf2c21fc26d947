import QueueCore
import QueueTestSupport
import Testing

@Suite struct Claiming {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a claimed job has everything needed to run it`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let environment = [try EnvironmentVariable(name: "A", value: "1")]
    try store.add(
      [
        try NewJob(
          id: JobID("full"), command: "echo 'a' \"b\" $c \\", queue: "mail",
          timeout: .milliseconds(2500), maxRetries: 5, retryRules: RetryRules(backoffBase: 1.5),
          directory: "/srv",
          environment: environment, limits: ResourceLimits(niceness: 5))
      ], at: now)

    let claimed = try store.claim(for: worker, at: now)
    var expected = ClaimedJob(
      run: claimed.run, runName: claimed.runName, id: JobID(trusted: "full"), queue: "mail",
      command: "echo 'a' \"b\" $c \\", directory: "/srv", environment: environment,
      timeout: .milliseconds(2500), retryRules: RetryRules(backoffBase: 1.5),
      tally: RetryBudget(attempts: 0, crashes: 0, maxRetries: 5))
    expected.spec.limits = ResourceLimits(niceness: 5)
    #expect(claimed == expected)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a claim makes the job processing and opens a run`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    var expected = try store.job("job", at: now)
    clock.advance(by: .milliseconds(250))
    let claimed = try store.claim(for: worker, at: now)

    expected.state = .processing
    expected.updatedAt = now.wall
    expected.latestRun = Run(
      id: claimed.run, attempt: 1, worker: worker, startedAt: now.wall, waited: .milliseconds(250))
    #expect(try store.job("job", at: now) == expected)
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the highest priority comes first, then the oldest`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for (id, priority) in [("c", 0), ("a", 0), ("low", -5), ("x", 7), ("b", 0), ("y", 7)] {
      try store.add(id, priority: priority, at: now)
    }
    let order = try (1...6).map { _ in try store.runNext(for: worker, at: now) }
    #expect(order == ["x", "y", "c", "a", "b", "low"])
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job is claimed by one worker only`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let other = try fixture.anotherHandle()
    try fixture.store.add("only", at: now)
    let first = try fixture.store.addWorker(at: now)
    let second = try other.addWorker(at: now)
    #expect(try other.claim(for: second, at: now).id.text == "only")
    #expect(try fixture.store.claimNext(for: first, at: now) == .nothing(nextDue: nil))
  }

  @Test(arguments: StoreUnderTest.all)
  func `two workers in turn claim every job once`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let handles = [fixture.store, try fixture.anotherHandle()]
    let workers = try handles.map { try $0.addWorker(at: now) }
    let names = (1...20).map { "job-\($0)" }
    for name in names { try handles[0].add(name, at: now) }
    let order = try (0..<20).map { try handles[$0 % 2].runNext(for: workers[$0 % 2], at: now) }
    #expect(order == names)
  }

  // MARK: Queues

  @Test(arguments: StoreUnderTest.all)
  func `a worker claims jobs of its own queues only`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let mail = try store.addWorker(serving: ["mail"], at: now)
    let both = try store.addWorker(serving: ["web", "mail"], at: now)
    let all = try store.addWorker(at: now)
    for (id, queue) in [("d", "default"), ("w", "web"), ("m1", "mail"), ("m2", "mail")] {
      try store.add(id, queue: queue, at: now)
    }
    #expect(try store.runNext(for: mail, at: now) == "m1")
    #expect(try store.runNext(for: both, at: now) == "w")
    #expect(try store.runNext(for: both, at: now) == "m2")
    #expect(try store.claimNext(for: both, at: now) == .nothing(nextDue: nil))
    #expect(try store.runNext(for: all, at: now) == "d")
  }

  @Test(arguments: StoreUnderTest.all)
  func `priority counts across a worker's queues, whatever their order`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(serving: ["b", "a"], at: now)
    try store.add("first", queue: "a", priority: 1, at: now)
    try store.add("second", queue: "b", priority: 1, at: now)
    try store.add("urgent", queue: "a", priority: 2, at: now)
    let order = try (1...3).map { _ in try store.runNext(for: worker, at: now) }
    #expect(order == ["urgent", "first", "second"])
  }

  @Test(
    arguments: StoreUnderTest.all, ["a,b", "a\"b", "a'b", "a\\b", "[a]", "%", "_", "null", "é"])
  func `a queue may have any name`(store: StoreUnderTest, queue: String) throws {
    let store = try store.open().store
    let worker = try store.addWorker(serving: [queue], at: now)
    try store.add("other", queue: "a", at: now)
    try store.add("another", queue: "x", at: now)
    try store.add("own", queue: queue, at: now)
    #expect(try store.claim(for: worker, at: now).queue == queue)
    #expect(try store.record(of: worker).queues == [queue])
    #expect(try store.allJobs(JobQuery(queue: queue), at: now).map(\.id.text) == ["own"])
  }

  // MARK: Runs

  @Test(arguments: StoreUnderTest.all)
  func `run numbers only increase and are never reused`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let store = fixture.store
    let worker = try store.addWorker(at: now)
    var numbers: [Int64] = []
    for id in ["a", "b"] {
      try store.add(id, at: now)
      for outcome in [RunEnd.stopped, .stopped, .exited(0)] {
        let job = try store.claim(for: worker, at: now)
        numbers.append(job.run.number)
        try store.end(job, by: worker, outcome, at: now)
      }
    }
    let other = try fixture.anotherHandle()
    try other.add("c", at: now)
    numbers.append(try other.claim(for: worker, at: now).run.number)
    #expect(numbers == Set(numbers).sorted())
    #expect(try #require(numbers.first) > 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run's name contains the database and the run`(store: StoreUnderTest) throws {
    var databases: [Substring] = []
    for _ in 1...2 {
      let store = try store.open().store
      let worker = try store.addWorker(at: now)
      for id in ["a", "b"] {
        try store.add(id, at: now)
        let job = try store.claim(for: worker, at: now)
        #expect(job.runName.hasSuffix("-\(job.run)"))
        databases.append(job.runName.dropLast("-\(job.run)".count))
        try store.end(job, by: worker, .exited(0), at: now)
      }
    }
    #expect(databases[0] == databases[1])
    #expect(databases[2] == databases[3])
    #expect(databases[0] != databases[2])
    #expect(databases.allSatisfy { !$0.isEmpty })
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run's name is the same on every connection`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let worker = try fixture.store.addWorker(at: now)
    try fixture.store.add("a", at: now)
    let job = try fixture.store.claim(for: worker, at: now)
    #expect(try fixture.anotherHandle().record(of: worker).current?.runName == job.runName)
  }

  // MARK: Claiming workers

  @Test(arguments: StoreUnderTest.all)
  func `an unregistered worker gets nothing`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("job", at: now)
    let gone = try store.addWorker(at: now)
    try store.deregister(gone)
    #expect(try store.claimNext(for: gone, at: now) == .evicted)
    #expect(try store.claimNext(for: WorkerID(99), at: now) == .evicted)
    #expect(try store.job("job", at: now).state == .pending)
  }

  @Test(arguments: StoreUnderTest.all, [StopOrder.finishJob, .endJob])
  func `a worker with a stop request gets that request`(store: StoreUnderTest, order: StopOrder)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add("job", at: now)
    _ = try store.requestStop(order, of: [worker])
    #expect(try store.claimNext(for: worker, at: now) == .stop(order))
    #expect(try store.job("job", at: now).state == .pending)
  }
}
