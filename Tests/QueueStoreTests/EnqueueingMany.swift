import QueueCore
import QueueTestSupport
import Testing

/// Many jobs are stored by statements for several, as long as none is in the way.
@Suite struct `Enqueueing many` {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  private func job(_ id: String?, _ number: Int, key: String? = nil) throws -> NewJob {
    try NewJob(
      id: id.map { try JobID($0) }, command: "echo \(number)", priority: number % 7,
      uniqueKey: key, timeout: .seconds(number + 1),
      environment: [EnvironmentVariable(name: "NUMBER", value: "\(number)")])
  }

  /// Around the number of rows of one statement, and of two.
  @Test(arguments: StoreUnderTest.all, [1, 63, 64, 65, 127, 128, 129, 500])
  func `each is stored whole and in its order`(store: StoreUnderTest, count: Int) throws {
    let store = try store.open().store
    let results = try store.add((0..<count).map { try job("j\($0)", $0) }, at: now)
    #expect(results == (0..<count).map { .added(JobID(trusted: "j\($0)")) })
    let stored = try store.allJobs(at: now)
    #expect(stored.count == count)
    for job in stored {
      let number = try #require(Int(job.id.text.dropFirst()))
      #expect(job.command == "echo \(number)")
      #expect(job.priority == number % 7)
      #expect(job.timeout == .seconds(number + 1))
      #expect(job.environment.map(\.value) == ["\(number)"])
    }
    #expect(try store.summary().count(.pending) == count)
    #expect(
      try runningOrder(store, count)
        == (0..<count).sorted { one, other in
          (other % 7, one) < (one % 7, other)
        })
  }

  @Test(arguments: StoreUnderTest.all)
  func `one whose id is taken leaves the others as they are`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("j100", command: "true", at: now)
    var jobs = try (0..<200).map { try job("j\($0)", $0) }
    // In the same statement, and in an earlier one.
    jobs[130] = try job("j129", 130)
    jobs[190] = try job("j3", 190)
    let results = try store.add(jobs, at: now)
    #expect(results.count == 200)
    for (number, result) in results.enumerated() {
      switch number {
      case 100, 130, 190:
        #expect(result == .exists(try #require(jobs[number].id)), "\(number)")
      default: #expect(result == .added(JobID(trusted: "j\(number)")), "\(number)")
      }
    }
    #expect(try store.job("j129", at: now).command == "echo 129")
    #expect(try store.job("j3", at: now).command == "echo 3")
    #expect(try store.job("j100", at: now).command == "true")
    #expect(try store.summary().count(.pending) == 198)
  }

  @Test(arguments: StoreUnderTest.all)
  func `one whose key is taken leaves the others as they are`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let results = try store.add(
      (0..<128).map { try job("j\($0)", $0, key: $0 % 64 == 10 ? "same" : nil) }, at: now)
    #expect(results[10] == .added(JobID(trusted: "j10")))
    #expect(results[74] == .keyTaken("same", by: JobID(trusted: "j10")))
    #expect(try store.summary().count(.pending) == 127)
  }

  @Test(arguments: StoreUnderTest.all)
  func `ids that another source has made are passed over`(store: StoreUnderTest) throws {
    let fixture = try store.open()
    let (one, other) = (fixture.store, try fixture.anotherHandle())
    let first = try one.add((0..<100).map { try job(nil, $0) }, at: now)
    let second = try other.add((0..<100).map { try job(nil, $0) }, at: now)
    let ids = (first + second).compactMap { result in
      if case .added(let id) = result { id.text } else { nil }
    }
    #expect(Set(ids).count == 200)
    #expect(try one.summary().count(.pending) == 200)
  }

  @Test(arguments: StoreUnderTest.all)
  func `jobs wait for others of the same step`(store: StoreUnderTest) throws {
    let store = try store.open().store
    let jobs = try (0..<150).map { number in
      try NewJob(
        id: JobID("j\(number)"), command: "true",
        prerequisites: number == 0
          ? [] : [Prerequisite(reference: "j\(number - 1)", accepts: .success)])
    }
    try store.add(jobs, at: now)
    let worker = try store.addWorker(at: now)
    for number in 0..<150 {
      let claimed = try store.claim(for: worker, at: now)
      #expect(claimed.id.text == "j\(number)")
      try store.end(claimed, by: worker, .exited(0), at: now)
    }
  }

  private func runningOrder(_ store: any JobStore, _ count: Int) throws -> [Int] {
    let worker = try store.addWorker(at: now)
    return try (0..<count).map { _ in
      let claimed = try store.claim(for: worker, at: now)
      try store.end(claimed, by: worker, .exited(0), at: now)
      return try #require(Int(claimed.id.text.dropFirst()))
    }
  }
}
