import QueueCore
import QueueTestSupport
import Testing

/// Jobs with prerequisites.
@Suite struct `Waiting for other jobs` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func job(
    _ id: String, after: [String] = [], afterAny: [String] = [], runAt: Timestamp? = nil,
    maxRetries: Int? = nil
  ) throws -> NewJob {
    try NewJob(
      id: JobID(id), command: "true", runAt: runAt,
      prerequisites: after.map { Prerequisite(reference: $0, accepts: .success) }
        + afterAny.map { Prerequisite(reference: $0, accepts: .anyEnd) }, maxRetries: maxRetries)
  }

  @Test(arguments: StoreUnderTest.all)
  func `FAULT 79: of many prerequisites some are read, with the stuck ones, and the rest counted`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let names = (1...1100).map { "j\($0)" }
    try store.add(names.map { try job($0) } + [job("last", after: names)], at: now)
    _ = try store.cancel(["j1100"], at: now)
    let last = try store.job("last", at: now)
    #expect(last.waitsFor.count == Job.mostPrerequisites + 1)
    #expect(last.morePrerequisites == 99)
    #expect(last.waitsFor.filter(\.isStuck).map(\.job.text) == ["j1100"])
    let listed = try store.jobs(JobQuery(), limit: 1, after: nil, at: now).jobs
    #expect(listed.map(\.id.text) == ["last"])
    #expect(listed[0].waitsFor.count + listed[0].morePrerequisites == 1100)
    #expect(listed[0].waitsFor.count <= Job.mostPrerequisites + 1)
    let stored = try store.exportPage(limit: 2000, after: nil, at: now).jobs
    #expect(stored.last?.asked.prerequisites.count == 1100, "an export has all")
    let few = try store.job("j1", at: now)
    #expect(few.waitsFor == [] && few.morePrerequisites == 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job runs once all its prerequisites have succeeded`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let workers = try (1...2).map { _ in try store.addWorker(at: now) }
    try store.add([job("last", after: ["a", "b"]), job("a"), job("b")], at: now)
    #expect(
      try store.job("last", at: now).waitsFor == [
        UnmetPrerequisite(job: JobID(trusted: "a"), state: .pending, accepts: .success),
        UnmetPrerequisite(job: JobID(trusted: "b"), state: .pending, accepts: .success),
      ])

    let a = try store.claim(for: workers[0], at: now)
    let b = try store.claim(for: workers[1], at: now)
    #expect(
      try store.end(a, by: workers[0], .exited(0), claimingNext: true, at: now)
        == .recorded(next: .nothing(nextDue: nil), freesOthers: true))
    #expect(try store.job("last", at: now).waitsFor.map(\.job.text) == ["b"])
    try store.end(b, by: workers[1], .exited(0), at: now)
    #expect(try store.job("last", at: now).waitsFor == [])
    #expect(try store.runNext(for: workers[0], at: now) == "last")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job whose prerequisite is dead waits until that is retried and succeeds`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add([job("first", maxRetries: 0), job("second", after: ["first"])], at: now)
    try store.runNext(for: worker, .exited(1), at: now)

    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    let waitsFor = try store.job("second", at: now).waitsFor
    #expect(
      waitsFor == [UnmetPrerequisite(job: JobID(trusted: "first"), state: .dead, accepts: .success)]
    )
    #expect(waitsFor.map(\.isStuck) == [true])
    #expect(try !store.mayStillRun(in: []), "nothing moves any more")

    _ = try store.retry(.dead(.named(["first"])), dryRun: false, at: now)
    #expect(try store.mayStillRun(in: []))
    #expect(try store.runNext(for: worker, at: now) == "first")
    #expect(try store.runNext(for: worker, at: now) == "second")
  }

  @Test(arguments: StoreUnderTest.all)
  func `the unfinished dependants of a job are listed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add(
      [
        job("first"), job("b", after: ["first"]), job("any", afterAny: ["first"]),
        job("a", after: ["first", "b"]), job("off", after: ["first"]),
      ], at: now)
    _ = try store.cancel(["off"], at: now)
    #expect(try store.dependants(of: "first", atMost: 9).map(\.text) == ["b", "any", "a"])
    #expect(try store.dependants(of: "first", atMost: 2).map(\.text) == ["b", "any"])
    _ = try store.cancel(["first"], at: now)
    #expect(try store.dependants(of: "first", atMost: 9).map(\.text) == ["b", "a"])
    #expect(try store.dependants(of: "a", atMost: 9) == [])
    let error = try refusal { _ = try store.dependants(of: "none", atMost: 1) }
    #expect(error.code == .notFound)
  }

  @Test(arguments: StoreUnderTest.all, [RunEnd.exited(0), .exited(1)])
  func `a job that waits for any end runs after either end`(store: StoreUnderTest, outcome: RunEnd)
    throws
  {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add([job("first", maxRetries: 0), job("second", afterAny: ["first"])], at: now)
    try store.runNext(for: worker, outcome, at: now)
    #expect(try store.runNext(for: worker, at: now) == "second")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a failure with a retry left releases no dependant`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add([job("first"), job("second", afterAny: ["first"])], at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(2)))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that is dead after lost workers releases jobs that wait for any end`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add([job("first"), job("second", afterAny: ["first"])], at: now)
    _ = try store.claim(for: worker, at: now)
    _ = try store.reclaim(try store.record(of: worker), maxCrashes: 1, at: now)
    #expect(try store.runNext(for: try store.addWorker(at: now), at: now) == "second")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run time applies besides prerequisites`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let later = now.wall + .seconds(60)
    try store.add([job("first"), job("second", after: ["first"], runAt: later)], at: now)
    try store.runNext(for: worker, at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(60)))
    clock.advance(by: .seconds(60))
    #expect(try store.runNext(for: worker, at: now) == "second")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a run time may be due before the prerequisites end`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    let soon = now.wall + .seconds(1)
    try store.add([job("first"), job("second", after: ["first"], runAt: soon)], at: now)
    let first = try store.claim(for: worker, at: now)
    clock.advance(by: .seconds(60))
    let other = try store.addWorker(at: now)
    #expect(try store.claimNext(for: other, at: now) == .nothing(nextDue: nil))
    try store.end(first, by: worker, .exited(0), at: now)
    #expect(try store.runNext(for: other, at: now) == "second")
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs with invalid prerequisites are reported, and on request nothing is stored`(
    store: StoreUnderTest
  ) throws {
    struct Refused: Error {}
    let store = try store.open().store
    try store.add("before", at: now)
    let jobs = try [
      job("good", after: ["before"]), job("bad", after: ["nobody"]), job("worse", after: ["bad"]),
      job("round", after: ["trip"]), job("trip", after: ["round"]),
    ]
    #expect(throws: Refused.self) {
      var rest = jobs[...]
      try store.enqueue(at: now, settings: Settings()) {
        rest.popFirst()
      } each: { _ in
      } confirm: {
        throw Refused()
      }
    }
    #expect(try store.allJobs(at: now).map(\.id.text) == ["before"])

    let refused = try store.add(jobs, at: now).compactMap { result -> String? in
      guard case .refused(let id, _) = result else { return nil }
      return id.text
    }
    #expect(refused == ["bad", "worse", "round", "trip"])
    #expect(try store.allJobs(at: now).map(\.id.text) == ["good", "before"])
    try expectSummaryMatchesRows(of: store, at: now)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that waits for a job in another queue may still run`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("first", queue: "a", at: now)
    let second = try NewJob(
      id: JobID("second"), command: "true", queue: "b",
      prerequisites: [Prerequisite(reference: "first", accepts: .success)])
    try store.add([second], at: now)
    #expect(try store.mayStillRun(in: ["b"]))
    try store.runNext(for: try store.addWorker(at: now), at: now)
    #expect(try store.mayStillRun(in: ["b"]))
  }

  // MARK: - Changing either job

  @Test(arguments: StoreUnderTest.all)
  func `a job that others need isn't removed`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add([job("first", maxRetries: 0), job("second", after: ["first"])], at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    let error = #expect(throws: StoreError.self) {
      try store.remove(.dead(.named(["first"])), limit: .max, after: nil, dryRun: false, at: now)
    }
    #expect(error?.code == .wrongState)
    #expect(error?.message.contains("second") == true)
    let step = try store.remove(
      .all([.dead]), limit: 10, after: nil, dryRun: false, at: now)
    #expect(step.jobs.isEmpty && step.left.count == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a cancelled job releases jobs that wait for any end`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add(
      [job("first"), job("any", afterAny: ["first"]), job("success", after: ["first"])], at: now)
    _ = try store.cancel(["first"], at: now)
    #expect(try store.runNext(for: worker, at: now) == "any")
    #expect(try store.job("success", at: now).waitsFor.map(\.state) == [.cancelled])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retried cancelled job still waits for its prerequisites`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let worker = try store.addWorker(at: now)
    try store.add([job("first"), job("second", after: ["first"])], at: now)
    _ = try store.cancel(["second"], at: now)
    _ = try store.retry(["second"], at: now)
    #expect(try store.runNext(for: worker, at: now) == "first")
    #expect(try store.runNext(for: worker, at: now) == "second")

    try store.add([job("third"), job("fourth", after: ["third"])], at: now)
    _ = try store.cancel(["fourth"], at: now)
    try store.runNext(for: worker, at: now)
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: nil))
    _ = try store.retry(["fourth"], at: now)
    #expect(try store.runNext(for: worker, at: now) == "fourth")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a removed prerequisite of a cancelled job isn't counted as omitted`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.add([job("first"), job("other"), job("second", after: ["first", "other"])], at: now)
    _ = try store.cancel(["second", "first"], at: now)
    _ = try store.remove(.named(["first"], in: [.cancelled]), at: now)
    let job = try store.job("second", at: now)
    #expect(job.waitsFor.map(\.job.text) == ["other"])
    #expect(job.morePrerequisites == 0)
    #expect(try store.allJobs(at: now).allSatisfy { $0.morePrerequisites == 0 })
  }
}
