import QueueCore
import QueueTestSupport
import Testing

/// Jobs with tags, and jobs that are blocked by others.
@Suite struct Tagging {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func job(_ id: String, _ tags: [String]) throws -> NewJob {
    var spec = JobSpec(command: "true")
    spec.tags = tags
    return try NewJob(id: JobID(id), spec)
  }

  private func ids(_ tags: [String], in store: any JobStore) throws -> [String] {
    var query = JobQuery()
    query.tags = tags
    return try store.allJobs(query, at: now).map(\.id.text).sorted()
  }

  /// More than are stored with one statement, in two batches.
  @Test(arguments: StoreUnderTest.all)
  func `jobs are found by all of the given tags`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let many = try (1...200).map { try job("m\($0)", $0 % 50 == 0 ? ["many", "few"] : ["many"]) }
    try store.add(many + [job("a", ["few", "Ä{1}\"\\"]), job("b", [])], at: now)
    #expect(try store.job("a", at: now).tags == ["few", "Ä{1}\"\\"])
    #expect(try store.job("b", at: now).tags == [])
    #expect(try ids(["many"], in: store).count == 200)
    #expect(try ids(["few"], in: store) == ["a", "m100", "m150", "m200", "m50"])
    #expect(try ids(["few", "many"], in: store) == ["m100", "m150", "m200", "m50"])
    #expect(try ids(["Ä{1}\"\\"], in: store) == ["a"])
    #expect(try ids(["fe"], in: store) == [])
    var query = JobQuery(states: [.pending])
    query.conditions = [JobPredicate(.tag("many"), isNegated: true)]
    #expect(try store.allJobs(query, at: now).map(\.id.text).sorted() == ["a", "b"])
  }

  @Test(arguments: StoreUnderTest.all, [true, false])
  func `pages of a tag have each of its jobs once, in both directions`(
    store: StoreUnderTest, isReversed: Bool
  ) throws {
    let store = try store.open().store
    try store.add(
      (1...20).map { try job("j\($0)", $0 % 2 == 0 ? ["even", "few"] : ["odd"]) }, at: now)
    try store.cancel(["j4", "j20"], at: now)
    for states in [[], [JobState.pending], [.pending, .cancelled]] {
      var query = JobQuery(states: states)
      query.tags = ["even", "few"]
      query.order = JobOrder(.created, isReversed: isReversed)
      let all = stride(from: 20, through: 2, by: -2).map { "j\($0)" }
        .filter { !["j4", "j20"].contains($0) || states != [.pending] }
      let expected = isReversed ? all.reversed() : all
      var found: [String] = []
      var cursor: JobPage.Cursor?
      repeat {
        let page = try store.jobs(query, limit: 3, after: cursor, at: now)
        found += page.jobs.map(\.id.text)
        cursor = page.next
      } while cursor != nil
      #expect(found == expected)

      guard states.count < 2 else { continue }
      (found, cursor) = ([], nil)
      var examined = 0
      repeat {
        let step = try store.search(query, limit: 9, examining: 4, after: cursor, at: now)
        #expect(step.found == step.jobs.count)
        found += step.jobs.map(\.id.text)
        examined += step.examined
        cursor = step.next
      } while cursor != nil
      #expect(found == expected && examined == (states.isEmpty ? 20 : 18))
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that isn't imported leaves no tag`(store: StoreUnderTest) throws {
    let first = try store.open().store
    var spec = JobSpec(command: "true")
    (spec.tags, spec.uniqueKey) = (["a"], "key")
    try first.add([try NewJob(id: JobID("job"), spec)], at: now)
    let exported = try first.exportPage(limit: 10, after: nil, at: now).jobs
    let second = try store.open().store
    try second.add([try NewJob(id: JobID("other"), command: "true", uniqueKey: "key")], at: now)
    var rest = exported[...]
    var results: [EnqueueResult] = []
    try second.importJobs(at: now, next: { rest.popFirst() }, each: { results.append($0) })
    #expect(results == [.keyTaken("key", by: JobID(trusted: "other"))])
    #expect(try ids(["a"], in: second) == [])
    #expect(try second.tags(startingWith: "", atMost: 9) == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `an edit adds tags and takes them away`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add([job("job", ["a", "b"])], at: now)
    var edit = try JobEdit()
    (edit.tags, edit.removedTags) = (["c", "b"], ["a", "no-such"])
    #expect(try store.edit("job", edit, at: now).tags == ["c", "b"])
    #expect(try store.job("job", at: now).tags == ["c", "b"])
    #expect(try ids(["a"], in: store) == [])
    #expect(try ids(["b", "c"], in: store) == ["job"])
    edit.tags = (1...9).map { "t\($0)" }
    #expect(throws: InvalidJob.self) { try edit.check() }
  }

  @Test(arguments: StoreUnderTest.all)
  func `an edit that repeats a tag or a variable sets it once`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add([job("job", ["a"])], at: now)
    var edit = try JobEdit()
    edit.tags = ["b", "a", "b"]
    edit.environment = try ["1", "2"].map { try EnvironmentVariable(name: "A", value: $0) }
    #expect(try store.edit("job", edit, at: now).tags == ["b", "a"])
    #expect(try store.job("job", at: now).environment == [edit.environment[1]])
    #expect(try ids(["a", "b"], in: store) == ["job"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `an edit adds no more tags than a job may have`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add([job("full", (1...8).map { "t\($0)" }), job("free", ["a"])], at: now)
    var edit = try JobEdit(priority: 3)
    edit.tags = ["new"]
    let before = try store.allJobs(at: now)
    let error = try refusal {
      _ = try store.edit(
        JobSelection(.named(["free", "full"]), in: JobState.editable), edit, dryRun: false, at: now)
    }
    #expect(error.code == .wrongState)
    #expect(error.message.contains(#"job "full" would have 9 tags, and takes at most 8"#))
    #expect(try store.allJobs(at: now) == before)

    let all = JobSelection(.matching(JobQuery()), in: JobState.editable)
    let dry = try store.edit(all, edit, dryRun: true, at: now)
    let step = try store.edit(all, edit, dryRun: false, at: now)
    #expect(step == dry && step.jobs.map(\.text) == ["free"])
    #expect(step.left == [.hasTooManyTags(JobID(trusted: "full"), 9)])
    edit.removedTags = ["t1"]
    #expect(try store.edit("full", edit, at: now).tags == (2...8).map { "t\($0)" } + ["new"])
    edit.removedTags = []
    edit.tags = ["t2"]
    #expect(try store.edit("full", edit, at: now).tags.count == 8)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retry that would add too many tags changes no job`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add([job("free", []), job("full", (1...8).map { "t\($0)" })], at: now)
    _ = try store.cancel(["free", "full"], at: now)
    let before = try store.allJobs(at: now)
    var edit = try JobEdit()
    edit.tags = ["new"]
    let error = try refusal {
      _ = try store.retry(
        JobSelection(.named(["free", "full"]), in: JobState.retryable), with: edit, dryRun: false,
        at: now)
    }
    #expect(error.message.contains("would have 9 tags"))
    #expect(try store.allJobs(at: now) == before)
  }

  /// The number of a removed job's row may be given to a new one.
  @Test(arguments: StoreUnderTest.all)
  func `a removed job leaves no tag to the next one`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add([job("old", ["batch"])], at: now)
    _ = try store.cancel(["old"], at: now)
    let selection = JobSelection(.named(["old"]), in: [.cancelled])
    _ = try store.remove(selection, limit: .max, after: nil, dryRun: false, at: now)
    try store.add([job("new", [])], at: now)
    #expect(try ids(["batch"], in: store) == [])
    #expect(try store.job("new", at: now).tags == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `an export has the tags, and an import stores them`(store: StoreUnderTest) throws {
    let first = try store.open().store
    try first.add([job("job", ["b", "a"])], at: now)
    let exported = try first.exportPage(limit: 10, after: nil, at: now).jobs
    let second = try store.open().store
    var rest = exported[...]
    try second.importJobs(
      at: now, next: { rest.popFirst() }, each: { _ in }, schedules: { [] })
    #expect(try second.job("job", at: now).tags == ["b", "a"])
    #expect(try ids(["a"], in: second) == ["job"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a selection by tag changes its jobs only`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add([job("a", ["batch"]), job("b", []), job("c", ["batch"])], at: now)
    var query = JobQuery()
    query.tags = ["batch"]
    let cancelled = try store.cancel(
      JobSelection(.matching(query), in: JobState.unfinished), at: now)
    #expect(cancelled.found.map(\.id.text) == ["a", "c"])
    #expect(try store.job("b", at: now).state == .pending)
    let step = try store.retry(
      JobSelection(.matching(query), in: JobState.retryable), dryRun: true, at: now)
    #expect(step.jobs.map(\.text) == ["a", "c"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `the tags that jobs have are found by their beginning`(store: StoreUnderTest) throws {
    let store = try store.open().store
    for (id, tags) in [("a", ["b", "import-2", "import-1"]), ("c", ["import-1", "%"]), ("d", [])] {
      var spec = JobSpec(command: "true")
      spec.tags = tags
      try store.add([NewJob(id: JobID(id), spec)], at: now)
    }
    func tags(_ prefix: String, atMost limit: Int = 9) throws -> [String] {
      try store.tags(startingWith: prefix, atMost: limit)
    }
    #expect(try tags("") == ["%", "b", "import-1", "import-2"])
    #expect(try tags("import-") == ["import-1", "import-2"])
    #expect(try tags("", atMost: 2) == ["%", "b"])
    #expect(try tags("import-1x") == [] && tags("c") == [] && tags("%") == ["%"])
    _ = try store.cancel(["a"], at: now)
    _ = try store.remove(JobSelection(.named(["a"]), in: [.cancelled]), at: now)
    #expect(try tags("") == ["%", "import-1"])
  }

  private func job(
    _ id: String, after: [String] = [], afterAny: [String] = []
  ) throws -> NewJob {
    try NewJob(
      id: JobID(id), JobSpec(command: "true"),
      prerequisites: after.map { Prerequisite(reference: $0, accepts: .success) }
        + afterAny.map { Prerequisite(reference: $0, accepts: .anyEnd) })
  }

  @Test(arguments: StoreUnderTest.all)
  func `blocked jobs wait, also through others, for one that won't succeed`(
    store: StoreUnderTest
  ) throws {
    let store = try store.open().store
    try store.add(
      [
        job("off"), job("dies"), job("fine"), job("next", after: ["off"]),
        job("last", afterAny: ["next"]), job("both", after: ["fine", "dies"]),
        job("glad", after: ["fine"]), job("any", afterAny: ["off"]), job("free"),
      ], at: now)
    var query = JobQuery()
    query.conditions = [JobPredicate(.blocked)]
    #expect(try store.allJobs(query, at: now) == [])
    let worker = try store.addWorker(at: now)
    _ = try store.cancel(["off"], at: now)
    _ = try store.edit("dies", try JobEdit(priority: 1), at: now)
    var edit = try JobEdit()
    edit.maxRetries = 0
    _ = try store.edit("dies", edit, at: now)
    try store.runNext(for: worker, .exited(1), at: now)
    #expect(try store.allJobs(query, at: now).map(\.id.text).sorted() == ["both", "last", "next"])
    var others = JobQuery()
    others.conditions = [JobPredicate(.blocked, isNegated: true)]
    #expect(try store.allJobs(others, at: now).count == 6)
    let step = try store.search(query, limit: 2, examining: 100, after: nil, at: now)
    #expect(step.jobs.map(\.id.text) == ["both", "last"] && step.found == 3)
    query.states = [.pending]
    query.queue = "other"
    #expect(try store.allJobs(query, at: now) == [])
    query.queue = "default"
    #expect(try store.allJobs(query, at: now).count == 3)
    try store.retry(["off"], at: now)
    #expect(try store.allJobs(query, at: now).map(\.id.text) == ["both"])
  }
}
