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
  /// Returns all schedules by name, except damaged ones.
  func schedules() throws(StoreError) -> [Schedule]
  /// Returns the schedules whose rows are damaged, by name.
  func damagedSchedules() throws(StoreError) -> [DamagedSchedule]
  /// Returns a page of schedules by id, except damaged ones.
  /// - Parameter id: the page begins after it; nil for the first page.
  func schedulePage(
    after id: ScheduleID?, limit: Int
  ) throws(StoreError) -> SchedulePage
  /// - Throws: `notFound`, with the nearest name.
  func schedule(_ name: String) throws(StoreError) -> Schedule
  /// The newest entries of a schedule's history, newest first; ``Occurrence/keptCount`` are kept.
  func occurrences(of name: String, limit: Int) throws(StoreError) -> [Occurrence]
  /// Replaces a schedule by the result of `body`, and adds dropped times to its history.
  /// - Parameter body: is called with the schedule and the queue's own id. If it throws, nothing is
  ///   changed.
  /// - Throws: `notFound`; `duplicate` if the new name is taken.
  func changeSchedule(
    _ name: String, at now: Moment,
    _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
  ) throws -> Schedule.Changed
  /// Removes a schedule with its history. Its jobs stay.
  /// - Returns: its unfinished jobs.
  func removeSchedule(_ name: String) throws(StoreError) -> [JobID]
  /// Enqueues the job of a schedule now, whatever its times, pause or end.
  /// - Parameters:
  ///   - isBesideOthers: whether to enqueue even if a job of the schedule is unfinished.
  ///   - settings: for retries and time limits that the job doesn't set.
  /// - Throws: `notFound`; `wrongState` while a job of it is unfinished, or one has its unique key;
  ///   ``InvalidJob`` if the rules for jobs have changed since the schedule was stored.
  func runSchedule(
    _ name: String, isBesideOthers: Bool, settings: Settings, at now: Moment
  ) throws -> JobID
  /// Returns the due schedules, longest overdue first.
  func dueSchedules(
    atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
  ) throws(StoreError) -> DueSchedules
  /// Records the clocks after the wall clock was set back and all schedules were reviewed. Changes
  /// of schedules record them, too; see ``ClockRecord/kept(at:)``.
  /// - Parameter known: the expected record; if another is stored, nothing is recorded.
  func recordClocks(at now: Moment, replacing known: ClockRecord) throws(StoreError)
  /// Applies moves: enqueues the jobs, adds to history, and sets the next times.
  ///
  /// A move is skipped if its schedule was changed, paused, removed or moved since it was read.
  /// - Parameter settings: for retries and time limits that a job doesn't set.
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
    try dueSchedules(atMost: limit, except: ScheduleExclusion(), at: now)
  }
}

/// Schedules to skip.
public struct ScheduleExclusion: Equatable, Sendable {
  /// All schedules of these zones.
  public var zones: Set<String> = []
  /// These schedules, because they are damaged.
  public var ids: Set<ScheduleID> = []

  /// Skips none.
  public init() {}
}

/// A schedule whose row is damaged.
public struct DamagedSchedule: Equatable, Sendable {
  /// Its id.
  public var id: ScheduleID
  /// Its name, as it is stored.
  public var name: String
  /// A sentence that names the schedule.
  public var problem: String

  /// All of its parts.
  public init(id: ScheduleID, name: String, problem: String) {
    self.id = id
    self.name = name
    self.problem = problem
  }
}

/// A page of schedules, and the start of the next page.
public struct SchedulePage: Equatable, Sendable {
  /// At most the requested number.
  public var schedules: [Schedule]
  /// The last id, if more pages follow; nil for the last page.
  public var next: ScheduleID?

  /// Both parts.
  public init(schedules: [Schedule], next: ScheduleID?) {
    self.schedules = schedules
    self.next = next
  }
}

/// The schedules that are due, and the time of the next one.
public struct DueSchedules: Equatable, Sendable {
  /// The due schedules, up to the requested limit.
  public var schedules: [Schedule]
  /// The damaged ones among them.
  public var damaged: [DamagedSchedule] = []
  /// The clocks as last recorded; nil before the first schedule.
  public var clocks: ClockRecord?
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
  /// The times that were skipped, because an earlier job was unfinished.
  public var skipped: [Timestamp] = []
  /// The times that passed without a job.
  public var missed: ScheduleMove.Missed?

  /// A time that got a job.
  public struct Enqueued: Equatable, Sendable {
    /// The time, and the number of earlier times that the job stands for.
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
    let hint = Suggestion.hint(forName: name, among: candidates)
    return StoreError(.notFound, "no schedule is called \(quoted: name)\(hint)")
  }

  /// A job of the schedule is unfinished.
  public static func unfinished(_ job: JobID, _ state: JobState, of name: String) -> StoreError {
    StoreError(
      .wrongState,
      "job \(quoted: job.text) of \(name) is \(state.rawValue): wait for its end, or "
        + "\"queuectl schedule run --anyway \(name)\"")
  }

  /// The job of a schedule wasn't stored, because another has its unique key.
  public static func keyTaken(_ result: EnqueueResult, of name: String) -> StoreError {
    guard case .keyTaken(let key, let holder) = result else {
      return StoreError(.other, "the job of \(name) wasn't stored")
    }
    return StoreError(
      .wrongState,
      "unfinished job \(quoted: holder.text) has the unique key \(quoted: key) of \(name)'s jobs: "
        + "wait for it or cancel it")
  }

  /// Another schedule has that name.
  public static func duplicateSchedule(_ name: String) -> StoreError {
    StoreError(
      .duplicate,
      "schedule \(quoted: name) already exists: choose another name, or edit it")
  }
}
