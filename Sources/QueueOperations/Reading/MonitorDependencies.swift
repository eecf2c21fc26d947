public import QueueCore
public import QueueHost

/// The monitor's access to the outside: store, files, clock, workers. The command line picks it.
public struct MonitorDependencies: Sendable {
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
  /// Lists the supervisors of the queue.
  public var supervisors: @Sendable () throws(SystemError) -> [SupervisorRecord] = { [] }
  /// Finds the processes of a worker's run that can't be ended, or that outlived it.
  public var leftovers: @Sendable (WorkerRecord, _ isLost: Bool) -> Leftovers = { _, _ in .none }
  /// Reads a time zone by its name.
  public var zone: @Sendable (String) throws(InvalidJob) -> ZoneRules = {
    (name: String) throws(InvalidJob) -> ZoneRules in
    guard name == "UTC" else { throw InvalidJob(field: "zone", problem: "\(name) can't be read") }
    return .utc
  }
  /// Wakes those that wait for something in the queue.
  package var bell: any Bell
  /// Where the output of its runs is.
  package var logs: any LogShelf

  /// All of its parts.
  package init(
    open: @escaping @Sendable () throws(StoreError) -> (any JobStore)?,
    identity: @escaping @Sendable () -> FileIdentity?,
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
