/// The counts and prerequisites of the jobs that a transaction has stored.
package struct InsertTally {
  /// The prerequisites of the jobs, to be resolved once all are stored.
  package private(set) var prerequisites = BatchPrerequisites()
  /// The number of jobs by queue and state.
  package private(set) var counts: [String: [JobState: Int]] = [:]
  /// The queues of jobs that may still be refused.
  private var queues: [JobID: String] = [:]

  /// Creates an empty tally.
  package init() {}

  /// Records a stored job.
  package mutating func add(_ job: NewJob, as id: JobID, _ state: JobState, sequence: Int64) {
    counts[job.queue, default: [:]][state, default: 0] += 1
    guard !job.prerequisites.isEmpty else { return }
    prerequisites.add(job, as: id, sequence: sequence)
    queues[id] = job.queue
  }

  /// Records that `absent` wasn't stored because the unfinished job `holder` has its key.
  package mutating func add(_ holder: JobID, insteadOf absent: NewJob) {
    prerequisites.add(holder, insteadOf: absent)
  }

  /// The number of jobs by queue, except the refused ones.
  package func countsByQueue(without refused: [BatchPrerequisites.Rejection]) -> [String: Int] {
    var counts = counts.mapValues { $0.values.reduce(0, +) }
    for refusal in refused {
      if let queue = queues[refusal.job] { counts[queue, default: 0] -= 1 }
    }
    return counts.filter { $0.value > 0 }
  }
}
