import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// What each call costs over a slow network.
@Suite(.enabled(if: ServerBehindProxy.socket != nil, "no server on a Unix socket"))
struct `Counting round trips` {
  private let clock = ManualClock()
  private var now: Moment { clock.now() }
  private let server: ServerBehindProxy

  init() throws { server = try ServerBehindProxy() }

  /// Returns the round trips of `body`.
  private func trips(_ body: () throws -> Void) rethrows -> Int {
    let before = server.proxy.roundTrips
    try body()
    return server.proxy.roundTrips - before
  }

  @Test func `a worker's calls are one, whatever they do`() throws {
    let store = try server.open()
    let worker = try store.addWorker(at: now)
    for id in ["a", "b"] { try store.add(id, at: now) }
    // The first claim fixes the queue clock.
    _ = try store.claimNext(for: worker, at: now)
    try store.add("c", at: now)
    var job: ClaimedJob?
    #expect(try trips { job = try store.claim(for: worker, at: now) } == 1)
    #expect(
      try trips {
        _ = try store.end(
          try #require(job), by: worker, .exited(0), claimingNext: true, at: now)
      } == 1)
    #expect(try trips { _ = try store.renew(worker, at: now) } == 1)
  }

  @Test func `connecting and opening are two, adding a job five, counting jobs three`() throws {
    _ = try server.open()
    var opened: PostgresJobStore?
    #expect(try trips { opened = try server.open() } == 2)
    let store = try #require(opened)
    // The first one makes the queue.
    try store.add("first", at: now)
    #expect(try trips { try store.add("a", at: now) } == 5)
    #expect(try trips { _ = try store.summary() } == 3)
    #expect(try trips { _ = try store.workers() } == 1)
  }
}
