import QueueCore
import QueueHost
import QueueOperations
import QueueSession

/// Removes ended jobs and their logs in steps, so that workers wait for one step at most.
struct JobRemoval {
  struct Count: Equatable {
    var removed = 0
    var first: [JobID] = []
    /// Jobs kept for their dependants.
    var needed = 0
  }

  private static let stepSize = 250

  let session: Session
  let selection: JobSelection

  func count() throws -> Count { try walk(dryRun: true) }

  func run() throws -> Count { try walk(dryRun: false) }

  private func walk(dryRun: Bool) throws -> Count {
    var count = Count()
    var progress = ProgressLine(clock: session.clock)
    defer { progress.end() }
    var cursor: JobPage.Cursor?
    repeat {
      let step = try step(after: cursor, dryRun: dryRun, count)
      count.removed += step.jobs.count
      count.first += step.jobs.prefix(max(0, Consent.namedCount - count.first.count))
      count.needed += step.left.count
      progress.show(count.removed, dryRun ? "jobs counted" : "jobs removed")
      cursor = step.next
    } while cursor != nil
    return count
  }

  /// Executes one step. An error includes the count of jobs removed before, which stay removed.
  private func step(
    after cursor: JobPage.Cursor?, dryRun: Bool, _ count: Count
  ) throws(StoreError) -> SelectionStep {
    do {
      let now = session.clock.now()
      guard !dryRun else {
        return try session.store.remove(
          selection, limit: Self.stepSize, after: cursor, dryRun: true, at: now)
      }
      return try session.actions.remove(selection, limit: Self.stepSize, after: cursor, at: now)
    } catch {
      guard !dryRun, count.removed > 0 else { throw error }
      let progress = "\(count.removed, of: "job") had been removed before"
      throw StoreError(error.code, "\(error.message); \(progress)", cause: error.cause)
    }
  }
}
