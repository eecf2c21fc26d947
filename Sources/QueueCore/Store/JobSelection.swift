/// The jobs that an operation applies to.
public struct JobSelection: Equatable, Sendable {
  /// How the jobs are selected.
  public enum Jobs: Equatable, Sendable {
    /// Ids or unambiguous prefixes of generated ones; all are changed, or none.
    case named([String])
    /// Exactly these ids; jobs that have changed state since they were listed are skipped.
    case listed([JobID])
    /// Every match. The query's states and order are ignored.
    case matching(JobQuery)
  }

  /// How the jobs are selected.
  public var jobs: Jobs
  /// The states that the operation accepts.
  public var states: [JobState]
  /// The minimum time in the current state, for matching jobs; nil for any.
  public var age: Duration?
  /// Whether to skip dead jobs whose `on-dead` command hasn't run.
  public var sparesUnnoticed = false

  /// The most jobs of one transaction of a large selection, from the command line, `top` and the
  /// web alike: enough to share an fsync, few enough that no claim waits long.
  public static let partSize = 250

  /// Creates a selection of any age.
  public init(_ jobs: Jobs, in states: [JobState], age: Duration? = nil) {
    self.jobs = jobs
    self.states = states
    self.age = age
  }

  /// The order of steps through ended jobs: by time of ending, which has an index; along a tag, by
  /// arrival.
  public var keyOfSteps: JobOrder.Key {
    if case .matching(let query) = jobs, !query.tags.isEmpty { .created } else { .updated }
  }

  /// Whether one refusal refuses all.
  public var isAllOrNothing: Bool {
    if case .named = jobs { true } else { false }
  }
}

/// The result of an operation on a selection or a part of it; for a dry run, the expected one.
public struct SelectionStep: Equatable, Sendable {
  /// The changed jobs.
  public var jobs: [JobID] = []
  /// The skipped jobs, with reasons.
  public var left: [Refusal] = []
  /// The runs of removed jobs, whose logs can be deleted.
  public var runs: [RunID] = []
  /// The cursor of the next step; nil at the end.
  public var next: JobPage.Cursor?

  /// Creates an empty step.
  public init() {}
}

/// The result of cancelling a selection.
public struct Cancellation: Equatable, Sendable {
  /// The jobs as found, each once.
  public var found: [Job] = []
  /// The skipped jobs, with reasons.
  public var left: [Refusal] = []

  /// Creates an empty result.
  public init() {}
}

/// Why a job can't be changed as requested.
public enum Refusal: Hashable, Sendable {
  case unknown(JobID)
  case inState(JobID, JobState, wanted: [JobState])
  /// An unfinished job holds its unique key.
  case keyTaken(JobID, key: String, holder: JobID)
  /// An earlier job of the selection has the same unique key.
  case sameKey(JobID, key: String, earlier: JobID)
  /// It needs the success of a removed job.
  case needsRemovedJob(JobID)
  /// An unfinished job waits for it.
  case awaited(JobID, by: JobID)
  /// Its `on-dead` command hasn't run yet.
  case unnoticed(JobID)
  /// It has ended, and the edit would change its start time.
  case hasNoStartTime(JobID, JobState)
  /// With those that the edit adds, it would have this many.
  case hasTooManyTags(JobID, Int)

  /// The reason for several jobs, such as `unfinished jobs hold their unique keys`.
  public var summary: String {
    switch self {
    case .unknown, .inState: "they have changed since"
    case .keyTaken, .sameKey: "unfinished jobs hold their unique keys"
    case .needsRemovedJob: "their prerequisites were removed"
    case .awaited: "unfinished jobs wait for them"
    case .unnoticed: "their on-dead command hasn't run yet"
    case .hasNoStartTime: "only waiting jobs have a start time"
    case .hasTooManyTags: "they would have more than \(JobSpec.mostTags) tags"
    }
  }

  /// The error for a caller that named the job.
  public var error: StoreError {
    func named(_ job: JobID) -> String { "job \(quoted: job.text)" }
    return switch self {
    case .unknown(let job): StoreError(.notFound, "\(named(job)) no longer exists")
    case .inState(let job, let state, let wanted):
      StoreError(
        .wrongState,
        "\(named(job)) is \(state)\(wanted.count == 1 ? ", not" : ": it must be") "
          + Self.alternatives(wanted)
          + (state == .completed && wanted == JobState.retryable
            ? "; \"queuectl rerun\" runs it again as a new job" : ""))
    case .keyTaken(let job, let key, let holder):
      StoreError(
        .wrongState,
        "\(named(job)) has the key \(quoted: key) of unfinished job \(quoted: holder.text): wait "
          + "for that job first")
    case .sameKey(let job, let key, let earlier):
      StoreError(
        .wrongState,
        "jobs \(quoted: earlier.text) and \(quoted: job.text) have the same key \(quoted: key): "
          + "choose one of them")
    case .needsRemovedJob(let job):
      StoreError(
        .wrongState,
        "\(named(job)) needs the success of a removed job: \"queuectl rerun\" copies it "
          + "without that"
      )
    case .awaited(let job, let waiting):
      StoreError(
        .wrongState,
        "\(named(waiting)) waits for \(named(job)): cancel \(quoted: waiting.text), or retry "
          + "\(quoted: job.text)")
    case .unnoticed(let job):
      StoreError(
        .wrongState, "the on-dead command for \(named(job)) hasn't run yet: a worker runs it")
    case .hasNoStartTime(let job, let state):
      StoreError(
        .wrongState,
        "\(named(job)) is \(state): only waiting jobs have a start time; retry it first")
    case .hasTooManyTags(let job, let count):
      StoreError(
        .wrongState,
        "\(named(job)) would have \(count) tags, and takes at most \(JobSpec.mostTags): remove "
          + "some with --untag")
    }
  }

  private static func alternatives(_ states: [JobState]) -> String {
    let words = states.map(\.rawValue)
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) or \(last)"
  }
}

/// Detects unique keys shared by jobs that are to be requeued together.
public struct KeysPutBack {
  private var taken: [String: JobID] = [:]

  /// Creates an empty set.
  public init() {}

  /// Reserves a key for `job`, or returns the reason why it can't be requeued.
  /// - Parameter holder: the unfinished job that holds the key in the store; nil for none.
  public mutating func take(_ key: String?, for job: JobID, holder: JobID?) -> Refusal? {
    guard let key else { return nil }
    if let holder { return .keyTaken(job, key: key, holder: holder) }
    if let earlier = taken[key] { return .sameKey(job, key: key, earlier: earlier) }
    taken[key] = job
    return nil
  }
}
