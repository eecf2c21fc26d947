/// The schedule that enqueued a job, and the time that it was enqueued for.
public struct JobOrigin: Equatable, Sendable {
  /// The schedule's name at that time, which outlives the schedule.
  public var schedule: String
  /// When it was due, without the schedule's delay of its own.
  public var time: Timestamp
  /// How many earlier times the job stands for, besides its own.
  public var standsFor: Int

  /// All of its parts.
  public init(schedule: String, time: Timestamp, standsFor: Int = 0) {
    self.schedule = schedule
    self.time = time
    self.standsFor = standsFor
  }
}
