public import QueueCore
public import QueueHost

/// Deletes expired jobs, logs and empty queues' names, and compacts old statistics.
/// Only the first of several workers does it, in small steps, so that no claim waits.
public final class Housekeeper {
  static let stepSize = 100
  /// The pause between steps while more is left to remove.
  static let briefPause = Duration.milliseconds(250)
  static let longPause = Duration.seconds(10)
  static let sweepPause = Duration.seconds(600)

  private let store: any QueueKeeper & QueueOperator & QueueReader
  private let directory: QueueDirectory
  private let tell: (StoreError) -> Void
  private var sweep: LogSweep
  private var cursors: [JobState: JobPage.Cursor] = [:]
  private var nextAt: Duration?
  private var nextSweep: Duration?

  /// - Parameter tell: receives errors; the work is retried.
  public init(
    store: any QueueKeeper & QueueOperator & QueueReader, directory: QueueDirectory,
    tell: @escaping (StoreError) -> Void
  ) {
    self.store = store
    self.directory = directory
    self.tell = tell
    sweep = LogSweep(directory, store: store)
  }

  /// Does the work due for this process's worker; returns how soon to call it again.
  public func work(for worker: WorkerID, at now: Moment) -> Duration {
    if let nextAt, nextAt > now.uptime { return nextAt - now.uptime }
    var pause = Self.longPause
    do throws(StoreError) {
      // The log directory of a moved queue may be another queue's by now.
      guard !store.hasMoved() else { return pause }
      let workers = try store.workers()
      if workers.first(where: { !$0.isEvicted })?.id == worker {
        let settings = try store.settings()
        if try removeEnded(settings, at: now) { pause = Self.briefPause }
        if try store.forgetEmptyQueues(atMost: Self.stepSize) { pause = Self.briefPause }
        if try store.foldStatistics(at: now) { pause = Self.briefPause }
        let inUse = Set(workers.compactMap(\.current?.run))
        if try sweepLogs(settings, inUse: inUse, at: now) { pause = Self.briefPause }
      }
    } catch {
      tell(error)
    }
    nextAt = now.uptime + pause
    return pause
  }

  /// Returns whether more is left to remove.
  private func removeEnded(_ settings: Settings, at now: Moment) throws(StoreError) -> Bool {
    var hasMore = false
    for (states, age) in [
      ([JobState.completed, .cancelled], settings.keepCompleted), ([.dead], settings.keepDead),
    ] {
      guard let age else { continue }
      var selection = JobSelection(.matching(JobQuery()), in: states, age: age)
      selection.sparesUnnoticed = true
      let step = try store.remove(
        selection, limit: Self.stepSize, after: cursors[states[0]], dryRun: false, at: now)
      directory.removeLogs(of: step.runs)
      cursors[states[0]] = step.next
      if step.next != nil { hasMore = true }
    }
    return hasMore
  }

  private func sweepLogs(
    _ settings: Settings, inUse: Set<RunID>, at now: Moment
  ) throws(StoreError) -> Bool {
    if let nextSweep, nextSweep > now.uptime { return false }
    nextSweep = nil
    if try sweep.step(quota: settings.logQuotaBytes, inUse: inUse) { return true }
    nextSweep = now.uptime + Self.sweepPause
    return false
  }
}
