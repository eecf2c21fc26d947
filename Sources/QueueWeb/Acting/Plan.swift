import QueueCore
import QueueHost
import QueueOperations

/// A requested action. Its targets are fixed when the question is asked.
struct Plan: Sendable {
  /// The question to confirm.
  var title: String
  /// Notes on the consequences.
  var notes: [String]
  /// The first jobs.
  var examples: [Example] = []
  /// The number of jobs, workers or queues.
  var count: Int
  /// Whether the user must type the number.
  var asksNumber = false
  /// The equivalent command line; nil for none.
  var command: String?
  /// The action.
  var action: Action
  /// The page it was requested from.
  var back: Link
  /// The database that has the targets.
  var file: QueueIdentity?
  var state = State.open

  struct Example: Sendable {
    let id: JobID
    let command: String
    let error: String
  }

  enum State: Sendable {
    /// Not confirmed yet.
    case open
    /// In progress.
    case running(ActionProgress?)
    /// Finished.
    case done(ActionResult)
  }

  static let mostExamples = 6
  /// From this many targets on, the user must type the number.
  static let manyCount = 20
}

/// Open, running and recently finished plans.
struct PlanBook: Sendable {
  private var plans: [String: (plan: Plan, since: Duration)] = [:]

  private static let mostPlans = 16
  private static let longestWait = Duration.seconds(300)

  /// Stores a plan, and drops the oldest that isn't running if there are too many.
  /// - Returns: its name, an unguessable text.
  mutating func add(_ plan: Plan, at uptime: Duration) -> String {
    forgetOld(at: uptime)
    while plans.count >= Self.mostPlans {
      let oldest = plans.filter { !$0.value.plan.isRunning }.min { $0.value.since < $1.value.since }
      guard let oldest else { break }
      plans[oldest.key] = nil
    }
    let name = Secret().text
    plans[name] = (plan, uptime)
    return name
  }

  /// Returns a plan; nil if it is missing or expired.
  subscript(name: String) -> Plan? {
    get { plans[name]?.plan }
    set {
      guard let since = plans[name]?.since, let newValue else { return }
      plans[name] = (newValue, since)
    }
  }

  mutating func forgetOld(at uptime: Duration) {
    plans = plans.filter { $0.value.plan.isRunning || uptime - $0.value.since < Self.longestWait }
  }
}

extension Plan {
  var isRunning: Bool {
    if case .running = state { true } else { false }
  }
}
