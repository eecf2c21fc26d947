package import QueueCore

/// A request below `/api/v1`.
package enum APIRequest: Equatable, Sendable {
  case status, stats, minutes
  case jobs
  /// A job; nil if the query names it.
  case job(String?)
  case runs(of: String?)
  case explain(String?)
  /// The log of a run.
  case log(of: String?, RunID)
  case queues, workers, schedules
  /// Groups of dead jobs.
  case errors
  /// A stream of ``status``.
  case events
  /// Makes a plan.
  case plans
  /// Confirms a plan, or shows its progress.
  case plan(String)

  /// Returns nil for an unknown path.
  /// - Parameter words: the path below `/api/v1`, decoded.
  init?(_ words: ArraySlice<String>) {
    let words = Array(words)
    switch (words.first, words.count) {
    case ("status", 1): self = .status
    case ("stats", 1): self = .stats
    case ("minutes", 1): self = .minutes
    case ("jobs", 1): self = .jobs
    case ("jobs", _):
      guard let request = Self.about(words[1], words[2...]) else { return nil }
      self = request
    case ("job", _):
      guard let request = Self.about(nil, words[1...]) else { return nil }
      self = request
    case ("queues", 1): self = .queues
    case ("workers", 1): self = .workers
    case ("schedules", 1): self = .schedules
    case ("errors", 1): self = .errors
    case ("events", 1): self = .events
    case ("plans", 1): self = .plans
    case ("plans", 2): self = .plan(words[1])
    default: return nil
    }
  }

  private static func about(_ job: String?, _ words: ArraySlice<String>) -> APIRequest? {
    let words = Array(words)
    switch words {
    case []: return .job(job)
    case ["runs"]: return .runs(of: job)
    case ["explain"]: return .explain(job)
    default:
      guard words.count == 3, words[0] == "runs", words[2] == "log", let run = Int64(words[1])
      else { return nil }
      return .log(of: job, RunID(run))
    }
  }

  /// The names of its parameters.
  var parameters: [String] {
    switch self {
    case .stats: ["queue"]
    case .minutes: ["count", "queue"]
    case .jobs: ["state", "q", "sort", "reverse", "limit", "after"]
    case .job(let id), .explain(let id): Self.id(unless: id)
    case .runs(let id): Self.id(unless: id) + ["limit", "before"]
    case .log(let id, _): Self.id(unless: id) + ["from"]
    case .status, .queues, .workers, .schedules, .errors, .events, .plans, .plan: []
    }
  }

  private static func id(unless path: String?) -> [String] { path == nil ? ["id"] : [] }

  /// The accepted methods.
  var methods: [String] {
    switch self {
    case .plans: ["POST"]
    case .plan: ["GET", "HEAD", "POST"]
    case .events: ["GET"]
    default: ["GET", "HEAD"]
    }
  }
}
