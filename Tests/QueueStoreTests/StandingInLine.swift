import QueueCore
import QueueTestSupport
import Testing

/// The number of jobs before one.
@Suite struct StandingInLine {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  @Test(arguments: StoreUnderTest.all)
  func `older and more urgent ready jobs of the same queue are ahead`(store: StoreUnderTest) throws
  {
    let store = try store.open().store
    for (id, priority) in [("a", 0), ("b", 0), ("urgent", 5), ("low", -1), ("c", 0)] {
      try store.add(id, priority: priority, at: now)
    }
    try store.add("mail", queue: "mail", priority: 9, at: now)
    try store.add("later", priority: 9, runAt: now.wall + .seconds(60), at: now)
    let waits = [Prerequisite(reference: "a", accepts: .success)]
    try store.add(
      [try NewJob(id: JobID("held"), command: "true", priority: 9, prerequisites: waits)], at: now)
    func ahead(of id: String) throws -> Int { try store.jobsAhead(of: id, atMost: 100) }
    #expect(try ahead(of: "urgent") == 0)
    #expect(try ahead(of: "a") == 1)
    #expect(try ahead(of: "b") == 2)
    #expect(try ahead(of: "c") == 3)
    #expect(try ahead(of: "low") == 4)
    #expect(try ahead(of: "mail") == 0)
    #expect(try store.claim(for: try store.addWorker(at: now), at: now).id.text == "mail")
    #expect(try store.claim(for: try store.addWorker(at: now), at: now).id.text == "urgent")
    #expect(try ahead(of: "c") == 2)
    #expect(try refusal { _ = try ahead(of: "no-such") }.code == .notFound)
  }

  @Test(arguments: StoreUnderTest.all, [(0, 0), (1, 1), (3, 3), (4, 4), (5, 5), (9, 5)])
  func `counting ends at the given limit`(
    store: StoreUnderTest, expected: (limit: Int, count: Int)
  ) throws {
    let store = try store.open().store
    for id in 1...3 { try store.add("high-\(id)", priority: 1, at: now) }
    for id in 1...3 { try store.add("\(id)", at: now) }
    #expect(try store.jobsAhead(of: "3", atMost: expected.limit) == expected.count)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a job that waits for another isn't first in line`(store: StoreUnderTest) throws {
    let store = try store.open().store
    try store.add("first", at: now)
    let worker = try store.addWorker(at: now)
    let first = try store.claim(for: worker, at: now)
    let waits = [Prerequisite(reference: "first", accepts: .success)]
    try store.add([try NewJob(command: "true", prerequisites: waits)], at: now)
    clock.advance(by: .seconds(5))
    #expect(try store.longestWaits(at: now) == [:])
    try store.end(first, by: worker, .exited(0), at: now)
    clock.advance(by: .seconds(2))
    #expect(try store.longestWaits(at: now) == ["default": .seconds(2)])
  }
}
