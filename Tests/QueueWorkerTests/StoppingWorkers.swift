import Glibc
import QueueCore
import QueueHost
import QueueTestSupport
import QueueWorker
import Testing

@Suite struct `Stopping workers` {
  @Test(arguments: StoreUnderTest.all)
  func `FAULT 12: a first stop lets the job finish, and no other is claimed`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(5)) }
    try bench.store.add("first", at: bench.clock.now())
    try bench.store.add("second", at: bench.clock.now())
    try bench.step()

    bench.worker.stop(.finishJob)
    try bench.run { bench.events.last == .left }

    #expect(try bench.state("first") == .completed)
    #expect(try bench.state("second") == .pending)
    #expect(try bench.store.workers() == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 11: a second stop ends the job and requeues it unspent`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: true) }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step()

    bench.worker.stop(.finishJob)
    try bench.step()
    #expect(bench.runner.signals == [])
    bench.worker.stop(.endJob)
    let passed = try bench.run { bench.events.last == .left }

    #expect(bench.runner.signals == [.terminate, .kill])
    #expect(passed >= .seconds(10), "the grace is kept")
    let job = try bench.job("job1")
    #expect(job.state == .pending)
    #expect(job.attempts == 0)
    #expect(job.latestRun?.error == "stopped with its worker")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a less urgent stop doesn't replace a more urgent one`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.worker.stop(.endJob)
    bench.worker.stop(.finishJob)
    #expect(bench.events == [.ready, .stopping(.endJob, hasJob: false)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a stored request is read with the next heartbeat, or at once after a signal`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step()
    let other = try bench.fixture.anotherHandle()

    _ = try other.stopAll(.finishJob, at: bench.clock.now())
    let passed = try bench.run { bench.events.last == .stopping(.finishJob, hasJob: true) }
    #expect(passed <= .seconds(5))

    _ = try other.stopAll(.endJob, at: bench.clock.now())
    bench.worker.lookAtOrders()
    try bench.step()
    #expect(bench.runner.signals == [.terminate])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a stop after a failed start for lack of room requeues the job`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .exhausted }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step()

    bench.worker.stop(.finishJob)
    try bench.run { bench.events.last == .left }

    #expect(try bench.state("job1") == .pending)
    #expect(try bench.job("job1").attempts == 0)
  }
}

@Suite struct `A moved queue` {
  @Test func `its worker finishes the current job, and exits`() throws {
    let bench = try WorkerBench(.inMemory)
    let store = try #require(bench.store as? InMemoryJobStore)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    for id in ["job1", "job2"] { try bench.store.add(id, at: bench.clock.now()) }
    try bench.step()
    store.isDisplaced = true
    let passed = try bench.run { bench.events.last == .stopping(.finishJob, hasJob: true) }
    #expect(passed <= .seconds(5))
    #expect(bench.events.suffix(2) == [.displaced, .stopping(.finishJob, hasJob: true)])
    #expect(bench.runner.signals == [])
    #expect(try bench.state("job1") == .processing)
    bench.worker.stop(.endJob)
    try bench.run { bench.events.last == .left }
    #expect(try bench.state("job2") == .pending)
  }
}

@Suite struct `Stops in the store` {
  @Test(arguments: StoreUnderTest.all)
  func `a stop by signal is stored while the job runs`(kind: StoreUnderTest) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: true) }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step()
    for order in [StopOrder.finishJob, .endJob] {
      bench.worker.stop(order)
      try bench.step()
      #expect(try bench.store.record(of: bench.worker.id).stop == order)
    }
    #expect(
      bench.events.suffix(2) == [
        .stopping(.finishJob, hasJob: true), .stopping(.endJob, hasJob: true),
      ])
  }
}

@Suite struct `Lost workers` {
  @Test(arguments: StoreUnderTest.all)
  func `FAULT 1: a dead worker's job is requeued at the next check, without leftovers`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    let store = try bench.fixture.anotherHandle()
    let victim = try bench.makeWorker(on: store, pid: 2000)
    bench.runner.behavior = {
      $0.attempt == 1 ? .hangs(ignoringTerm: false) : .ends(.exited(0), after: .zero)
    }
    try store.add("job1", at: bench.clock.now())
    try bench.step(victim)
    #expect(try bench.state("job1") == .processing)

    bench.dead = [2000]
    bench.runner.behavior = { _ in .ends(.exited(0), after: .zero) }
    let passed = try bench.run { try bench.state("job1") == .completed }

    #expect(passed <= .seconds(1))
    #expect(bench.runner.ended == [bench.runner.started[0].runName])
    #expect(try bench.job("job1").attempts == 1, "the lost run isn't counted")
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 7: a worker stalled beyond its lease can't write, and gets a new name`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    let store = try bench.fixture.anotherHandle()
    let stalled = try bench.makeWorker(on: store, pid: 2000)
    let oldName = stalled.id
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(40)) }
    try store.add("job1", at: bench.clock.now())
    try bench.step(stalled)

    // The stalled one isn't stepped; the other one reclaims its job after the lease.
    try bench.run(for: .seconds(60)) { bench.runner.started.count == 2 }
    try bench.step(stalled)

    #expect(bench.events.contains(.registeredAnew(was: oldName)))
    #expect(stalled.id != oldName)
    #expect(try bench.state("job1") == .processing, "the stalled result was dropped")
    try bench.run { try bench.state("job1") == .completed }
    #expect(try bench.job("job1").latestRun?.worker == bench.worker.id)
    #expect(try bench.job("job1").attempts == 1)

    try store.add("job2", at: bench.clock.now())
    try bench.step(stalled, rung: true)
    #expect(bench.runner.started.last?.id.text == "job2", "it goes on with other work")
  }

  @Test(arguments: StoreUnderTest.all, [Duration.zero, .seconds(10)])
  func `FAULT 7: a worker that resumes during its eviction doesn't record the kill`(
    kind: StoreUnderTest, later: Duration
  ) throws {
    let bench = try WorkerBench(kind)
    let stalled = try bench.makeWorker(on: try bench.fixture.anotherHandle(), pid: 2000)
    bench.runner.behavior = { [unowned runner = bench.runner] in
      $0.attempt == 1 && runner.started.isEmpty
        ? .ends(.signaled(9), after: .seconds(1)) : .ends(.exited(0), after: .zero)
    }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step(stalled)
    #expect(try bench.store.evict(try bench.store.record(of: stalled.id)))
    bench.clock.advance(by: .seconds(1) + later)
    try bench.step(stalled)
    #expect(bench.events.contains { if case .superseded = $0 { true } else { false } })
    #expect(try bench.job("job1").attempts == bench.runner.started.count - 1)

    // The evicting process is gone. The next one continues.
    try bench.run { try bench.state("job1") == .completed }
    #expect(bench.runner.started.count == 2)
    #expect(bench.runner.ended.contains(bench.runner.started[0].runName))
    #expect(try bench.job("job1").attempts == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 7: a worker that stalled between claim and start doesn't start the job`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    let stalled = try bench.makeWorker(on: try bench.fixture.anotherHandle(), pid: 2000)
    try bench.store.add("job1", at: bench.clock.now())
    #expect(try stalled.step(at: bench.clock.now()) == .wait(.zero))
    #expect(try bench.state("job1") == .processing)
    #expect(bench.runner.started.isEmpty)

    try bench.run(for: .seconds(60)) { try bench.state("job1") == .completed }
    try bench.step(stalled)
    #expect(bench.runner.started.count == 1)
    #expect(try bench.job("job1").latestRun?.worker == bench.worker.id)
  }

  @Test(arguments: StoreUnderTest.all)
  func `after all workers were suspended, none reclaims another's job`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    let other = try bench.makeWorker(on: try bench.fixture.anotherHandle(), pid: 2000)
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(3600)) }
    try bench.store.add("job1", at: bench.clock.now())
    try bench.step(other, rung: true)
    try bench.step()

    bench.clock.advance(by: .seconds(1800))
    try bench.step()
    try bench.step(other)
    try bench.run {
      try bench.step(other)
      return try bench.state("job1") == .completed
    }

    #expect(bench.runner.started.count == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 28: a job that outlasts the lease has one run, thanks to heartbeats`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    let store = try bench.fixture.anotherHandle()
    let other = try bench.makeWorker(on: store, pid: 2000)
    bench.runner.behavior = { _ in .ends(.exited(0), after: .seconds(300)) }
    try bench.store.add("long", at: bench.clock.now())

    try bench.run {
      try bench.step(other)
      return try bench.state("long") == .completed
    }

    #expect(bench.runner.started.count == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 9: a job that loses three workers is dead, with the reason`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    try bench.store.add("poison", at: bench.clock.now())
    for pid in [2000, 2001, 2002] as [Int32] {
      let victim = try bench.makeWorker(on: try bench.fixture.anotherHandle(), pid: pid)
      try bench.step(victim)
      bench.dead.insert(pid)
      bench.clock.advance(by: .seconds(1))
      // Only the recovery matters here, not the job itself.
      let reclaimer = Reclaimer(
        store: bench.store, runner: bench.runner,
        liveness: Liveness(site: .example) { Answer(!bench.dead.contains($0.pid)) })
      _ = try reclaimer.reclaimLost(
        judgingSilence: true, settings: Settings(), at: bench.clock.now())
      // From the second loss on it waits.
      bench.clock.advance(by: .seconds(2))
    }

    let job = try bench.job("poison")
    #expect(job.state == .dead)
    #expect(job.attempts == 0)
    #expect(job.latestRun?.error == "worker lost; 3 workers in a row died with this job")
  }
}

@Suite struct `Runs that don't end` {
  private static let stuck = Leftovers.processes([LeftoverProcess(pid: 4711, uid: 0)])

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 16: a failed run isn't over before its processes are gone, and is shown so`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .ends(.exited(1), after: .seconds(1)) }
    bench.runner.unended = Self.stuck
    try bench.store.add("job", maxRetries: 0, at: bench.clock.now())
    try bench.store.add("next", at: bench.clock.now())

    try bench.run(until: { bench.events.contains(.unended(JobID(trusted: "job"), Self.stuck)) })
    for _ in 0..<60 {
      bench.clock.advance(by: .seconds(1))
      try bench.step()
    }
    #expect(try bench.state("job") == .processing)
    #expect(bench.runner.started.count == 1, "no other job is taken")

    bench.runner.unended = .none
    try bench.run { try bench.state("job") == .dead }
    let elapsed = try #require(try bench.store.runs(of: "job").first?.elapsed)
    #expect(elapsed >= .seconds(61), "the run went on for as long")
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 16: a lost worker's run that can't be killed keeps its job, and others are reclaimed`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .hangs(ignoringTerm: false) }
    try bench.store.add("job", at: bench.clock.now())
    let victim = try bench.makeWorker(on: try bench.fixture.anotherHandle(), pid: 2000)
    try bench.step(victim)
    bench.dead.insert(2000)
    bench.runner.unended = Self.stuck
    bench.runner.behavior = { _ in .ends(.exited(0), after: .zero) }
    try bench.store.add("other", at: bench.clock.now())

    try bench.run { try bench.state("other") == .completed }
    for _ in 0..<60 {
      bench.clock.advance(by: .seconds(1))
      try bench.step()
    }
    #expect(try bench.state("job") == .processing)
    let result = Reclaimer.Result.unended(JobID(trusted: "job"), of: victim.id, Self.stuck)
    #expect(bench.events.contains(.cared(result)))

    bench.runner.unended = .none
    try bench.run { try bench.state("job") == .completed }
    #expect(try bench.job("job").latestRun?.attempt == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 16: a job that survives KILL is killed again, and named`(
    kind: StoreUnderTest
  ) throws {
    let bench = try WorkerBench(kind)
    bench.runner.behavior = { _ in .resists }
    bench.runner.unended = Self.stuck
    let job = try NewJob(id: JobID("job"), command: "true", timeout: .seconds(1), maxRetries: 0)
    try bench.store.add([job], at: bench.clock.now())

    try bench.run(until: { bench.events.contains(.unended(JobID(trusted: "job"), Self.stuck)) })
    #expect(bench.runner.signals.filter { $0 == .kill }.count >= 2)
    #expect(try bench.state("job") == .processing)
  }
}

@Suite struct `Liveness of workers` {
  let now = ManualClock.start

  private func record(host: String = "example", boot: String? = "boot-1") -> WorkerRecord {
    let boot = boot.map(BootID.init)
    let process = ProcessIdentity(
      host: host, site: Site(machine: host, namespaces: "n"), boot: boot, pid: 7, startTicks: 1)
    var heartbeat = now
    heartbeat.boot = boot
    return WorkerRecord(id: WorkerID(1), process: process, queues: [], at: heartbeat)
  }

  private func isGone(_ record: WorkerRecord, isLocked: Bool, after seconds: Int = 0) -> Bool {
    var later = now
    later.wall = later.wall + .seconds(seconds)
    later.uptime += .seconds(seconds)
    return Liveness(site: .example) { _ in Answer(isLocked) }.isGone(record, at: later)
  }

  @Test func `on this machine the lock decides at once`() {
    #expect(isGone(record(), isLocked: false))
    #expect(!isGone(record(), isLocked: true))
  }

  @Test func `a silent worker with a held lock counts until the lease expires`() {
    #expect(!isGone(record(), isLocked: true, after: 30))
    #expect(isGone(record(), isLocked: true, after: 31))
  }

  @Test func `a worker that can't reach the store counts while it updates its lock file`() {
    var later = now
    later.wall = later.wall + .seconds(100)
    later.uptime += .seconds(100)
    for (sign, isGone) in [(Duration.seconds(71), false), (.seconds(69), true)] {
      let liveness = Liveness(
        site: .example, isLocked: { _ in .yes }, latestSign: { [now] _ in now.uptime + sign })
      #expect(liveness.isGone(record(), at: later) == isGone)
      #expect(liveness.isGone(record(host: "other", boot: "boot-x"), at: later), "of no use there")
    }
  }

  @Test func `FAULT 8: a worker of an earlier boot is gone, even if its pid is reused`() {
    #expect(isGone(record(boot: "boot-0"), isLocked: true))
  }

  @Test func `FAULT 72: an unreadable boot id isn't another boot`() {
    var unread = now
    unread.boot = nil
    for (record, now) in [
      (record(boot: nil), now), (record(), unread), (record(boot: nil), unread),
    ] {
      let held = Liveness(site: .example) { _ in .yes }
      #expect(held.verdict(on: record, at: now) == .present)
      let free = Liveness(site: .example) { _ in .no }
      #expect(free.verdict(on: record, at: now) == .gone, "the lock proves it")
    }
  }

  /// By uptime, because a held lock is of this boot; the wall clock may be set.
  @Test
  func `FAULT 72: without a boot id, the silence of a lock's holder is measured`() {
    var later = now
    later.boot = nil
    later.wall = later.wall + .seconds(86_400)
    later.uptime += .seconds(20)
    let liveness = Liveness(site: .example) { _ in .yes }
    #expect(liveness.verdict(on: record(boot: nil), at: later) == .present)
    later.uptime += .seconds(11)
    #expect(liveness.verdict(on: record(boot: nil), at: later) == .gone)
  }

  @Test func `FAULT 72: an unreadable lock or lock file proves nothing`() {
    var later = now
    later.uptime += .seconds(100)
    let unread = Liveness(site: .example) { _ in .unknown("no descriptor") }
    #expect(unread.verdict(on: record(), at: later) == .unknown("no descriptor"))
    let unsigned = Liveness(
      site: .example, isLocked: { _ in .yes },
      latestSign: { (_) throws(SystemError) in throw SystemError("read it", code: EMFILE) })
    #expect(
      unsigned.verdict(on: record(), at: later) == .unknown("can't read it: Too many open files"))
  }

  @Test func `FAULT 77: a worker in other namespaces of this host is judged by its silence only`() {
    var other = record(boot: "boot-0")
    other.process.site = Site(machine: "example", namespaces: "pid:[2] time:[1]")
    for site in [Site(machine: "example", namespaces: "pid:[1] time:[1]"), nil] {
      let liveness = Liveness(site: site) { _ in .no }
      #expect(liveness.verdict(on: other, at: now) == .present)
      var later = now
      later.wall = later.wall + .seconds(31)
      #expect(liveness.verdict(on: other, at: later) == .gone)
    }
  }

  @Test func `machines with the same name don't evict each other's workers`() {
    var other = record(host: "example", boot: "boot-x")
    other.process.site = Site(machine: "another", namespaces: "n")
    let liveness = Liveness(site: .example) { _ in .no }
    #expect(liveness.verdict(on: other, at: now) == .present)
    var later = now
    later.wall = later.wall + .seconds(31)
    #expect(liveness.verdict(on: other, at: later) == .gone)
  }

  @Test func `a renamed machine still has its workers`() {
    let liveness = Liveness(site: .example) { _ in .no }
    var renamed = record()
    renamed.process.host = "before"
    #expect(liveness.verdict(on: renamed, at: now) == .gone)
  }

  @Test(arguments: [
    ("4c1d pid:[1] time:[2]", Site(machine: "4c1d", namespaces: "pid:[1] time:[2]")),
    ("pid:[1] time:[2]", nil), ("pid:[1]", nil), ("", nil), ("4c1d", nil),
  ])
  func `a site is read back, and one of an older version is unknown`(text: String, site: Site?) {
    #expect(Site(text: text) == site)
    if let site { #expect(site.text == text) }
  }

  @Test func `a worker on another machine is judged by its silence only`() {
    #expect(!isGone(record(host: "other", boot: "boot-x"), isLocked: false))
    #expect(isGone(record(host: "other", boot: "boot-x"), isLocked: true, after: 31))
  }
}
