/// A process, named so that it can't be taken for a later one that got its number.
public struct ProcessIdentity: Hashable, Sendable {
  /// The name of the machine.
  public var host: String
  /// The names of its PID and time namespaces, in which its numbers count; nil when they aren't
  /// known.
  public var namespaces: String?
  /// The start of the machine that it belongs to; nil when that isn't known.
  public var boot: BootID?
  /// The process's number.
  public var pid: Int32
  /// When it started, in the kernel's ticks since boot.
  public var startTicks: Int64

  /// All of its parts.
  public init(
    host: String, namespaces: String? = "", boot: BootID?, pid: Int32, startTicks: Int64
  ) {
    self.host = host
    self.namespaces = namespaces
    self.boot = boot
    self.pid = pid
    self.startTicks = startTicks
  }
}

/// A worker as the store knows it.
public struct WorkerRecord: Equatable, Sendable {
  /// Its name in this database.
  public var id: WorkerID
  /// Its process.
  public var process: ProcessIdentity
  /// The queues that it serves; empty for all.
  public var queues: [String]
  /// When it registered.
  public var startedAt: Timestamp
  /// When it last said that it lives.
  public var heartbeatAt: Timestamp
  /// The same by the uptime clock of its boot.
  public var heartbeatUptime: Duration
  /// How long it may be silent: the setting when it last spoke, as it can't have heard of a later
  /// one.
  public var lease: Duration
  /// Runs that ended well.
  public var completed: Int
  /// Runs that failed.
  public var failed: Int
  /// What it was asked to do; nil while it just works.
  public var stop: StopOrder?
  /// Whether it was taken for gone and is shut out; its job is about to be given back.
  public var isEvicted = false
  /// The job that it runs; nil when idle.
  public var current: Assignment?

  /// A job in a worker's hands.
  public struct Assignment: Equatable, Sendable {
    /// The job.
    public var job: JobID
    /// The attempt.
    public var run: RunID
    /// The attempt's name among all databases.
    public var runName: String
    /// When it was claimed.
    public var since: Timestamp

    /// All of its parts.
    public init(job: JobID, run: RunID, runName: String, since: Timestamp) {
      self.job = job
      self.run = run
      self.runName = runName
      self.since = since
    }
  }

  /// A worker that has just registered.
  public init(
    id: WorkerID, process: ProcessIdentity, queues: [String], lease: Duration = Settings().lease,
    at now: Moment
  ) {
    self.id = id
    self.process = process
    self.queues = queues
    startedAt = now.wall
    heartbeatAt = now.wall
    heartbeatUptime = now.uptime
    self.lease = lease
    completed = 0
    failed = 0
  }

  /// Returns the time since its last heartbeat: by the uptime clock, which nobody sets, if that is
  /// known to be of the same boot.
  public func silence(at now: Moment) -> Duration {
    if let boot = process.boot, boot == now.boot { return now.uptime - heartbeatUptime }
    return now.wall - heartbeatAt
  }

  /// What it does, in a word.
  /// - Parameter isLost: whether its process is known to be gone.
  public func condition(isLost: Bool) -> WorkerStatus {
    if isLost { return .lost }
    if stop != nil { return .stopping }
    return current == nil ? .idle : .busy
  }
}

/// What a worker does, in the words that are shown.
public enum WorkerStatus: String, CaseIterable, Sendable {
  /// Waiting for work.
  case idle
  /// Running a job.
  case busy
  /// Asked to stop; it leaves after its job.
  case stopping
  /// Gone without a word.
  case lost
}
