/// The jobs that a change is about.
public struct JobSelection: Equatable, Sendable {
  /// How they are found.
  public enum Jobs: Equatable, Sendable {
    /// Ids, or unambiguous prefixes of generated ones: all of them are changed, or none.
    case named([String])
    /// Exactly these ids. Jobs that have moved on since they were listed are left.
    case listed([JobID])
    /// Every job that matches. The query's states and order aren't used.
    case matching(JobQuery)
  }

  /// How they are found.
  public var jobs: Jobs
  /// The states they may be in.
  public var states: [JobState]
  /// Of jobs that match, only those in their state for this long or longer; nil for any age.
  public var age: Duration?
  /// Whether a dead job is left until its `on-dead` command has run.
  public var sparesUnnoticed = false

  /// A selection of any age.
  public init(_ jobs: Jobs, in states: [JobState], age: Duration? = nil) {
    self.jobs = jobs
    self.states = states
    self.age = age
  }

  /// Whether one refusal refuses all.
  public var isAllOrNothing: Bool {
    if case .named = jobs { true } else { false }
  }
}

/// What was done to the jobs of a selection, or to a part of them; after a dry run, what would be.
public struct SelectionStep: Equatable, Sendable {
  /// The jobs that were changed.
  public var jobs: [JobID] = []
  /// The jobs that were left, each with its reason.
  public var left: [Refusal] = []
  /// The runs of removed jobs, whose logs belong to no job any more.
  public var runs: [RunID] = []
  /// Where to go on; nil when the whole selection was visited.
  public var next: JobPage.Cursor?

  /// A step that has done nothing.
  public init() {}
}

/// What cancelling a selection came to.
public struct Cancellation: Equatable, Sendable {
  /// The jobs as they were found, each once.
  public var found: [Job] = []
  /// The jobs that were left, each with its reason.
  public var left: [Refusal] = []

  /// Nothing was found.
  public init() {}
}

/// Why a job can't be changed as requested.
public enum Refusal: Hashable, Sendable {
  /// No job has this id.
  case unknown(JobID)
  /// It is in a state that the selection doesn't include.
  case inState(JobID, JobState, wanted: [JobState])
  /// An unfinished job has its unique key.
  case keyTaken(JobID, key: String, holder: JobID)
  /// An earlier job of the selection has the same unique key.
  case sameKey(JobID, key: String, earlier: JobID)
  /// It needs the success of a job that was removed.
  case needsRemovedJob(JobID)
  /// An unfinished job waits for it.
  case awaited(JobID, by: JobID)
  /// Its `on-dead` command hasn't run yet.
  case unnoticed(JobID)

  /// The reason for any number of jobs, as `unfinished jobs have their keys`.
  public var summary: String {
    switch self {
    case .unknown, .inState: "they have changed since"
    case .keyTaken, .sameKey: "unfinished jobs have their keys"
    case .needsRemovedJob: "they need the success of removed jobs"
    case .awaited: "others wait for them"
    case .unnoticed: "their on-dead command is due"
    }
  }

  /// For the caller that named the job.
  public var error: StoreError {
    func named(_ job: JobID) -> String { "job \(quoted: job.text)" }
    return switch self {
    case .unknown(let job): StoreError(.notFound, "\(job) is gone")
    case .inState(let job, let state, let wanted):
      StoreError(.wrongState, "\(named(job)) is \(state), not \(Self.alternatives(wanted))")
    case .keyTaken(let job, let key, let holder):
      StoreError(
        .wrongState,
        "\(named(job)) has the key \(quoted: key), and so has \(quoted: holder.text), which isn't "
          + "finished: wait for it first")
    case .sameKey(let job, let key, let earlier):
      StoreError(
        .wrongState,
        "\(quoted: earlier.text) and \(quoted: job.text) have the same key \(quoted: key): only "
          + "one of them can be put back")
    case .needsRemovedJob(let job):
      StoreError(
        .wrongState,
        "\(named(job)) needs the success of a job that was removed: enqueue it anew")
    case .awaited(let job, let waiting):
      StoreError(
        .wrongState,
        "\(named(job)) is needed: \(named(waiting)) waits for it; retry the one, or cancel the "
          + "other"
      )
    case .unnoticed(let job):
      StoreError(.wrongState, "\(named(job)) has an on-dead command that hasn't run yet")
    }
  }

  /// As `failed, dead or cancelled`.
  private static func alternatives(_ states: [JobState]) -> String {
    let words = states.map(\.rawValue)
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) or \(last)"
  }
}

/// Finds jobs of a selection that can't all be put back, as they share a unique key.
public struct KeysPutBack {
  /// By their keys.
  private var taken: [String: JobID] = [:]

  /// None so far.
  public init() {}

  /// Takes a key for a job, unless another one has it.
  /// - Parameter holder: the unfinished job that has the key in the store; nil for none.
  /// - Returns: why it can't be put back; nil if it can.
  public mutating func take(_ key: String?, for job: JobID, holder: JobID?) -> Refusal? {
    guard let key else { return nil }
    if let holder { return .keyTaken(job, key: key, holder: holder) }
    if let earlier = taken[key] { return .sameKey(job, key: key, earlier: earlier) }
    taken[key] = job
    return nil
  }
}
