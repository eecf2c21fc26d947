/// Number of jobs by queue and state, read from maintained counters.
public struct QueueSummary: Equatable, Sendable {
  /// The counts that aren't 0.
  public private(set) var counts: [String: [JobState: Int]]

  /// Creates a summary of `counts`.
  public init(counts: [String: [JobState: Int]] = [:]) {
    self.counts = counts
  }

  /// Creates a summary of stored rows. Rows of unknown states are ignored.
  package init(rows: [(queue: String, state: String, jobs: Int)]) {
    counts = [:]
    for row in rows {
      if let state = JobState(rawValue: row.state) {
        counts[row.queue, default: [:]][state] = row.jobs
      }
    }
  }

  /// Returns the number of jobs in `state`, in one queue or in all.
  public func count(_ state: JobState, queue: String? = nil) -> Int {
    if let queue { return counts[queue]?[state] ?? 0 }
    return counts.values.reduce(0) { $0 + ($1[state] ?? 0) }
  }

  /// Returns the number of unfinished jobs in `queues`; empty for all.
  public func unfinished(in queues: [String] = []) -> Int {
    let names = queues.isEmpty ? Array(counts.keys) : queues
    return names.reduce(0) { sum, queue in
      JobState.unfinished.reduce(sum) { $0 + count($1, queue: queue) }
    }
  }

  /// The queues with pending jobs.
  public var waitingQueues: [String] {
    counts.filter { $0.value[.pending, default: 0] > 0 }.map(\.key)
  }

  /// Returns the number of unfinished jobs without the `scheduled` ones; 0 if no job is ready,
  /// running or to be retried, because the others wait for jobs that don't run, either.
  /// - Parameter longestWait: of a ready job; nil if no job is ready.
  public func backlog(in queue: String?, scheduled: Int, longestWait: Duration?) -> Int {
    let active = count(.processing, queue: queue) + count(.failed, queue: queue)
    guard active > 0 || longestWait != nil else { return 0 }
    return max(0, unfinished(in: queue.map { [$0] } ?? []) - scheduled)
  }

  /// Writes an object with the number of jobs by state, in one queue or in all.
  public func write(to writer: inout JSONWriter, queue: String? = nil) {
    writer.object { json in
      for state in JobState.allCases {
        json.key(text: state.rawValue)
        json.value(count(state, queue: queue))
      }
    }
  }
}
