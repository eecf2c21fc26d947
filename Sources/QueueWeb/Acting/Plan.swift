import QueueCore
import QueueHost
import QueueOperations

/// An action that a form asked for. Its targets are fixed: what is confirmed is what was shown.
struct Plan: Sendable {
  /// What is confirmed, as a question.
  var title: String
  /// What to know before saying yes.
  var notes: [String]
  /// The first few jobs.
  var examples: [Example] = []
  /// How many jobs, workers or queues it is about.
  var count: Int
  /// Whether the number has to be typed.
  var asksNumber = false
  /// The command line that does the same; nil if there is none.
  var command: String?
  /// What is done.
  var action: Action
  /// The page that asked.
  var back: Link
  /// The database that the targets were found in.
  var file: QueueIdentity?
  var state = State.open

  struct Example: Sendable {
    let id: JobID
    let command: String
    let error: String
  }

  enum State: Sendable {
    /// It waits to be confirmed.
    case open
    /// It is being done.
    case running(ActionProgress?)
    /// It was done.
    case done(ActionResult)
  }

  static let mostExamples = 6
  /// From this many on, a click is too easy.
  static let manyCount = 20
}

/// The plans that wait, run, or were done a moment ago.
struct PlanBook: Sendable {
  private var plans: [String: (plan: Plan, since: Duration)] = [:]

  private static let mostPlans = 16
  private static let longestWait = Duration.seconds(300)

  /// Keeps a plan. The oldest that isn't running makes room for it.
  /// - Returns: its name, which can't be guessed.
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

  /// The plan of that name; nil if there is none, or not any longer.
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
