import Foundation
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueStorePostgres

/// A session that holds a snapshot, such as a dump, keeps the server from removing dead rows.
@Suite(
  .enabled(if: TestServer.programs != nil, "there is no initdb"),
  .enabled(
    if: FileManager.default.fileExists(atPath: "/proc/self/schedstat"),
    "the kernel doesn't tell the processor time of processes"))
struct HeldSnapshots {
  let clock = ManualClock()
  var now: Moment { clock.now() }

  /// `QUEUECTL_TORTURE_JOBS` sets how many jobs run while the snapshot is held.
  private static let jobs =
    ProcessInfo.processInfo.environment["QUEUECTL_TORTURE_JOBS"].flatMap { Int($0) } ?? 2000

  /// The processor time of a connection's server process.
  private func processorTime(of store: PostgresJobStore) throws -> Duration {
    let pid = try #require(
      try store.connection.first("SELECT pg_backend_pid()") { row in row.int(0) })
    let text = try String(contentsOfFile: "/proc/\(pid)/schedstat", encoding: .utf8)
    return .nanoseconds(try #require(text.split(separator: " ").first.flatMap { Int64($0) }))
  }

  @Test func `FAULT 120: while a snapshot is held, a job costs at most half as much again`() throws
  {
    // Only the processor time is compared.
    let server = try TestServer(settings: ["fsync=off"])
    let store = try #require(try PostgresJobStore.open(server.address, creating: true))
    let other = try #require(try PostgresJobStore.open(server.address, creating: false))
    let holder = try #require(try PostgresJobStore.open(server.address, creating: false))
    let worker = try store.addWorker(at: now)
    let some = try (1...250).map { _ in try NewJob(command: "true") }
    for _ in 1...4 { try other.add(some, at: now) }
    var job = try store.claim(for: worker, at: now)
    var ended = 0

    /// Ends and claims jobs, of which a thousand wait; returns the server's time for each.
    func run(_ count: Int) throws -> Duration {
      let start = try processorTime(of: store)
      for _ in 1...count {
        clock.advance(by: .milliseconds(1))
        let result = try store.end(job, by: worker, .exited(0), claimingNext: true, at: now)
        guard case .recorded(.job(let next)?, _) = result else {
          throw StoreError(.other, "\(result)")
        }
        job = next
        ended += 1
        guard ended % some.count == 0 else { continue }
        while try other.foldStatistics(at: now) {}
        try other.add(some, at: now)
      }
      return (try processorTime(of: store) - start) / count
    }
    /// The least of ten, because other programs that use the processor's caches make a job dearer.
    func cost() throws -> Duration { try (1...10).map { _ in try run(50) }.min() ?? .zero }

    _ = try run(500)
    let before = try cost()
    let after = try holder.reading { () throws(StoreError) -> Result<Duration, any Error> in
      _ = try holder.summary()
      return Result {
        _ = try run(Self.jobs)
        return try cost()
      }
    }.get()
    let ratio = after / before
    #expect(ratio <= 1.5, "\(before) before, \(after) after \(Self.jobs) jobs")
  }
}
