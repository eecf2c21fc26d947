public import QueueCore

/// The facts that a ``ScheduleExplanation`` is derived from.
public struct ScheduleFacts: Sendable {
  /// The schedule.
  public var schedule: Schedule
  /// Why its zone can't be read here; nil if it can.
  public var zoneProblem: InvalidJob?
  /// Its history, newest first.
  public var history: [Occurrence]
  /// How many workers run.
  public var workerCount: Int
  /// Whether one of them serves the queue of its jobs.
  public var isServed: Bool
  /// Whether all of them were started with `--drain`, and so enqueue nothing later.
  public var areDraining = false
  /// Time until a supervisor starts a worker; nil if none will.
  public var restart: Duration?
  /// Pauses and limits of queues.
  public var controls: QueueControls

  /// All of them.
  public init(
    _ schedule: Schedule, zoneProblem: InvalidJob? = nil, history: [Occurrence] = [],
    workerCount: Int, isServed: Bool, restart: Duration? = nil, controls: QueueControls
  ) {
    self.schedule = schedule
    self.zoneProblem = zoneProblem
    self.history = history
    self.workerCount = workerCount
    self.isServed = isServed
    self.restart = restart
    self.controls = controls
  }
}

/// Why a schedule enqueues nothing, or why its jobs don't complete: every obstacle at once.
public struct ScheduleExplanation: Equatable, Sendable {
  /// The obstacle to clear first comes first; empty for none.
  public var reasons: [Reason]

  /// One obstacle.
  public struct Reason: Equatable, Sendable {
    /// The machine-readable name, used in JSON.
    public var word: String
    /// A clause that doesn't name the schedule.
    public var text: String
    /// The shell command that helps; nil if there is none.
    public var advice: String?

    /// All of its parts.
    public init(word: String, text: String, advice: String? = nil) {
      self.word = word
      self.text = text
      self.advice = advice
    }
  }

  /// Collects the obstacles of a schedule.
  /// - Parameter clock: writes a time as the schedule's clocks show it.
  public init(_ facts: ScheduleFacts, at now: Timestamp, clock: (Timestamp) -> String) {
    var check = ScheduleCheck.display
    check.mustGoOn = true
    let faults = facts.schedule.faults(check, at: now)
    reasons = Self.reasons(of: faults, facts, clock: clock)
    guard facts.schedule.pausedAt == nil, facts.schedule.nextAt != nil else { return }
    if facts.workerCount == 0, !faults.contains(where: \.isLate) {
      reasons.append(
        facts.restart.map { Reason(word: "worker_restarts", text: Self.restart(in: $0)) }
          ?? Reason(word: "no_worker", text: "no worker runs", advice: Self.start()))
    }
    if facts.areDraining, !faults.contains(where: \.isLate) {
      reasons.append(
        Reason(word: "workers_drain", text: Self.draining, advice: Self.start()))
    }
    reasons += Self.hindrances(of: facts)
  }

  /// The reasons for faults, in the same order.
  public static func reasons(
    of faults: [ScheduleFault], _ facts: ScheduleFacts, clock: (Timestamp) -> String
  ) -> [Reason] {
    faults.map { reason(of: $0, facts, clock) }
  }

  private static func reason(
    of fault: ScheduleFault, _ facts: ScheduleFacts, _ clock: (Timestamp) -> String
  ) -> Reason {
    let name = facts.schedule.name
    switch fault {
    case .broken(let problem):
      return Reason(word: "broken", text: problem, advice: command("schedule", "show", name))
    case .late(let late): return Self.late(late, facts)
    case .skipping(let times): return skipping(times, facts)
    case .failing(let count): return failing(count, facts)
    case .overdue(let age, let success):
      let since =
        success.map { "the last was \(clock($0)), \(Self.distance(age))" }
        ?? "the schedule was added \(Self.distance(age))"
      return Reason(
        word: "overdue", text: "no recent success: \(since)\(missed(since: success, facts))",
        advice: command("schedule", "show", name))
    case .paused(let time):
      return Reason(
        word: "paused", text: "paused since \(clock(time))",
        advice: command("schedule", "resume", name))
    case .ended: return Reason(word: "ended", text: "ended: it is never due again")
    }
  }

  private static func distance(_ age: Duration) -> String {
    age < .zero ? "\((.zero - age).brief) ahead: was the clock set back?" : "\(age.brief) ago"
  }

  private static func late(_ late: Duration, _ facts: ScheduleFacts) -> Reason {
    let start = "late by \(late.brief)"
    if let problem = facts.zoneProblem {
      return Reason(
        word: "no_zone", text: "\(start): this machine can't read its time zone: \(problem)")
    }
    if facts.workerCount == 0 {
      if let restart = facts.restart {
        return Reason(word: "late", text: "\(start): \(Self.restart(in: restart))")
      }
      return Reason(word: "late", text: "\(start): no worker runs", advice: Self.start())
    }
    if facts.areDraining {
      return Reason(word: "late", text: "\(start): \(draining)", advice: Self.start())
    }
    let workers = "\(facts.workerCount, of: "worker") \(facts.workerCount == 1 ? "runs" : "run")"
    return Reason(
      word: "late", text: "\(start), although \(workers): doctor checks them and names their log",
      advice: command("doctor"))
  }

  private static func skipping(_ times: Int, _ facts: ScheduleFacts) -> Reason {
    let start = "the last \(times, of: "time") \(times == 1 ? "was" : "were") skipped"
    guard let job = facts.history.unfinishedJob else {
      return Reason(word: "skipping", text: start)
    }
    let state = job.state == .processing ? "running" : job.state.rawValue
    return Reason(
      word: "skipping", text: "\(start), because its job \(job.id) is \(state)",
      advice: command("explain", job.id.text))
  }

  private static func failing(_ count: Int, _ facts: ScheduleFacts) -> Reason {
    let start = count == 1 ? "its last job died" : "its last \(count) jobs died"
    guard let job = facts.history.lazy.compactMap(\.job).first(where: { $0.state == .dead }) else {
      return Reason(word: "failing", text: start)
    }
    let status = job.exitCode.map { ", exit status \($0)" } ?? ""
    return Reason(
      word: "failing", text: "\(start): \(job.id)\(status)", advice: command("logs", job.id.text))
  }

  /// The times without a job since the last success, if history has some.
  private static func missed(since success: Timestamp?, _ facts: ScheduleFacts) -> String {
    let count = facts.history
      .filter { $0.fate == .missed && $0.at > success ?? .earliest }.map(\.times).reduce(0, +)
    return count == 0 ? "" : "; \(count, of: "time") missed since"
  }

  /// Why its jobs don't run, although they are enqueued.
  private static func hindrances(of facts: ScheduleFacts) -> [Reason] {
    let queue = facts.schedule.spec.job.queue
    var reasons: [Reason] = []
    if facts.controls.isEverythingPaused {
      reasons.append(
        Reason(
          word: "everything_paused", text: "everything is paused: its jobs wait",
          advice: command("queue", "resume", "--all")))
    }
    let control = facts.controls.queues.first { $0.name == queue }
    if control?.isPaused == true {
      reasons.append(
        Reason(
          word: "queue_paused", text: "its queue \"\(queue)\" is paused: its jobs wait",
          advice: command("queue", "resume", queue)))
    }
    if control?.runningLimit == 0 {
      reasons.append(
        Reason(
          word: "queue_paused", text: "its queue \"\(queue)\" has a limit of 0",
          advice: command("queue", "limit", queue, "1")))
    }
    if facts.workerCount > 0, !facts.isServed {
      reasons.append(
        Reason(
          word: "no_worker_for_queue", text: "no worker serves its queue \"\(queue)\"",
          advice: command("worker", "start", "--queue", queue)))
    }
    return reasons
  }

  private static func restart(in wait: Duration) -> String {
    "no worker runs; one starts " + (wait > .zero ? "in \(wait.brief)" : "now")
  }

  private static let draining =
    "the only workers were started with --drain: they enqueue what is due at their start"

  private static func start() -> String { command("worker", "start") }

  private static func command(_ words: String...) -> String {
    ShellWords.command(["queuectl"] + words)
  }
}

extension Sequence<Occurrence> {
  /// The job that has later times skipped; nil if all have ended.
  public var unfinishedJob: Occurrence.Enqueued? {
    lazy.compactMap(\.job).first { $0.state.isUnfinished }
  }
}

extension ScheduleFault {
  fileprivate var isLate: Bool {
    if case .late = self { true } else { false }
  }
}
