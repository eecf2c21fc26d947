public import QueueCore
public import QueueHost

/// What the monitor is given of the world; the command line picks it.
public struct MonitorHost: Sendable {
  /// Opens the queue; nil while there is none. Called on the thread that reads.
  public var open: @Sendable () throws(StoreError) -> (any JobStore)?
  /// Which file the queue is, so that one that was replaced is noticed; nil while there is none.
  public var identity: @Sendable () -> FileIdentity?
  /// How large its files are.
  public var files: @Sendable () -> DatabaseFiles
  /// The clock.
  public var now: @Sendable () -> Moment
  /// How far the local time is east of UTC at that time, in seconds.
  public var utcOffsetSeconds: @Sendable (Timestamp) -> Int
  /// Whether a worker can be counted out.
  public var isGone: @Sendable (WorkerRecord, Moment) -> Bool
  /// Why a worker can't start the job in its hands; nil while it can.
  public var trouble: @Sendable (WorkerRecord) -> String? = { _ in nil }
  /// Has workers look at their orders at once.
  public var wake: @Sendable ([WorkerRecord]) -> Void
  /// Tells idle workers that there is work, and whoever waits for jobs that some have ended.
  public var ring: @Sendable () -> Void
  /// Removes the logs of runs whose jobs are gone.
  public var removeLogs: @Sendable ([RunID]) -> Void
  /// The file that has what a run wrote.
  public var logPath: @Sendable (RunID) -> String

  /// All of its parts.
  public init(
    open: @escaping @Sendable () throws(StoreError) -> (any JobStore)?,
    identity: @escaping @Sendable () -> FileIdentity?,
    files: @escaping @Sendable () -> DatabaseFiles, now: @escaping @Sendable () -> Moment,
    utcOffsetSeconds: @escaping @Sendable (Timestamp) -> Int,
    isGone: @escaping @Sendable (WorkerRecord, Moment) -> Bool,
    wake: @escaping @Sendable ([WorkerRecord]) -> Void, ring: @escaping @Sendable () -> Void,
    removeLogs: @escaping @Sendable ([RunID]) -> Void,
    logPath: @escaping @Sendable (RunID) -> String
  ) {
    self.open = open
    self.identity = identity
    self.files = files
    self.now = now
    self.utcOffsetSeconds = utcOffsetSeconds
    self.isGone = isGone
    self.wake = wake
    self.ring = ring
    self.removeLogs = removeLogs
    self.logPath = logPath
  }
}
