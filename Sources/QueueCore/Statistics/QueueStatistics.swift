/// What is counted of a queue's work, minute by minute.
public enum QueueEvent: String, CaseIterable, Sendable {
  /// A job was stored.
  case enqueued
  /// A run began; with how long it had waited.
  case started
  /// A run ended well; with how long it took.
  case completed
  /// A run failed; with how long it took.
  case failed
  /// A run ended with "not now", which spends nothing.
  case snoozed
  /// A run was ended with its worker and put back unspent.
  case stopped
  /// A run was ended as its job was cancelled.
  case cancelled
  /// A run was lost with its worker.
  case lost
  /// A job used up its retries.
  case dead

  /// The event that the end of a run is.
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

/// What happened in a queue, or in all of them, over some time.
public struct QueueStatistics: Equatable, Sendable {
  private var counts: [QueueEvent: Int] = [:]
  /// How long runs had waited, from when they could have begun to when they did.
  public private(set) var wait = Histogram()
  /// How long runs took that ended by their own doing, well or not.
  public private(set) var runTime = Histogram()

  /// Nothing happened.
  public init() {}

  /// How often it happened.
  public func count(_ event: QueueEvent) -> Int { counts[event] ?? 0 }

  /// The share of failures among the runs that ended by their own doing; nil when none did.
  public var failureRate: Double? {
    let ended = count(.completed) + count(.failed)
    return ended == 0 ? nil : Double(count(.failed)) / Double(ended)
  }

  /// Adds what happened `times` times.
  /// - Parameters:
  ///   - bucket: of the durations, see ``Histogram/bucket(of:)``.
  ///   - longest: the longest of them.
  public mutating func add(_ event: QueueEvent, times: Int, bucket: Int, longest: Duration) {
    counts[event, default: 0] += times
    switch event {
    case .started: wait.add(times, in: bucket, longest: longest)
    case .completed, .failed: runTime.add(times, in: bucket, longest: longest)
    case .enqueued, .snoozed, .stopped, .cancelled, .lost, .dead: break
    }
  }

  /// Adds all that happened elsewhere.
  public mutating func add(_ other: QueueStatistics) {
    counts.merge(other.counts, uniquingKeysWith: +)
    wait.add(other.wait)
    runTime.add(other.runTime)
  }
}

/// What happened since a moment, by queue.
public struct Statistics: Equatable, Sendable {
  /// From then to the moment of asking.
  public var span: Duration
  /// The queues in which anything happened.
  public var queues: [String: QueueStatistics]

  /// Both parts.
  public init(span: Duration, queues: [String: QueueStatistics]) {
    self.span = span
    self.queues = queues
  }

  /// Over all queues.
  public var total: QueueStatistics {
    queues.values.reduce(into: QueueStatistics()) { $0.add($1) }
  }

  /// One queue, or all.
  public func of(_ queue: String?) -> QueueStatistics {
    queue.map { queues[$0] ?? QueueStatistics() } ?? total
  }

  /// How often it happened in a second, in one queue or in all.
  public func perSecond(_ event: QueueEvent, queue: String? = nil) -> Double {
    span > .zero ? Double(of(queue).count(event)) / span.inSeconds : 0
  }

  /// How long `backlog` jobs will take if as many end in a second as did in this time; nil when
  /// none did.
  public func timeToDrain(_ backlog: Int, queue: String? = nil) -> Duration? {
    guard backlog > 0 else { return .zero }
    let rate = perSecond(.completed, queue: queue) + perSecond(.dead, queue: queue)
    guard rate > 0 else { return nil }
    return .milliseconds(Int64(min(Double(backlog) / rate * 1000, Double(Int64.max / 2))))
  }
}

/// A stretch of time up to now, in whole minutes and what has passed of the present one: between
/// `minutes` and one more. A day and more is counted in whole hours.
public struct StatisticsWindow: Hashable, Sendable {
  /// How many whole minutes it has.
  public let minutes: Int

  /// The last minute.
  public static let minute = StatisticsWindow(minutes: 1)
  /// The last hour.
  public static let hour = StatisticsWindow(minutes: 60)
  /// The last day.
  public static let day = StatisticsWindow(minutes: 1440)

  /// - Parameter minutes: at least 1.
  public init(minutes: Int) { self.minutes = minutes }

  /// When it begins.
  public func start(at now: Timestamp) -> Timestamp {
    let step: Int64 = minutes > 60 ? 60 : 1
    let latest = now.minute.floorDivided(by: step) * step
    return Timestamp(milliseconds: (latest - Int64(minutes)) * 60_000)
  }
}

/// How often each thing happened in one minute.
public struct MinuteCounts: Equatable, Sendable {
  /// When it began.
  public var start: Timestamp
  private var counts: [QueueEvent: Int] = [:]

  /// A minute in which nothing happened.
  public init(start: Timestamp) { self.start = start }

  /// How often it happened.
  public subscript(event: QueueEvent) -> Int {
    get { counts[event] ?? 0 }
    set { counts[event] = newValue }
  }
}
