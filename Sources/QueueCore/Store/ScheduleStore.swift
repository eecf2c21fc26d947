/// The schedules of a queue, and the jobs that they enqueue.
///
/// Every method is one atomic step, see ``JobStore``. Callers compute times of day, and hand in the
/// result or a pure function, because a store has no zones.
public protocol ScheduleStore: AnyObject {
  /// Stores a schedule.
  /// - Parameter zone: that of the schedule.
  /// - Throws: ``InvalidJob`` if it is never due; ``StoreError``, `duplicate` if its name is taken.
  ///   Nothing is stored then.
  func addSchedule(_ new: NewSchedule, in zone: ZoneRules, at now: Moment) throws -> Schedule
  /// All schedules, by name.
  func schedules() throws(StoreError) -> [Schedule]
  /// - Throws: `notFound`, with the nearest name.
  func schedule(_ name: String) throws(StoreError) -> Schedule
  /// The newest entries of a schedule's history, newest first; ``Occurrence/keptCount`` are kept.
  func occurrences(of name: String, limit: Int) throws(StoreError) -> [Occurrence]
  /// Replaces a schedule by the result of `body`, and adds dropped times to its history.
  /// - Parameter body: is called with the schedule and the queue's own id. An error that it throws
  ///   goes on to the caller, and nothing is changed.
  /// - Throws: `notFound`; `duplicate` if the new name is taken.
  func changeSchedule(
    _ name: String,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed
  /// Removes a schedule with its history. Its jobs stay.
  /// - Returns: its unfinished jobs.
  func removeSchedule(_ name: String) throws(StoreError) -> [JobID]
  /// The schedules that are due, those first that have been for longest.
  /// - Parameter zones: schedules of these zones are left out.
  func dueSchedules(
    atMost limit: Int, except zones: Set<String>, at now: Moment
  ) throws(StoreError) -> DueSchedules
  /// Applies moves: enqueues the jobs, adds to history, and sets the next times.
  ///
  /// A move is left out if its schedule was changed, paused, removed or moved since it was read.
  /// - Parameter settings: those in force, for retries and time limits that a job leaves open.
  /// - Returns: the schedules that were moved.
  func advance(
    _ moves: [ScheduleMove], settings: Settings, at now: Moment
  ) throws(StoreError) -> [ScheduleAdvance]
}

extension ScheduleStore {
  /// The schedules that are due, whatever their zones.
  public func dueSchedules(
    atMost limit: Int, at now: Moment
  ) throws(StoreError) -> DueSchedules {
    try dueSchedules(atMost: limit, except: [], at: now)
  }
}

/// The schedules that are due, and the time of the next one.
public struct DueSchedules: Equatable, Sendable {
  /// Those that are due, up to the limit of the question.
  public var schedules: [Schedule]
  /// When the next one is due; nil if none ever is, or if some are due now.
  public var nextAt: Timestamp?

  /// Both parts.
  public init(schedules: [Schedule], nextAt: Timestamp?) {
    self.schedules = schedules
    self.nextAt = nextAt
  }
}

/// The effect of a move.
public struct ScheduleAdvance: Equatable, Sendable {
  /// The schedule after it.
  public var schedule: Schedule
  /// The times that got a job, in order.
  public var enqueued: [Enqueued] = []
  /// The times that got none, because an earlier job was unfinished.
  public var skipped: [Timestamp] = []
  /// The times that passed without a job.
  public var missed: ScheduleMove.Missed?

  /// A time that got a job.
  public struct Enqueued: Equatable, Sendable {
    /// The time, and how many earlier ones the job stands for.
    public var due: ScheduleMove.Due
    /// The job.
    public var job: JobID

    /// Both parts.
    public init(due: ScheduleMove.Due, job: JobID) {
      self.due = due
      self.job = job
    }
  }

  /// A schedule that is about to be moved.
  public init(schedule: Schedule) { self.schedule = schedule }
}

extension StoreError {
  /// No schedule has that name; with the nearest of the candidates.
  public static func noSchedule(_ name: String, near candidates: [String]) -> StoreError {
    let isShort = name.utf8.count <= 4 * Name.maximumLength
    let hint = isShort ? Suggestion.hint(for: name, among: candidates) : ""
    return StoreError(.notFound, "no schedule is called \(quoted: name)\(hint)")
  }

  /// Another schedule has that name.
  public static func duplicateSchedule(_ name: String) -> StoreError {
    StoreError(
      .duplicate,
      "schedule \(quoted: name) already exists: choose another name, or edit it")
  }
}
