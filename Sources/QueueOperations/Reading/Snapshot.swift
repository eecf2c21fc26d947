package import QueueCore

/// What was read of the queue at one moment. Never changed: the next look makes a new one.
package struct Snapshot: Equatable, Sendable {
  /// When it was read.
  package var time: Moment
  /// How many jobs are in which state.
  package var summary: QueueSummary
  /// What is paused.
  package var controls = QueueControls()
  /// How many schedules have which fault.
  package var scheduleCounts = ScheduleCounts()
  /// Running jobs that were cancelled, and haven't ended yet.
  package var ending: Set<JobID> = []
  /// A line for each queue, by name; nil when they aren't looked at.
  package var queues: [QueueLine]?
  /// The schedules, by name; nil when they aren't looked at.
  package var schedules: [ScheduleLine]?
  /// The history of a schedule, newest first; nil when none is looked at.
  package var occurrences: [Occurrence]?
  /// All workers, by id.
  package var workers: [WorkerView] = []
  /// The rows of the list.
  package var list = JobRows()
  /// What the files are like.
  package var files = DatabaseFiles()
  /// How things go; nil while that isn't known.
  package var health: QueueHealth?
  /// The job that is looked at closely; nil when none is.
  package var detail: JobDetail?
  /// Groups of dead jobs; nil when they aren't looked at.
  package var groups: [ErrorGroup]?
  /// How long until the next look, when reading takes too long for the interval.
  package var pace: Duration?
  /// How far the local time is east of UTC.
  package var utcOffsetSeconds = 0
}

extension Snapshot {
  /// How many jobs a tab has.
  package func count(of tab: JobTab, queue: String? = nil) -> Int {
    if tab == .later { return health?.scheduled ?? 0 }
    let states = tab.state.map { [$0] } ?? JobState.allCases
    return states.reduce(0) { $0 + summary.count($1, queue: queue) }
  }
}

/// How large the queue is on the disk.
public struct DatabaseFiles: Equatable, Sendable {
  /// The database.
  public var database: Int?
  /// Its write-ahead log.
  public var log: Int?

  /// Both sizes in bytes; nil for one that isn't known.
  public init(database: Int? = nil, log: Int? = nil) {
    self.database = database
    self.log = log
  }
}

/// The first rows of a list, in its order.
package struct JobRows: Equatable, Sendable {
  package var jobs: [Job] = []
  /// Whether there are more than these.
  package var hasMore = false
  /// How many match the filter, of those that were looked through.
  package var found = 0
  /// How many jobs were looked through for a filter, when the time was over before the end.
  package var searched: Int?
  /// What all of them are ordered by; nil when the rows that were read are ordered among
  /// themselves.
  package var order: JobOrder? = .newestFirst
}

/// How things go: rates, waits, durations.
package struct QueueHealth: Equatable, Sendable {
  /// Runs that ended in each interval of the sparkline, oldest first.
  package var trend: [Double] = []
  /// Those of them that failed.
  package var failureTrend: [Double] = []
  /// Jobs that ended well, in a second.
  package var donePerSecond = 0.0
  /// Jobs that were enqueued, in a second.
  package var addedPerSecond = 0.0
  /// Jobs that came to their end, well or not, in a second.
  package var leftPerSecond = 0.0
  /// How many jobs weren't over at the end of each interval of the sparkline, the last one now.
  package var backlogTrend: [Double] = []
  /// The share of runs that failed; nil when none ended.
  package var failureShare: Double?
  /// How long what is left to do now will take; nil when it doesn't shrink, and when there is
  /// nothing.
  package var drain: Duration?
  /// From when a job could run to when it did.
  package var wait: Percentiles?
  /// How long runs took.
  package var run: Percentiles?
  /// Jobs for a later time, counted up to ``mostScheduled``.
  package var scheduled = 0
  /// How long the job that has waited longest has waited.
  package var oldest: Duration?

  /// The middle, the upper end and the most of some durations.
  package struct Percentiles: Equatable, Sendable {
    package var p50: Duration
    package var p95: Duration
    package var most: Duration?
  }
}
