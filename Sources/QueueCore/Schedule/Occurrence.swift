/// An entry in a schedule's history: a time at which it was due, and the outcome.
public struct Occurrence: Equatable, Sendable {
  /// When it was due, without the schedule's delay of its own.
  public var at: Timestamp
  /// The outcome.
  public var fate: Fate
  /// The schedule's turn at the time. Later turns sort later, even after a clock was set back.
  public var turn: Int
  /// The last of several in a row that share this entry; nil for one alone.
  public var through: Timestamp?
  /// How many times share it, at least 1.
  public var times = 1
  /// Its job; nil if none was enqueued.
  public var job: Enqueued?

  /// The outcome of a time.
  public enum Fate: String, CaseIterable, Sendable {
    /// Its job was enqueued.
    case enqueued
    /// A user had the job enqueued, regardless of the schedule's times.
    case byHand = "by-hand"
    /// Skipped, because an earlier job was unfinished.
    case skipped
    /// It passed without a job.
    case missed
    /// It passed while the schedule was paused.
    case paused
    /// Not a due time: the wall clock was set back, and the schedule continues from here.
    case setBack = "clock-back"
  }

  /// The job of an occurrence, which history keeps longer than the job itself.
  public struct Enqueued: Equatable, Sendable {
    /// Its id.
    public var id: JobID
    /// When it was enqueued.
    public var at: Timestamp
    /// Its state; a requeued job is unfinished again.
    public var state: JobState
    /// The exit status of its last run; nil if that had none.
    public var exitCode: Int?
    /// How long its last run took; nil while it hasn't ended.
    public var ran: Duration?
    /// When it ended; nil while it is unfinished.
    public var endedAt: Timestamp?

    /// A job that has just been enqueued.
    public init(_ id: JobID, at time: Timestamp) {
      self.id = id
      at = time
      state = .pending
    }
  }

  /// One time.
  public init(
    at time: Timestamp, _ fate: Fate, turn: Int = 0, through: Timestamp? = nil, times: Int = 1,
    job: Enqueued? = nil
  ) {
    at = time
    self.fate = fate
    self.turn = turn
    self.through = through
    self.times = times
    self.job = job
  }

  /// Times in a row that passed without a job.
  public init(_ missed: ScheduleMove.Missed, _ fate: Fate, turn: Int) {
    let through = missed.times > 1 ? missed.through : nil
    self.init(at: missed.at, fate, turn: turn, through: through, times: missed.times)
  }

  /// Writes it as one JSON object, with durations in seconds and `null` for missing values.
  /// - Parameter offset: the schedule's delay of its own; only more than that is `late`.
  func write(to writer: inout JSONWriter, offset: Duration) {
    writer.object { json in
      json.field("at", at)
      json.field("fate", fate.rawValue)
      json.field("through", through)
      json.field("times", times)
      json.field("job", job?.id.text)
      json.field("enqueued_at", job?.at)
      json.field("late", job.map { max(.zero, $0.at - at - offset).inSeconds })
      json.field("state", job?.state.rawValue)
      json.field("exit_code", job?.exitCode)
      json.field("ran", job?.ran?.inSeconds)
      json.field("ended_at", job?.endedAt)
    }
  }
}
