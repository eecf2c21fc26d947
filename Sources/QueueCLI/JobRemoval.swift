import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Removes jobs that have ended, and their logs, step by step: so that workers wait for a moment at
/// most, however many there are.
struct JobRemoval {
  /// What was removed, or would be.
  struct Count: Equatable {
    var removed = 0
    /// The first of them.
    var first: [JobID] = []
    /// Left, as others wait for them.
    var needed = 0
  }

  private static let stepSize = 250

  let session: Session
  let queries: [RemovalQuery]

  /// Only counts.
  func count() throws -> Count { try walk(dryRun: true) }

  /// Removes them.
  func run() throws -> Count { try walk(dryRun: false) }

  private func walk(dryRun: Bool) throws -> Count {
    var count = Count()
    var progress = ProgressLine(clock: session.clock)
    defer { progress.end() }
    for query in queries {
      var cursor: RemovalStep.Cursor?
      repeat {
        let step = try removeStep(query, after: cursor, dryRun: dryRun, count)
        count.removed += step.jobs.count
        count.first += step.jobs.prefix(max(0, Consent.namedCount - count.first.count))
        count.needed += step.neededCount
        progress.show(count.removed, dryRun ? "jobs counted" : "jobs removed")
        cursor = step.next
      } while cursor != nil
    }
    return count
  }

  /// A failure says how far it came: the steps before it stand.
  private func removeStep(
    _ query: RemovalQuery, after cursor: RemovalStep.Cursor?, dryRun: Bool, _ count: Count
  ) throws(StoreError) -> RemovalStep {
    do {
      let now = session.clock.now()
      guard !dryRun else {
        return try session.store.removeEnded(
          query, limit: Self.stepSize, after: cursor, dryRun: true, at: now)
      }
      return try session.actions.removeEnded(query, limit: Self.stepSize, after: cursor, at: now)
    } catch {
      guard !dryRun, count.removed > 0 else { throw error }
      let progress = "\(count.removed, of: "job") had been removed before"
      throw StoreError(error.code, "\(error.message); \(progress)", cause: error.cause)
    }
  }
}
