import FoundationEssentials
import QueueCore
import QueueTestSupport

@testable import QueueStoreSQLite

/// The queue of one simulation, and how processes open it.
protocol SimulatedQueue {
  /// A handle of its own for a process.
  func open() throws -> any JobStore
  /// The runs that have ended, oldest first; nil where they can't be had.
  func endedRuns() throws -> [String]?
  /// Fixes the queue time of a boot, which the first claim would do. A claim that stood still
  /// before would fix it ahead of the other hosts' by as long.
  func fixTime(at now: Moment)
}

/// The queue that lives in memory.
struct QueueInMemory: SimulatedQueue {
  let shared: InMemoryJobStore.SharedQueue

  init(isOnServer: Bool) { shared = InMemoryJobStore.SharedQueue(isOnServer: isOnServer) }

  func open() -> any JobStore { InMemoryJobStore(sharing: shared, ids: StoreFixture.ids()) }

  func endedRuns() -> [String]? { nil }

  func fixTime(at now: Moment) { InMemoryJobStore(sharing: shared).fixSteadyTime(at: now) }
}

/// The queue in an SQLite file, each process with its own connection.
final class QueueInSQLite: SimulatedQueue {
  private let directory: TemporaryDirectory
  private let observer: SQLiteJobStore

  init() throws {
    directory = try TemporaryDirectory(inMemory: true)
    observer = try Self.open(directory)
  }

  func open() throws -> any JobStore { try Self.open(directory) }

  /// The runs as they lie in their table, older ones than a job's latest included.
  func endedRuns() throws -> [String]? {
    try observer.connection.all(
      composed: """
        SELECT format('run %d: job %d, attempt %d, worker %d, %d to %d, %s, %s, %s, %s', id, job,
          attempt, worker, started_at, finished_at, outcome, exit_code, signal, error)
        FROM runs WHERE finished_at IS NOT NULL AND job <> 0 ORDER BY id
        """, []
    ) { row in row.text(0) }
  }

  /// The first claim is soon enough on one host.
  func fixTime(at now: Moment) {}

  private static func open(_ directory: TemporaryDirectory) throws -> SQLiteJobStore {
    let path = directory.file("queue.db")
    guard let store = try SQLiteJobStore.open(path, creating: true, ids: StoreFixture.ids()) else {
      throw StoreError(.cannotOpen, "no queue at \(path)")
    }
    return store
  }
}
