package import QueueCore

/// Dead jobs with the same exit and the same error, except for the parts that vary between jobs.
package struct ErrorGroup: Equatable, Sendable {
  /// The common part of their errors.
  package struct Key: Hashable, Sendable {
    /// The content of the column EXIT.
    package let exit: String
    /// The last error with its varying parts as `#`, see ``ErrorPattern``.
    package let pattern: String

    init(_ job: Job) {
      exit = RunResult.short(job.latestRun)
      pattern = ErrorPattern.of(RunResult.detail(job.latestRun))
    }

    /// Conditions that all jobs of the group meet: the parts of the pattern between `#`.
    var conditions: [JobPredicate] {
      let pieces = pattern.split(separator: "#").map { JobPredicate(.error(String($0))) }
      return pieces + [RunResult.test(short: exit)].compactMap { $0 }.map { JobPredicate($0) }
    }
  }

  package let key: Key
  /// The error of one of its jobs.
  package let example: String
  package private(set) var count = 0
  /// Its first few jobs, in the order of the list.
  package private(set) var jobs: [Job] = []
  /// The first and the last death.
  package private(set) var firstSeen: Timestamp
  package private(set) var lastSeen: Timestamp
  /// Deaths in each of twelve equal parts of the time that all groups span, oldest first.
  package private(set) var trend: [Double]

  /// The most dead jobs grouped, newest first, which limits the cost of a read.
  package static let mostJobs = 5000
  private static let trendParts = 12
  private static let mostShown = 10

  /// Groups the newest dead jobs.
  package static func read(from store: any QueueReader, at now: Moment) throws(StoreError)
    -> [ErrorGroup]
  {
    var query = JobQuery(states: [.dead])
    query.order = JobOrder(.updated)
    return groups(of: try store.jobs(query, limit: mostJobs, after: nil, at: now).jobs, at: now)
  }

  /// Groups jobs, largest group first.
  package static func groups(of jobs: [Job], at now: Moment) -> [ErrorGroup] {
    var groups: [Key: ErrorGroup] = [:]
    let start = jobs.map(\.updatedAt).min() ?? now.wall
    let part = max(1, (now.wall - start).milliseconds / Int64(trendParts))
    for job in jobs {
      let key = Key(job)
      var group = groups[key] ?? ErrorGroup(key, first: job)
      let place = Int((job.updatedAt - start).milliseconds / part)
      group.add(job, part: max(0, min(trendParts - 1, place)))
      groups[key] = group
    }
    return groups.values.sorted {
      ($0.count, $0.lastSeen, $1.key.pattern) > ($1.count, $1.lastSeen, $0.key.pattern)
    }
  }

  private init(_ key: Key, first: Job) {
    self.key = key
    example = RunResult.detail(first.latestRun)
    firstSeen = first.updatedAt
    lastSeen = first.updatedAt
    trend = Array(repeating: 0, count: Self.trendParts)
  }

  private mutating func add(_ job: Job, part: Int) {
    count += 1
    if jobs.count < Self.mostShown { jobs.append(job) }
    firstSeen = min(firstSeen, job.updatedAt)
    lastSeen = max(lastSeen, job.updatedAt)
    trend[part] += 1
  }
}
