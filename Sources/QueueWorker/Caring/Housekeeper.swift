public import QueueCore
public import QueueHost

/// Keeps a queue from growing for ever: removes jobs that ended long enough ago, with their history
/// and logs, logs that are too many or belong to nothing, and the names of empty queues. Packs the
/// figures of hours that are long over.
///
/// It works in small steps between what its worker has to do, so that no claim waits for it. Of
/// several workers the first does it.
public final class Housekeeper {
  /// Jobs that one step removes at most, of those kept equally long.
  static let stepSize = 100
  /// From one step to the next while there is something to remove.
  static let briefPause = Duration.milliseconds(250)
  /// From one step to the next otherwise.
  static let longPause = Duration.seconds(10)
  /// From one round over the logs to the next.
  static let sweepPause = Duration.seconds(600)

  private let store: any QueueKeeper & QueueOperator & QueueReader
  private let directory: QueueDirectory
  private let tell: (StoreError) -> Void
  private var sweep: LogSweep
  /// Where to go on, by the first of the states.
  private var cursors: [JobState: JobPage.Cursor] = [:]
  private var nextAt: Duration?
  private var nextSweep: Duration?

  /// - Parameter tell: hears of what went wrong; it is tried again later.
  public init(
    store: any QueueKeeper & QueueOperator & QueueReader, directory: QueueDirectory,
    tell: @escaping (StoreError) -> Void
  ) {
    self.store = store
    self.directory = directory
    self.tell = tell
    sweep = LogSweep(directory, store: store)
  }

  /// Does what is due.
  /// - Parameter worker: whose process this is.
  /// - Returns: how soon to call this again.
  public func work(for worker: WorkerID, at now: Moment) -> Duration {
    if let nextAt, nextAt > now.uptime { return nextAt - now.uptime }
    var pause = Self.longPause
    do throws(StoreError) {
      // The logs are found by the queue's path: they are another queue's by now.
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

  /// - Returns: whether there is more to remove.
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

  /// - Returns: whether the round goes on.
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
