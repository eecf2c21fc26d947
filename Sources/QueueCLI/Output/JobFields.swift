import QueueCore
import QueueHost
import QueueOperations

struct JobFields {
  private static let labelWidth = 12
  private let state: JobState
  private var fields: [(label: String, text: String)] = []

  /// - Parameter reasons: why it isn't running; shown for a waiting job.
  init(
    _ job: Job, _ reasons: [Explanation.Reason], showsVariables: Bool, at now: Moment
  ) {
    state = job.state
    add("id", job.id.text)
    add("state", job.state.rawValue)
    if job.state == .pending || job.state == .failed {
      let others = reasons.filter { if case .failure = $0 { false } else { true } }
      for text in Self.waits(of: job, others) { add("waits", text) }
    }
    if let error = job.error { add("error", error) }
    for case .failure(let failure) in reasons {
      add("cause", failure.text(for: job))
      if let advice = Explanation.Reason.failure(failure).advice(for: job) { add("try", advice) }
    }
    for case .unended(let leftovers) in reasons {
      add("leftovers", Explanation.Reason.unended(leftovers).text(for: job))
    }
    add("command", job.command)
    add("queue", job.queue)
    add("priority", "\(job.priority)")
    add("attempt", job.attemptText.replacing("/", with: " of "))
    if let since = job.frozenSince { add("frozen", Self.time(since, at: now)) }
    if let progress = job.progress { add("progress", progress.text) }
    add("created", Self.time(job.createdAt, at: now))
    add("updated", Self.time(job.updatedAt, at: now))
    if let runAt = job.runAt { add("run at", Self.time(runAt, at: now)) }
    if let origin = job.origin { add("schedule", Self.text(of: origin, at: now)) }
    add("timeout", job.timeout?.text ?? "none")
    if let key = job.uniqueKey { add("unique key", key) }
    if !job.tags.isEmpty { add("tags", job.tags.joined(separator: ", ")) }
    for rule in job.retryRules.described + job.limits.described { add(rule.name, rule.value) }
    if let directory = job.directory { add("directory", directory) }
    addEnvironment(of: job, showsVariables: showsVariables)
  }

  private mutating func addEnvironment(of job: Job, showsVariables: Bool) {
    let inherits = job.inheritsEnvironment == true
    let count = job.environment.count
    // A whole environment would hide the rest.
    let isHidden = inherits && !showsVariables && count > 0
    add(
      "environment",
      (inherits ? "that of enqueue" : "the worker's")
        + (isHidden ? ": \(count, of: "variable"); --show-env shows them" : ""))
    guard !isHidden else { return }
    for variable in job.environment {
      add("variable", "\(variable.name)=\(showsVariables ? variable.value : "***")")
    }
  }

  /// The reasons, with few of many prerequisites.
  private static func waits(of job: Job, _ reasons: [Explanation.Reason]) -> [String] {
    let most = 3
    let count = job.waitsFor.count + job.morePrerequisites
    guard count > most else { return reasons.map { $0.text(for: job) } }
    // Prerequisites that can't be met come first, because each needs an operator.
    let stuck = reasons.filter { $0.isPrerequisite && $0.needsOperator }
    let others = reasons.filter { !$0.isPrerequisite }
    let first = job.waitsFor.prefix(most).map(\.job.text).joined(separator: ", ")
    return ["it waits for \(count, of: "job"), first: \(first)"]
      + (stuck + others).map { $0.text(for: job) }
  }

  func lines(for terminal: Terminal) -> [String] {
    fields.map { label, text in
      let space = String(repeating: " ", count: Self.labelWidth + 2 - label.count)
      let shown = TerminalText.sanitized(text)
      return label + space + (label == "state" ? terminal.colored(shown, as: state) : shown)
    }
  }

  private mutating func add(_ label: String, _ text: String) { fields.append((label, text)) }

  static func text(of origin: JobOrigin, at now: Moment) -> String {
    let missed =
      origin.standsFor > 0 ? "; also for \(origin.standsFor, of: "missed time") before" : ""
    return "\(origin.schedule), for \(time(origin.time, at: now))\(missed)"
  }

  private static func time(_ time: Timestamp, at now: Moment) -> String {
    let distance =
      time > now.wall ? "in \((time - now.wall).brief)" : "\((now.wall - time).brief) ago"
    return "\(LocalTime.dateAndClock(time)) (\(distance))"
  }
}
