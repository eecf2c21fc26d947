import QueueCore
import QueueTestSupport
import Testing

@Suite struct KnowingWorkers {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `a worker keeps the lease it read at its last heartbeat`(store: StoreUnderTest) throws {
    let setting = try Setting.named(store.leaseSetting)
    let fixture = try store.open()
    let store = fixture.store
    let worker = try store.addWorker(at: now)
    try fixture.anotherHandle().set(setting, to: "40s")
    #expect(try store.record(of: worker).lease == .seconds(30))
    _ = try store.renew(worker, at: now)
    #expect(try store.record(of: worker).lease == .seconds(40))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker is listed from its registration until it leaves`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let store = fixture.store
    #expect(try store.workers() == [])
    let first = try store.register(.example(pid: 11), queues: ["web", "mail"], at: now)
    let start = now
    clock.advance(by: .milliseconds(1500))
    let second = try fixture.anotherHandle().register(.example(pid: 12), queues: [], at: now)
    #expect(
      try store.workers() == [
        WorkerRecord(id: first, process: .example(pid: 11), queues: ["web", "mail"], at: start),
        WorkerRecord(id: second, process: .example(pid: 12), queues: [], at: now),
      ])

    try store.deregister(first)
    #expect(try store.workers().map(\.id) == [second])
    try store.deregister(first)
    try store.deregister(WorkerID(99))
    #expect(try store.workers().map(\.id) == [second])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker's version is kept`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.register(
      .example(pid: 11), queues: [], begun: now.uptime, version: "2.0 (abc)", at: now)
    _ = try store.renew(worker, at: now)
    #expect(try store.record(of: worker).version == "2.0 (abc)")
    #expect(try store.record(of: store.addWorker(at: now)).version == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a process is stored as it was registered`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let process = ProcessIdentity(
      host: "höst-1.example", site: .example, boot: BootID("8d1c-äß"), pid: .max, startTicks: .max)
    let worker = try store.register(process, queues: [], at: now)
    #expect(try store.record(of: worker).process == process)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker's id is never reused`(store: StoreUnderTest) throws {
    let store = try store.open().store
    var numbers: [Int64] = []
    for _ in 1...3 {
      let worker = try store.addWorker(at: now)
      numbers.append(worker.number)
      try store.deregister(worker)
      let lost = try store.addWorker(at: now)
      numbers.append(lost.number)
      _ = try store.reclaim(try store.record(of: lost), maxCrashes: 3, at: now)
    }
    #expect(try store.workers() == [])
    #expect(numbers == Set(numbers).sorted())
    #expect(try #require(numbers.first) > 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker's record names its job`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let store = fixture.store
    let idle = try store.addWorker(at: now)
    let busy = try store.addWorker(at: now)
    var expected = try store.record(of: busy)
    try store.add("job", at: now)
    let job = try store.claim(for: busy, at: now)

    expected.current = WorkerRecord.Assignment(
      job: job.id, run: job.run, runName: job.runName, since: now.wall)
    #expect(try fixture.anotherHandle().record(of: busy) == expected)
    #expect(try store.record(of: idle).current == nil)

    try store.end(job, by: busy, .exited(0), at: now)
    expected.current = nil
    expected.completed = 1
    #expect(try store.record(of: busy) == expected)
  }

  // MARK: Heartbeats

  @Test(arguments: StoreUnderTest.all)
  func `a heartbeat updates both clocks and nothing else`(store: StoreUnderTest)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let other = try store.addWorker(at: now)
    var expected = try store.workers()
    clock.advance(by: .seconds(7))
    clock.jumpWall(by: .seconds(-100))
    #expect(try store.renew(worker, at: now) == .known(nil))

    expected[0].heartbeatAt = now.wall
    expected[0].heartbeatUptime = now.uptime
    #expect(try store.workers() == expected)
    #expect(try store.record(of: worker).silence(at: now) == .zero)
    #expect(try store.record(of: other).silence(at: now) == .seconds(7))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a heartbeat of an unregistered worker reports that`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.deregister(worker)
    #expect(try store.renew(worker, at: now) == .evicted)
    #expect(try store.renew(WorkerID(99), at: now) == .evicted)
    #expect(try store.workers() == [])
  }

  // MARK: Stopping

  @Test(arguments: StoreUnderTest.all)
  func `a stop request can address all workers`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let store = fixture.store
    #expect(try store.stopAll(.finishJob, at: now) == [])
    let workers = try (1...3).map { _ in try store.addWorker(at: now) }
    var expected = try store.workers()
    for index in expected.indices { expected[index].stop = .finishJob }

    #expect(try store.stopAll(.finishJob, at: now) == expected)
    #expect(try store.workers() == expected)
    for worker in workers {
      #expect(try fixture.anotherHandle().renew(worker, at: now) == .known(.finishJob))
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a stop request can address named workers only`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let workers = try (1...3).map { _ in try store.addWorker(at: now) }
    let asked = try store.requestStop(.finishJob, of: [workers[2], workers[0], workers[2]])
    #expect(asked.map(\.id) == [workers[0], workers[2]])
    #expect(try store.workers().map(\.stop) == [.finishJob, nil, .finishJob])
    #expect(try store.requestStop(.endJob, of: []) == [])
    #expect(try store.workers().map(\.stop) == [.finishJob, nil, .finishJob])
  }

  @Test(arguments: StoreUnderTest.all)
  func `the more urgent request counts`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let told = try [StopOrder.finishJob, .endJob, .finishJob].map {
      try store.requestStop($0, of: [worker]).map(\.stop)
    }
    #expect(told == [[.finishJob], [.endJob], [.endJob]])
    #expect(try store.renew(worker, at: now) == .known(.endJob))
    #expect(try store.heartbeat(of: worker, stopping: .finishJob, at: now) == .known(.endJob))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker records a stop request that it got by signal`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    #expect(try store.heartbeat(of: worker, stopping: .finishJob, at: now) == .known(.finishJob))
    #expect(try store.record(of: worker).stop == .finishJob)
    #expect(try store.heartbeat(of: worker, stopping: .endJob, at: now) == .known(.endJob))
    #expect(try store.record(of: worker).stop == .endJob)
  }

  @Test(arguments: StoreUnderTest.all)
  func `if a named worker is unknown, none gets the request`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let error = try refusal {
      _ = try store.requestStop(.endJob, of: [worker, WorkerID(99)])
    }
    #expect(error.code == .notFound)
    #expect(error.message.contains("w99"))
    #expect(try store.record(of: worker).stop == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a request about a run counts during that run only`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    for id in ["first", "second"] { try store.add(id, at: now) }
    let first = try store.claim(for: worker, at: now)
    #expect(try store.end(first, by: worker, .exited(0), at: now) == .recorded(next: nil))
    let idle = try refusal { _ = try store.requestStop(.endJob, of: [worker], during: first.run) }
    #expect(idle.code == .wrongState)
    let second = try store.claim(for: worker, at: now)
    let busy = try refusal { _ = try store.requestStop(.endJob, of: [worker], during: first.run) }
    #expect(busy.code == .wrongState)
    #expect(try store.record(of: worker).stop == nil)
    _ = try store.requestStop(.endJob, of: [worker], during: second.run)
    #expect(try store.record(of: worker).stop == .endJob)
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 14: a stop of all includes workers that an earlier command starts later`(
    store: StoreUnderTest
  ) throws {
    let fixture = try store.open()
    let store = fixture.store
    let begun = now.uptime
    clock.advance(by: .seconds(1))
    _ = try fixture.anotherHandle().stopAll(.finishJob, at: now)
    #expect(try store.stopOrder(since: begun, at: now) == .finishJob)
    #expect(try store.stopOrder(since: now.uptime, at: now) == nil)
    try store.add("job", at: now)
    let late = try store.register(
      .example(pid: 12), queues: [], begun: begun, version: nil, at: now)
    #expect(try store.claimNext(for: late, at: now) == .stop(.finishJob))
    let next = try store.register(
      .example(pid: 13), queues: [], begun: now.uptime, version: nil, at: now)
    #expect(try store.claimNext(for: next, at: now).job != nil)
    clock.reboot()
    clock.jumpWall(by: .seconds(20))
    #expect(try store.stopOrder(since: .zero, at: now) == nil, "it was before this boot")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker of a later command isn't stopped`(store: StoreUnderTest) throws {
    let store = try store.open().store
    _ = try store.addWorker(at: now)
    _ = try store.stopAll(.finishJob, at: now)
    let late = try store.addWorker(at: now)
    #expect(try store.renew(late, at: now) == .known(nil))
  }
}
