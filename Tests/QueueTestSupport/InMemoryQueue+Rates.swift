import QueueCore
import QueueOperations

extension InMemoryQueue {
  /// Events of one kind whose durations fall into one bucket.
  struct RateKey: Hashable {
    var minute: Int64
    var queue: String
    var event: QueueEvent
    var bucket: Int
  }

  /// The number of events, and the longest duration.
  struct Rate: Equatable {
    var times = 0
    var longest = Duration.zero
  }

  mutating func count(
    _ event: QueueEvent, in queue: String, _ duration: Duration = .zero, at now: Moment
  ) {
    let bucket = Histogram.bucket(of: duration)
    let key = RateKey(minute: now.wall.minute, queue: queue, event: event, bucket: bucket)
    let soFar = rates[key] ?? Rate()
    rates[key] = Rate(times: soFar.times + 1, longest: max(soFar.longest, duration))
  }

  /// Counts the jobs stored after `sequence` and not rolled back.
  mutating func countEnqueued(after sequence: Int64, at now: Moment) {
    for row in rows where row.sequence > sequence { count(.enqueued, in: row.job.queue, at: now) }
  }

  func statistics(over window: StatisticsWindow, at now: Moment) -> Statistics {
    let start = window.start(at: now.wall)
    let queues = events { (start.minute...now.wall.minute).contains($0) }
    return Statistics(span: now.wall - start, queues: queues)
  }

  func totals() -> [String: QueueStatistics] { events { _ in true } }

  private func events(in isIncluded: (_ minute: Int64) -> Bool) -> [String: QueueStatistics] {
    var queues: [String: QueueStatistics] = [:]
    for (key, rate) in rates where isIncluded(key.minute) {
      queues[key.queue, default: QueueStatistics()].add(
        key.event, times: rate.times, bucket: key.bucket, longest: rate.longest)
    }
    return queues
  }

  func runTimes(_ count: Int, queue: String?, at now: Moment) -> [Histogram] {
    (now.wall.minute - Int64(count) + 1...now.wall.minute).map { minute in
      let queues = events { $0 == minute }
      return (queue.map { queues[$0].map { [$0] } ?? [] } ?? Array(queues.values))
        .reduce(into: Histogram()) { $0.add($1.runTime) }
    }
  }

  func minutes(_ count: Int, queue: String?, at now: Moment) -> [MinuteCounts] {
    (now.wall.minute - Int64(count) + 1...now.wall.minute).map { minute in
      var counts = MinuteCounts(start: Timestamp(milliseconds: minute * 60_000))
      for (key, rate) in rates where key.minute == minute && queue.map({ $0 == key.queue }) ?? true
      {
        counts[key.event] += rate.times
      }
      return counts
    }
  }

  func recentRuns(_ count: Int, queue: String?) -> [RecentRun] {
    let runs = rows.flatMap { row in
      (row.earlierRuns + [row.job.latestRun].compactMap { $0 }).map { (job: row.job, run: $0) }
    }
    let newest = runs.map(\.run.id.number).max() ?? 0
    return runs.filter { $0.run.id.number > newest - Int64(count) }
      .sorted { $0.run.id.number > $1.run.id.number }
      .compactMap { job, run in
        guard queue.map({ $0 == job.queue }) ?? true,
          let end = run.end.map(QueueEvent.init)
        else { return nil }
        return RecentRun(
          command: String(job.command.prefix(200)), end: end, elapsed: run.elapsed ?? .zero)
      }
  }

  func jobsAhead(of index: Int) -> Int {
    let (mine, sequence) = (rows[index].job, rows[index].sequence)
    return rows.count { row in
      let job = row.job
      return row.isWaiting && row.wait == .nothing && row.unmet.isEmpty && job.queue == mine.queue
        && (job.priority > mine.priority
          || job.priority == mine.priority && row.sequence < sequence)
    }
  }

  /// Of the ready jobs, the first of each priority counts; of the due ones, each.
  func longestWaits(at now: Moment) -> [String: Duration] {
    struct Line: Hashable {
      var queue: String
      var priority: Int
    }
    var linesSeen: Set<Line> = []
    var waits: [String: Duration] = [:]
    for row in rows where row.isWaiting && row.unmet.isEmpty {
      let line = Line(queue: row.job.queue, priority: row.job.priority)
      let isReady = row.wait == .nothing
      guard !isReady || linesSeen.insert(line).inserted,
        let rest = rest(of: isReady ? row.readySince : row.wait, at: now), isReady || rest <= .zero
      else { continue }
      let wait = isReady ? waited(since: row.readySince, at: now) : .zero - rest
      waits[line.queue] = max(waits[line.queue] ?? .zero, wait)
    }
    return waits
  }
}
