public import QueueCore
public import QueueHost

/// The monitor's access to store, files, clock and workers.
public struct MonitorDependencies: Sendable {
  /// Opens the queue; nil if it doesn't exist. Called on the poller's thread.
  public var open: @Sendable () throws(StoreError) -> (any JobStore)?
  /// The queue's identity, to detect its replacement; nil if there is none, or none is known yet.
  public var identity: @Sendable () -> QueueIdentity?
  /// This host's files of the queue; nil before a queue on a server was opened.
  package var directory: @Sendable () -> QueueDirectory? = { nil }
  /// The sizes of its files.
  public var files: @Sendable () -> DatabaseFiles
  /// The clock.
  public var now: @Sendable () -> Moment
  /// The local offset from UTC at that time, in seconds, positive to the east.
  public var utcOffsetSeconds: @Sendable (Timestamp) -> Int
  /// Whether a worker is dead or has stalled for too long.
  public var isGone: @Sendable (WorkerRecord, Moment) -> Bool
  /// The reason why a worker can't start the job that it claimed; nil if it can.
  public var trouble: @Sendable (WorkerRecord) -> String? = { _ in nil }
  /// Lists the supervisors of the queue.
  public var supervisors: @Sendable () throws(SystemError) -> [SupervisorRecord] = { [] }
  /// Finds leftover processes of a worker's run, or processes that the worker can't end.
  public var leftovers: @Sendable (WorkerRecord, _ isLost: Bool) -> Leftovers = { _, _ in .none }
  /// Reads a time zone by its name.
  public var zone: @Sendable (String) throws(InvalidJob) -> ZoneRules = {
    (name: String) throws(InvalidJob) -> ZoneRules in
    guard name == "UTC" else { throw InvalidJob(field: "zone", problem: "\(name) can't be read") }
    return .utc
  }
  /// Notifies processes that wait for changes of the queue.
  package var bell: any Bell
  /// The logs of the runs.
  package var logs: any LogShelf

  /// All of its parts.
  package init(
    open: @escaping @Sendable () throws(StoreError) -> (any JobStore)?,
    identity: @escaping @Sendable () -> QueueIdentity?,
    files: @escaping @Sendable () -> DatabaseFiles, now: @escaping @Sendable () -> Moment,
    utcOffsetSeconds: @escaping @Sendable (Timestamp) -> Int,
    isGone: @escaping @Sendable (WorkerRecord, Moment) -> Bool,
    bell: any Bell, logs: any LogShelf
  ) {
    self.open = open
    self.identity = identity
    self.files = files
    self.now = now
    self.utcOffsetSeconds = utcOffsetSeconds
    self.isGone = isGone
    self.bell = bell
    self.logs = logs
  }
}
