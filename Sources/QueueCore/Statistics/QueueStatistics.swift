/// The events counted per queue and minute.
public enum QueueEvent: String, CaseIterable, Sendable {
  case enqueued
  /// A run began; carries its waiting time.
  case started
  /// A run succeeded; carries its run time.
  case completed
  /// A run failed; carries its run time.
  case failed
  case snoozed
  /// A run was ended with its worker and requeued, unspent.
  case stopped
  case cancelled
  case lost
  case dead

  /// The event for the end of a run.
  public init(_ end: RunEnd) {
    switch end {
    case .exited(0), .accepted: self = .completed
    case .exited, .signaled, .timedOut, .notStarted: self = .failed
    case .snoozed: self = .snoozed
    case .stopped: self = .stopped
    case .cancelled: self = .cancelled
    case .lost: self = .lost
    }
  }
}

/// Event counts and durations of one queue, or of all, over some time.
public struct QueueStatistics: Equatable, Sendable {
  private var counts: [QueueEvent: Int] = [:]
  /// Waiting times of started runs, from ready to claimed.
  public private(set) var wait = Histogram()
  /// Run times of completed and failed runs.
  public private(set) var runTime = Histogram()

  /// Creates empty statistics.
  public init() {}

  /// Returns the number of events.
  public func count(_ event: QueueEvent) -> Int { counts[event] ?? 0 }

  /// Failures as a share of completed and failed runs; nil without any.
  public var failureRate: Double? {
    let ended = count(.completed) + count(.failed)
    return ended == 0 ? nil : Double(count(.failed)) / Double(ended)
  }

  /// Adds `times` events whose durations lie in `bucket`, of which the longest is known.
  public mutating func add(_ event: QueueEvent, times: Int, bucket: Int, longest: Duration) {
    counts[event, default: 0] += times
    switch event {
    case .started: wait.add(times, in: bucket, longest: longest)
    case .completed, .failed: runTime.add(times, in: bucket, longest: longest)
    case .enqueued, .snoozed, .stopped, .cancelled, .lost, .dead: break
    }
  }

  /// Adds other statistics.
  public mutating func add(_ other: QueueStatistics) {
    counts.merge(other.counts, uniquingKeysWith: +)
    wait.add(other.wait)
    runTime.add(other.runTime)
  }
}

/// Statistics by queue, up to now.
public struct Statistics: Equatable, Sendable {
  /// The time covered.
  public var span: Duration
  /// The queues with events.
  public var queues: [String: QueueStatistics]

  /// Memberwise initializer.
  public init(span: Duration, queues: [String: QueueStatistics]) {
    self.span = span
    self.queues = queues
  }

  /// The sum over all queues.
  public var total: QueueStatistics {
    queues.values.reduce(into: QueueStatistics()) { $0.add($1) }
  }

  /// Returns the statistics of one queue, or of all for nil.
  public func of(_ queue: String?) -> QueueStatistics {
    queue.map { queues[$0] ?? QueueStatistics() } ?? total
  }

  /// Returns the rate of an event, in one queue or in all.
  public func perSecond(_ event: QueueEvent, queue: String? = nil) -> Double {
    span > .zero ? Double(of(queue).count(event)) / span.inSeconds : 0
  }

  /// Estimates the time to finish `backlog` jobs at this span's rate; nil if none finished in it.
  public func timeToDrain(_ backlog: Int, queue: String? = nil) -> Duration? {
    guard backlog > 0 else { return .zero }
    let rate = perSecond(.completed, queue: queue) + perSecond(.dead, queue: queue)
    guard rate > 0 else { return nil }
    return .milliseconds(Int64(min(Double(backlog) / rate * 1000, Double(Int64.max / 2))))
  }
}

/// The last `minutes` plus the current partial one; above an hour, aligned to whole hours.
public struct StatisticsWindow: Hashable, Sendable {
  /// The number of whole minutes.
  public let minutes: Int

  /// The last minute.
  public static let minute = StatisticsWindow(minutes: 1)
  /// The last hour.
  public static let hour = StatisticsWindow(minutes: 60)
  /// The last day.
  public static let day = StatisticsWindow(minutes: 1440)

  /// - Parameter minutes: at least 1.
  public init(minutes: Int) { self.minutes = minutes }

  /// Returns the start of the window.
  public func start(at now: Timestamp) -> Timestamp {
    let step: Int64 = minutes > 60 ? 60 : 1
    let latest = now.minute.floorDivided(by: step) * step
    return Timestamp(milliseconds: (latest - Int64(minutes)) * 60_000)
  }
}

/// Event counts of one minute.
public struct MinuteCounts: Equatable, Sendable {
  /// The start of the minute.
  public var start: Timestamp
  private var counts: [QueueEvent: Int] = [:]

  /// Creates a minute without events.
  public init(start: Timestamp) { self.start = start }

  /// The number of events.
  public subscript(event: QueueEvent) -> Int {
    get { counts[event] ?? 0 }
    set { counts[event] = newValue }
  }
}
