/// Identifies a process across reuse of its process id.
public struct ProcessIdentity: Hashable, Sendable {
  /// The machine's host name, for users.
  public var host: String
  /// Where `pid` and `startTicks` mean this process; nil if unknown.
  public var site: Site?
  /// The boot that `startTicks` belongs to; nil if unknown.
  public var boot: BootID?
  /// The process id.
  public var pid: Int32
  /// Start time in kernel ticks since boot.
  public var startTicks: Int64

  /// Memberwise initializer.
  public init(
    host: String, site: Site?, boot: BootID?, pid: Int32, startTicks: Int64
  ) {
    self.host = host
    self.site = site
    self.boot = boot
    self.pid = pid
    self.startTicks = startTicks
  }
}

/// A registered worker.
public struct WorkerRecord: Equatable, Sendable {
  /// The worker's id.
  public var id: WorkerID
  /// The worker's process.
  public var process: ProcessIdentity
  /// The queues it serves; empty for all.
  public var queues: [String]
  /// The version of its program; nil if that is too old to tell.
  public var version: String?
  /// When it registered.
  public var startedAt: Timestamp
  /// Wall time of its last heartbeat.
  public var heartbeatAt: Timestamp
  /// Uptime of its last heartbeat.
  public var heartbeatUptime: Duration
  /// Its lease as of its last heartbeat; the worker hasn't read a later setting.
  public var lease: Duration
  /// Number of successful runs.
  public var completed: Int
  /// Number of failed runs.
  public var failed: Int
  /// The stop order it was given; nil for none.
  public var stop: StopOrder?
  /// Whether it was evicted; its job is about to be requeued.
  public var isEvicted = false
  /// The job that it runs; nil when idle.
  public var current: Assignment?

  /// A job claimed by a worker.
  public struct Assignment: Equatable, Sendable {
    /// The job's id.
    public var job: JobID
    /// The run's id.
    public var run: RunID
    /// The run's globally unique name.
    public var runName: String
    /// When it was claimed.
    public var since: Timestamp
    /// How far its pause has come; nil if it isn't paused.
    public var freeze: FreezeState?

    /// Memberwise initializer.
    public init(
      job: JobID, run: RunID, runName: String, since: Timestamp, freeze: FreezeState? = nil
    ) {
      self.job = job
      self.run = run
      self.runName = runName
      self.since = since
      self.freeze = freeze
    }
  }

  /// Creates a worker that has just registered.
  public init(
    id: WorkerID, process: ProcessIdentity, queues: [String], lease: Duration = Settings().lease,
    version: String? = nil, at now: Moment
  ) {
    self.id = id
    self.process = process
    self.queues = queues
    self.version = version
    startedAt = now.wall
    heartbeatAt = now.wall
    heartbeatUptime = now.uptime
    self.lease = lease
    completed = 0
    failed = 0
  }

  /// Returns the time since its last heartbeat: by uptime within one boot, else by wall time.
  public func silence(at now: Moment) -> Duration {
    if let boot = process.boot, boot == now.boot { return now.uptime - heartbeatUptime }
    return now.wall - heartbeatAt
  }

  /// Returns the worker's status; `isLost` if its process is known to be gone.
  public func condition(isLost: Bool) -> WorkerStatus {
    if isLost { return .lost }
    if stop != nil { return .stopping }
    return current == nil ? .idle : .busy
  }
}

/// The status of a worker, as displayed.
public enum WorkerStatus: String, CaseIterable, Sendable {
  case idle
  case busy
  /// Asked to stop; exits after its job.
  case stopping
  /// Exited without deregistering.
  case lost
}
