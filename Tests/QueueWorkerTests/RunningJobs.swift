import QueueCore
import QueueTestSupport
import QueueWorker
import Testing

@Suite struct `Running jobs` {
  @Test(arguments: StoreUnderTest.all)
  func `a job that succeeds is completed, with its usage`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(3)) }
    try bench.store.add("job1", at: bench.clock.now())

    let passed = try bench.run { try bench.state("job1") == .completed }

    #expect(passed == .seconds(3))
    let job = try bench.job("job1")
    #expect(job.attempts == 1)
    #expect(job.latestRun?.end == .exited(0))
    #expect(job.latestRun?.error == nil)
    #expect(try bench.store.record(of: bench.worker.id).completed == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a failing job waits 2, 4 and 8 seconds, and then is dead`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .ends(.exited(1), after: .seconds(1)) }
    try bench.store.add("job1", maxRetries: 3, at: bench.clock.now())
    var starts: [Duration] = []

    try bench.run {
      if bench.runner.started.count > starts.count { starts.append(bench.clock.now().uptime) }
      return try bench.state("job1") == .dead
    }

    #expect(
      zip(starts.dropFirst(), starts).map { $0 - $1 - .seconds(1) }
        == [2, 4, 8].map { .seconds($0) })
    let job = try bench.job("job1")
    #expect(job.attempts == 4)
    #expect(job.latestRun?.error == "exit status 1: last words")
    #expect(bench.runner.started.map(\.attempt) == [1, 2, 3, 4])
  }

  @Test(arguments: StoreUnderTest.all)
  func `the base and the cap at the time of the failure count`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .ends(.exited(1), after: .zero) }
    try bench.store.add("job1", maxRetries: 2, at: bench.clock.now())
    try bench.set("backoff-base", "10")
    try bench.set("backoff-max", "30s")

    let passed = try bench.run { try bench.state("job1") == .dead }

    #expect(passed == .seconds(10 + 30))
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 13: other jobs run while one waits for its backoff`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = {
      $0.id.text == "bad" ? .ends(.exited(1), after: .zero) : .ends(.exited(0), after: .zero)
    }
    try bench.store.add("bad", at: bench.clock.now())
    try bench.store.add("good", at: bench.clock.now())

    try bench.step()

    #expect(try bench.state("bad") == .failed)
    #expect(try bench.state("good") == .completed)
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 20: a job that can't be started fails like any other`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in
      .refused(JobEnd(end: .notStarted(127), cause: "no such directory"))
    }
    try bench.store.add("job1", maxRetries: 1, at: bench.clock.now())

    try bench.run { try bench.state("job1") == .dead }

    let run = try #require(try bench.job("job1").latestRun)
    #expect(run.end == .notStarted(127))
    #expect(run.error == "no such directory")
    #expect(bench.runner.started.count == 2)
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 67: a job without room on the machine is kept and retried`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .exhausted }
    try bench.store.add("job1", at: bench.clock.now())

    #expect(try bench.step() == .wait(.seconds(1)))
    #expect(try bench.state("job1") == .processing)

    bench.runner.behavior = { _ in .ends(.exited(0), after: .zero) }
    bench.clock.advance(by: .seconds(1))
    try bench.step()
    #expect(try bench.state("job1") == .completed)
    #expect(try bench.job("job1").attempts == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a scheduled job runs at its time, not before`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    try bench.store.add(
      "later", runAt: bench.clock.now().wall + .seconds(90), at: bench.clock.now())

    let passed = try bench.run { try bench.state("later") == .completed }

    #expect(passed == .seconds(90))
  }

  @Test(arguments: StoreUnderTest.all)
  func `setting the wall clock forward makes scheduled jobs due`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    try bench.store.add(
      "later", runAt: bench.clock.now().wall + .seconds(7200), at: bench.clock.now())
    try bench.step()

    bench.clock.jumpWall(by: .seconds(7200))
    try bench.step()

    #expect(try bench.state("later") == .completed)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an idle worker finds new jobs at its next poll, or at once when notified`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    let other = try bench.fixture.anotherHandle()
    try bench.step()
    try other.add("a", at: bench.clock.now())
    let passed = try bench.run { try bench.state("a") == .completed }
    #expect(passed <= .seconds(1))

    try bench.step()
    try other.add("b", at: bench.clock.now())
    try bench.step(rung: true)
    #expect(try bench.state("b") == .completed)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a worker takes jobs of its queues only`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind, queues: ["mail"])
    try bench.store.add("a", queue: "video", at: bench.clock.now())
    try bench.store.add("b", queue: "mail", at: bench.clock.now())

    try bench.step()

    #expect(try bench.state("a") == .pending)
    #expect(try bench.state("b") == .completed)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a draining worker waits for retries, and exits when no job is left`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind, drains: true)
    bench.runner.behavior = {
      $0.attempt == 3 ? .ends(.exited(0), after: .zero) : .ends(.exited(1), after: .zero)
    }
    try bench.store.add("job1", at: bench.clock.now())

    let passed = try bench.run { bench.events.last == .left }

    #expect(passed == .seconds(2 + 4))
    #expect(try bench.state("job1") == .completed)
    #expect(try bench.store.workers() == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a draining worker doesn't wait for a job whose limits it can't set`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind, drains: true)
    bench.runner.behavior = { job in
      guard job.id.text == "big" else { return .ends(.exited(0), after: .seconds(1)) }
      return .refused(JobEnd(end: .refused, cause: "no cgroup"))
    }
    for id in ["big", "small"] { try bench.store.add(id, at: bench.clock.now()) }
    let passed = try bench.run { bench.events.last == .left }
    #expect(passed == .seconds(1))
    #expect(try bench.state("small") == .completed && bench.job("big").attempts == 0)
  }
}

@Suite struct `Work without a notification` {
  @Test func `a job stored right after an empty claim is found with the next poll`()
    throws
  {
    let bench = try WorkerBench(.inMemory)
    let store = try #require(bench.store as? InMemoryJobStore)
    let other = store.anotherHandle()
    store.whenClaimed = { [clock = bench.clock] in
      store.whenClaimed = {}
      #expect(throws: Never.self) { try other.add("late", at: clock.now()) }
    }
    try bench.step()
    #expect(try bench.state("late") == .pending)
    #expect(try bench.run { try bench.state("late") == .completed } <= .seconds(1))
  }
}

@Suite struct `Notices of dead jobs` {
  @Test(arguments: StoreUnderTest.all)
  func `the on-dead command is run at once, but not before the next job`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    try bench.set("on-dead", "tell me")
    bench.worker.lookAtOrders()
    try bench.step()
    bench.runner.behavior = {
      .ends(.exited(1), after: $0.command == "tell me" ? .seconds(5) : .zero)
    }
    try bench.store.add("job1", maxRetries: 0, at: bench.clock.now())
    try bench.store.add("job2", maxRetries: 0, at: bench.clock.now())
    var rung = true
    repeat {
      let before = bench.runner.started.count
      let next = try bench.worker.step(at: bench.clock.now(), rung: rung)
      // An ended job wakes it at once.
      guard next == .wait(.zero) || bench.runner.untilNextEnd == .zero else { break }
      rung = false
      #expect(bench.runner.started.count <= before + 1, "time passes while a process is started")
    } while true
    #expect(bench.runner.inputs.count == 1)
    #expect(bench.runner.started.map(\.command) == ["true", "true", "tell me"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs are started in the step after their claim, whatever the number of notices`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    try bench.set("on-dead", "tell me")
    let gone = try bench.store.addWorker(at: bench.clock.now())
    for number in 1...20 {
      try bench.store.add("dead\(number)", maxRetries: 0, at: bench.clock.now())
      try bench.store.runNext(for: gone, .exited(1), at: bench.clock.now())
    }
    try bench.store.deregister(gone)
    for number in 1...5 { try bench.store.add("job\(number)", at: bench.clock.now()) }
    bench.runner.behavior = {
      .ends(.exited(0), after: $0.command == "tell me" ? .zero : .milliseconds(1))
    }
    bench.worker.lookAtOrders()
    var unstarted = 0
    var steps = 0
    while try bench.store.summary().count(.completed) < 5, steps < 1000 {
      let next = try bench.worker.step(at: bench.clock.now(), rung: true)
      steps += 1
      let summary = try bench.store.summary()
      let started = bench.runner.started.count { $0.command != "tell me" }
      let isClaimed = summary.count(.processing) + summary.count(.completed) > started
      unstarted = isClaimed ? unstarted + 1 : 0
      // The first step claims it; a second one may store the end of a command.
      #expect(unstarted <= 2, "a job that was claimed isn't started")
      if case .wait(let pause) = next, pause > .zero { bench.clock.advance(by: .milliseconds(1)) }
    }
    #expect(bench.runner.inputs.count >= 4, "deaths are told meanwhile")
  }
}

@Suite struct `Time limits of on-dead commands` {
  @Test func `a slow claim is no part of the command's time`() throws {
    let bench = try WorkerBench(.inMemory)
    let store = try #require(bench.store as? InMemoryJobStore)
    try bench.set("on-dead", "tell me")
    try bench.set("on-dead-timeout", "5s")
    bench.runner.behavior = {
      $0.command == "tell me"
        ? .ends(.exited(0), after: .seconds(4)) : .ends(.exited(1), after: .zero)
    }
    bench.worker.lookAtOrders()
    try store.add("job", maxRetries: 0, at: bench.clock.now())
    store.whenHookClaimed = { [clock = bench.clock] in clock.advance(by: .seconds(4)) }
    let told = WorkerEvent.noticed(try JobID("job"), problem: nil)
    try bench.run { bench.events.contains(told) }
    #expect(bench.runner.signals == [])
  }

  @Test func `a command that another worker may have taken isn't started`() throws {
    let bench = try WorkerBench(.inMemory)
    let store = try #require(bench.store as? InMemoryJobStore)
    try bench.set("on-dead", "tell me")
    bench.worker.lookAtOrders()
    try bench.step()
    let (worker, clock) = (bench.worker.id, bench.clock)
    try store.add("job", maxRetries: 0, at: clock.now())
    try store.runNext(for: worker, .exited(1), at: clock.now())
    let other = store.anotherHandle()
    let second = try other.addWorker(at: clock.now())
    var taken: DueHook?
    store.whenHookClaimed = {
      store.whenHookClaimed = {}
      #expect(throws: Never.self) {
        let record = try other.record(of: worker)
        #expect(try other.evict(record))
        _ = try other.reclaim(record, maxCrashes: 1, at: clock.now())
        taken = try other.claimHook(for: second, at: clock.now())
      }
    }
    bench.worker.lookAtOrders()
    clock.advance(by: .seconds(5))
    try bench.step()
    #expect(taken?.job.id.text == "job")
    #expect(bench.worker.id != worker)
    #expect(bench.runner.inputs.isEmpty)
  }
}

@Suite struct `Stops during an on-dead command` {
  @Test(arguments: StoreUnderTest.all)
  func `a draining worker sleeps until the on-dead command has ended`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    try bench.set("on-dead", "tell me")
    bench.worker.lookAtOrders()
    try bench.step()
    bench.runner.behavior = {
      switch $0.command {
      case "tell me": .hangs(ignoringTerm: false)
      case "fails": .ends(.exited(1), after: .zero)
      default: .ends(.exited(0), after: .seconds(3))
      }
    }
    try bench.store.add("job1", command: "fails", maxRetries: 0, at: bench.clock.now())
    try bench.store.add("job2", command: "works", at: bench.clock.now())
    try bench.step(rung: true)
    #expect(bench.runner.inputs.count == 1)
    bench.worker.stop(.finishJob)
    try bench.run { try bench.state("job2") == .completed }
    for _ in 1...3 {
      #expect(try bench.worker.step(at: bench.clock.now()) != .wait(.zero))
    }
  }
}

@Suite struct `Time limits` {
  @Test(arguments: StoreUnderTest.all)
  func `a run over its timeout is ended by TERM, and fails`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    try bench.store.add(
      [try NewJob(id: JobID("slow"), command: "x", timeout: .seconds(5), maxRetries: 0)],
      at: bench.clock.now())

    let passed = try bench.run { try bench.state("slow") == .dead }

    #expect(passed <= .milliseconds(5001))
    #expect(passed >= .seconds(5))
    #expect(bench.runner.signals == [.terminate])
    #expect(try bench.job("slow").latestRun?.error == "timed out after 5s")
    #expect(bench.runner.ended == [bench.runner.started[0].runName], "strays are ended too")
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 21: a run that ignores TERM is killed after the grace period`(kind: StoreUnderTest)
    throws
  {
    let bench = try WorkerBench(kind)
    try bench.set("kill-grace", "3s")
    bench.runner.behavior = { _ in .hangs(ignoringTerm: true) }
    let job = try NewJob(
      id: JobID("slow"), command: "x", timeout: .seconds(5), maxRetries: 0)
    try bench.store.add([job], at: bench.clock.now())
    bench.worker.lookAtOrders()

    let passed = try bench.run { try bench.state("slow") == .dead }

    #expect(passed >= .seconds(8) && passed <= .milliseconds(8002))
    #expect(bench.runner.signals == [.terminate, .kill])
  }

  @Test(arguments: StoreUnderTest.all, [(Duration.seconds(2), 7.0), (.seconds(60), 15.0)])
  func `FAULT 21: leftover processes of a run get the same grace period, and are killed then`(
    kind: StoreUnderTest, strays: (outliveTerm: Duration, endsAfter: Double)
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    bench.runner.straysOutliveTerm = strays.outliveTerm
    let job = try NewJob(id: JobID("slow"), command: "x", timeout: .seconds(5), maxRetries: 0)
    try bench.store.add([job], at: bench.clock.now())

    let passed = try bench.run { try bench.state("slow") == .dead }

    #expect(passed >= .seconds(strays.endsAfter))
    #expect(passed <= .seconds(strays.endsAfter + 0.1))
    #expect(try bench.job("slow").latestRun?.error == "timed out after 5s")
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 21: a worker that waits for leftover processes sleeps meanwhile`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    bench.runner.straysOutliveTerm = .seconds(60)
    let job = try NewJob(id: JobID("slow"), command: "x", timeout: .seconds(3), maxRetries: 0)
    try bench.store.add([job], at: bench.clock.now())
    try bench.run { bench.runner.signals == [.terminate] }
    #expect(try bench.step() == .wait(.milliseconds(50)))
    // The end of its process is known, so waiting for that would return at once.
    #expect(bench.worker.processDescriptors == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 10: a jump of the wall clock doesn't end a run early`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    let job = try NewJob(id: JobID("slow"), command: "x", timeout: .seconds(500), maxRetries: 0)
    try bench.store.add([job], at: bench.clock.now())
    try bench.step()

    bench.clock.jumpWall(by: .seconds(86_400))
    try bench.step()

    #expect(bench.runner.signals == [])
    #expect(try bench.state("slow") == .processing)
  }
}
