import QueueCore
import QueueTestSupport
import Testing

@Suite struct Moving {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// All exported jobs, page by page.
  private func export(_ store: any JobStore, pageSize: Int = 2) throws -> [String] {
    var lines: [String] = []
    var cursor: JobPage.Cursor?
    repeat {
      let page = try store.exportPage(limit: pageSize, after: cursor, at: now)
      #expect(page.jobs.count <= pageSize)
      for job in page.jobs {
        var writer = JSONWriter()
        job.write(to: &writer)
        lines.append(String(decoding: writer.bytes, as: UTF8.self))
      }
      cursor = page.next
    } while cursor != nil
    return lines
  }

  @discardableResult
  private func restore(_ lines: [String], into store: any JobStore) throws -> [EnqueueResult] {
    let times = TimeText(now: now.wall, zone: LocalZone { _ in 0 })
    let defaults = JobDefaults(directory: "/", time: times)
    var rest = lines[...]
    var results: [EnqueueResult] = []
    try store.importJobs(at: now) {
      try rest.popFirst().map { line in
        var reader = JSONReader(Array(line.utf8))
        return try ExportedJob(from: &reader, defaults: defaults)
      }
    } each: {
      results.append($0)
    }
    return results
  }

  /// Jobs in every state with every possible field; none is running.
  private func fill(_ store: any JobStore) throws {
    let worker = try store.addWorker(at: now)
    let full = try NewJob(
      id: JobID("full"), command: "echo \"ü\"\n\u{1B}", queue: "mail", priority: -3,
      uniqueKey: "once", timeout: .milliseconds(1500), maxRetries: 1,
      retryRules: RetryRules(
        backoffBase: 1.5, backoffMax: .seconds(9), retryOn: ExitStatusSet("1,64-78")),
      directory: "/srv",
      environment: [
        try EnvironmentVariable(name: "B", value: "1"),
        try EnvironmentVariable(name: "A", value: ""),
      ], limits: ResourceLimits(niceness: 7))
    try store.add([full], at: now)
    try store.runNext(for: worker, .exited(1), lastLine: "\u{7}", at: now)
    clock.advance(by: .seconds(9))
    let second = try store.claim(for: worker, at: now)
    _ = try store.setProgress(
      try JobProgress(percent: "12.5", message: "m"), of: second.runName, at: now)
    try store.end(second, by: worker, .signaled(9), at: now)
    for id in ["done", "flaky"] {
      try store.add([try NewJob(id: JobID(id), command: id, directory: "/")], at: now)
    }
    try store.runNext(for: worker, at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    try store.add(
      [
        try NewJob(id: JobID("waits"), command: "true", directory: "/"),
        try NewJob(
          id: JobID("later"), command: "true", runAt: now.wall + .seconds(60), directory: "/"),
        try NewJob(
          id: JobID("next"), command: "true",
          prerequisites: [
            Prerequisite(reference: "full", accepts: .success),
            Prerequisite(reference: "waits", accepts: .anyEnd),
          ], directory: "/"),
        try NewJob(id: JobID("off"), command: "true", directory: "/"),
      ], at: now)
    _ = try store.cancel(["off"], at: now)
    try store.deregister(worker)
  }

  /// A running job.
  private func start(in store: any JobStore) throws {
    let job = try NewJob(id: JobID("busy"), command: "true", priority: 9, directory: "/")
    try store.add([job], at: now)
    _ = try store.claim(for: try store.addWorker(at: now), at: now)
  }

  /// Wall clock and uptime are read one after the other, in whole milliseconds.
  @Test(arguments: StoreUnderTest.all, [0, 3600, -86_400])
  func `a stored time is shown unchanged, however the clocks were read`(
    store: StoreUnderTest, jump: Int
  ) throws {
    let store = try store.open().store
    try fill(store)
    clock.jumpWall(by: .seconds(jump))
    let (lines, jobs) = (try export(store), try store.allJobs(at: now))
    for step in [1, -2, 7, 20, -40] {
      clock.jumpWall(by: .milliseconds(step))
      #expect(try export(store) == lines)
      #expect(try store.allJobs(at: now) == jobs)
      #expect(try store.job("flaky", at: now) == jobs.first { $0.id.text == "flaky" })
    }
  }

  @Test(arguments: StoreUnderTest.all, StoreUnderTest.all)
  func `an imported export is exported as the same text`(
    from source: StoreUnderTest, into target: StoreUnderTest
  ) throws {
    let (source, target) = (try source.open().store, try target.open().store)
    try fill(source)
    try start(in: source)
    let lines = try export(source)
    #expect(lines.count == 8)
    let results = try restore(lines, into: target)
    #expect(results.compactMap(\.addedID).count == 8)
    #expect(try export(target) == lines)
    clock.advance(by: .seconds(3600))
    #expect(try export(target) == lines, "also once its times are past")
    try expectSummaryMatchesRows(of: target, at: now)
  }

  /// Early exports have no signal, so it is read from the error.
  @Test(arguments: StoreUnderTest.all)
  func `an export without signals is imported with them`(store: StoreUnderTest) throws {
    let (source, target) = (try store.open().store, try store.open().store)
    try fill(source)
    let lines = try export(source)
    let old = lines.map { line in
      line.replacing(#""signal":9,"#, with: "").replacing(#""signal":null,"#, with: "")
    }
    #expect(lines.contains { $0.contains(#""signal":9,"#) } && old != lines)
    _ = try restore(old, into: target)
    #expect(try export(target) == lines)
  }

  @Test(arguments: StoreUnderTest.all)
  func `imported jobs continue as they would have`(store: StoreUnderTest) throws {
    let (source, store) = (try store.open().store, try store.open().store)
    try fill(source)
    try store.add("here", at: now)
    try restore(try export(source), into: store)
    let worker = try store.addWorker(at: now)
    #expect(try store.runNext(for: worker, at: now) == "here")
    #expect(try store.runNext(for: worker, at: now) == "waits")
    #expect(try store.claimNext(for: worker, at: now) == .nothing(nextDue: .seconds(2)))
    clock.advance(by: .seconds(2))
    let flaky = try store.claim(for: worker, at: now)
    #expect(flaky.attempt == 2)
    #expect(try store.runs(of: "flaky").map(\.attempt) == [2, 1])
    try store.end(flaky, by: worker, .exited(0), at: now)
    #expect(try store.job("next", at: now).waitsFor.map(\.job.text) == ["full"])
    #expect(try store.retry(["full"], at: now).count == 1)
    #expect(try store.runNext(for: worker, at: now) == "full")
    #expect(try store.runNext(for: worker, at: now) == "next")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a running job is imported as a waiting one`(store: StoreUnderTest) throws {
    let (source, store) = (try store.open().store, try store.open().store)
    let worker = try source.addWorker(at: now)
    try source.add([try NewJob(id: JobID("busy"), command: "true", directory: "/")], at: now)
    _ = try source.claim(for: worker, at: now)
    try restore(try export(source), into: store)
    let job = try store.job("busy", at: now)
    #expect(job.state == .pending)
    #expect(job.latestRun == nil)
    let other = try store.addWorker(at: now)
    #expect(try store.runNext(for: other, at: now) == "busy")
  }

  @Test(arguments: StoreUnderTest.all)
  func `an existing job stays unchanged`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try fill(store)
    let lines = try export(store)
    let results = try restore(lines, into: store)
    #expect(results.allSatisfy { if case .exists = $0 { true } else { false } }, "\(results)")
    #expect(try export(store) == lines)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an error of the reader stores nothing`(store: StoreUnderTest) throws {
    let (source, store) = (try store.open().store, try store.open().store)
    try fill(source)
    let lines = try export(source)
    #expect(throws: (any Error).self) { try restore(lines + ["{}"], into: store) }
    #expect(try store.allJobs(at: now) == [])
    // A missing prerequisite is reported, and the caller may refuse.
    let alone = lines.filter { $0.contains("\"next\"") }
    let results = try restore(alone, into: store)
    #expect(results.contains { if case .refused = $0 { true } else { false } }, "\(results)")
  }

  @Test(arguments: StoreUnderTest.all)
  func `a refused job leaves no run`(store: StoreUnderTest) throws {
    let (source, store) = (try store.open().store, try store.open().store)
    let worker = try source.addWorker(at: now)
    try source.add([try NewJob(id: JobID("job"), command: "true", directory: "/")], at: now)
    try source.runNext(for: worker, .exited(1), at: now)
    _ = try source.retry(["job"], at: now)
    let lines = try export(source).map {
      $0.replacing("\"after\":[]", with: "\"after\":[\"none\"]")
    }
    let results = try restore(lines, into: store)
    #expect(results.contains { if case .refused = $0 { true } else { false } }, "\(results)")
    #expect(try store.allJobs(at: now) == [])
    #expect(try store.knownRuns(0...999) == [])
  }
}
