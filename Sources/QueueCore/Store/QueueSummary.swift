/// How many jobs are in which state, by queue. Read from maintained counters, never by counting.
public struct QueueSummary: Equatable, Sendable {
  /// The counts that aren't 0.
  public private(set) var counts: [String: [JobState: Int]]

  /// A summary of these counts.
  public init(counts: [String: [JobState: Int]] = [:]) {
    self.counts = counts
  }

  /// Jobs in `state`, over all queues or in one.
  public func count(_ state: JobState, queue: String? = nil) -> Int {
    if let queue { return counts[queue]?[state] ?? 0 }
    return counts.values.reduce(0) { $0 + ($1[state] ?? 0) }
  }

  /// Jobs that still have something to run.
  /// - Parameter queues: which to look at; empty for all.
  public func unfinished(in queues: [String] = []) -> Int {
    let names = queues.isEmpty ? Array(counts.keys) : queues
    return names.reduce(0) { sum, queue in
      JobState.allCases.filter(\.isUnfinished).reduce(sum) { $0 + count($1, queue: queue) }
    }
  }

  /// Writes an object with the number of jobs in each state, over all queues or in one.
  public func write(to writer: inout JSONWriter, queue: String? = nil) {
    writer.object { json in
      for state in JobState.allCases {
        json.key(text: state.rawValue)
        json.value(count(state, queue: queue))
      }
    }
  }
}
