package import QueueCore

/// The page or resource of a path.
package enum Route: Equatable, Sendable {
  case overview
  /// The jobs of a state; nil for all.
  case jobs(JobState?)
  /// A job; nil if the query names it.
  case job(String?)
  /// A run's log as text, named by the query.
  case log
  case errors, queues, workers, schedules
  /// A schedule, named by the query.
  case schedule
  /// Makes a plan, or shows its question.
  case ask(plan: String?)
  case login, logout
  case asset(String)
  case health, ready, metrics
  /// JSON for programs.
  case api(APIRequest)
  /// A stream of a page's changes.
  case events

  /// Returns nil for an unknown path.
  /// - Parameter path: encoded, without the query.
  package init?(_ path: Substring) {
    guard path.hasPrefix("/"), path.utf8.count <= Self.longestPath else { return nil }
    let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
      .map { PercentCoding.decoded($0) }
    guard let words = parts as? [String], let first = words.first else { return nil }
    switch (first, words.count > 1 ? words[1] : nil, words.count) {
    case ("", _, 1): self = .overview
    case ("jobs", _, 1): self = .jobs(nil)
    case ("jobs", let word?, 2):
      guard let state = JobState(rawValue: word) else { return nil }
      self = .jobs(state)
    case ("job", _, 1): self = .job(nil)
    case ("job", let id?, 2): self = .job(id)
    case ("log", _, 1): self = .log
    case ("errors", _, 1): self = .errors
    case ("queues", _, 1): self = .queues
    case ("workers", _, 1): self = .workers
    case ("schedules", _, 1): self = .schedules
    case ("schedule", _, 1): self = .schedule
    case ("ask", _, 1): self = .ask(plan: nil)
    case ("ask", let plan?, 2): self = .ask(plan: plan)
    case ("login", _, 1): self = .login
    case ("logout", _, 1): self = .logout
    case ("assets", let name?, 2): self = .asset(name)
    case ("healthz", _, 1): self = .health
    case ("readyz", _, 1): self = .ready
    case ("metrics", _, 1): self = .metrics
    case ("events", _, 1): self = .events
    case ("api", "v1"?, 3...):
      guard let request = APIRequest(words[2...]) else { return nil }
      self = .api(request)
    default: return nil
    }
  }

  private static let longestPath = 2048

  /// Whether it needs no token.
  package var isOpen: Bool {
    switch self {
    case .login, .asset, .health: true
    default: false
    }
  }

  /// The accepted methods.
  package var methods: [String] {
    switch self {
    case .ask(plan: nil), .logout: ["POST"]
    case .ask: ["GET", "HEAD", "POST"]
    case .login: ["GET", "HEAD", "POST"]
    case .api(let request): request.methods
    default: ["GET", "HEAD"]
    }
  }
}
