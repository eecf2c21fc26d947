package import QueueCore

/// The queue as read at one moment.
package struct Snapshot: Equatable, Sendable {
  /// When it was read.
  package var time: Moment
  /// Job counts per queue and state.
  package var summary: QueueSummary
  /// Pauses and limits of queues.
  package var controls = QueueControls()
  /// Counts of schedules by fault.
  package var scheduleCounts = ScheduleCounts()
  /// Cancelled jobs whose run hasn't ended yet.
  package var ending: Set<JobID> = []
  /// The queues, by name; nil unless requested.
  package var queues: [QueueLine]?
  /// The schedules, by name; nil unless requested.
  package var schedules: [ScheduleLine]?
  /// The history of a schedule, newest first; nil unless requested.
  package var occurrences: [Occurrence]?
  /// All workers, by id.
  package var workers: [WorkerView] = []
  /// The rows of the list.
  package var list = JobRows()
  /// The sizes of the database files.
  package var files = DatabaseFiles()
  /// Rates and durations; nil while unknown.
  package var health: QueueHealth?
  /// The requested job with its runs; nil for none.
  package var detail: JobDetail?
  /// Groups of dead jobs; nil unless requested.
  package var groups: [ErrorGroup]?
  /// The time between reads if reading takes too long for the interval; else nil.
  package var pace: Duration?
  /// The local offset from UTC, positive to the east.
  package var utcOffsetSeconds = 0
}

extension Snapshot {
  /// Creates a snapshot of the counts alone.
  package init(at time: Moment, _ summary: QueueSummary) {
    self.init(time: time, summary: summary)
  }

  /// The number of jobs in a tab.
  package func count(of tab: JobTab, queue: String? = nil) -> Int {
    if tab == .later { return health?.scheduled ?? 0 }
    let states = tab.state.map { [$0] } ?? JobState.allCases
    return states.reduce(0) { $0 + summary.count($1, queue: queue) }
  }
}

/// The sizes of the database files in bytes; nil for an unknown one.
public struct DatabaseFiles: Equatable, Sendable {
  /// The database.
  public var database: Int?
  /// Its write-ahead log.
  public var log: Int?

  /// Creates the sizes.
  public init(database: Int? = nil, log: Int? = nil) {
    self.database = database
    self.log = log
  }
}

/// The rows of a list.
package struct JobRows: Equatable, Sendable {
  package var jobs: [Job] = []
  /// Whether the list continues.
  package var hasMore = false
  /// The number of examined jobs that match the filter.
  package var found = 0
  /// The number of examined jobs if the search time ended before the list; else nil.
  package var searched: Int?
  /// The order of the whole list; nil if only these rows are sorted among themselves.
  package var order: JobOrder? = .newestFirst
}

/// Rates, waits and durations of runs.
package struct QueueHealth: Equatable, Sendable {
  /// Runs ended per minute, oldest first.
  package var trend: [Double] = []
  /// Failed runs per minute, oldest first.
  package var failureTrend: [Double] = []
  /// Jobs completed per second.
  package var donePerSecond = 0.0
  /// Jobs enqueued per second.
  package var addedPerSecond = 0.0
  /// Jobs ended per second, in any state.
  package var leftPerSecond = 0.0
  /// Unfinished jobs at the end of each minute; the last value is the present one.
  package var backlogTrend: [Double] = []
  /// The share of failed runs; nil if none ended.
  package var failureShare: Double?
  /// The time to finish the backlog at the present rate; nil if it is empty or doesn't shrink.
  package var drain: Duration?
  /// The times from when jobs could run until they started.
  package var wait: Percentiles?
  /// The run times.
  package var run: Percentiles?
  /// Jobs for a later time, counted up to ``mostScheduled``.
  package var scheduled = 0
  /// The longest wait of a job that could run.
  package var oldest: Duration?

  /// The median, 95th percentile and maximum of some durations.
  package struct Percentiles: Equatable, Sendable {
    package var p50: Duration
    package var p95: Duration
    package var most: Duration?
  }
}
