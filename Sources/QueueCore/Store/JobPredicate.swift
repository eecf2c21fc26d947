/// A filter condition on jobs; stores implement their own test, see ``JobQuery/conditions``.
public struct JobPredicate: Equatable, Sendable {
  /// Whether the condition is inverted.
  public var isNegated: Bool
  /// The tested property.
  public var test: Test

  /// A test of one property. Text matches as a substring, ignoring ASCII case.
  public enum Test: Equatable, Sendable {
    /// In the id, the command or the latest run's error.
    case anywhere(String)
    case id(String)
    case command(String)
    /// In the latest run's error.
    case error(String)
    /// The latest run's ``RunEnd/shellStatus``.
    case exit(ExitStatusSet)
    /// How the latest run ended.
    case ended(RunEnd)
    /// The worker of the latest run is one of these.
    case workers([WorkerID])
    case state(JobState)
    case queue(String)
    case priority(Comparison, Int)
    /// It has this tag.
    case tag(String)
    /// The name that the schedule which enqueued the job had then.
    case schedule(String)
    /// The run time of the latest run, up to that moment if it goes on.
    case runTime(Comparison, Duration, at: Timestamp)
    case attempts(Comparison, Int)
    /// When the job's state last changed.
    case updated(Comparison, Timestamp)
    /// It can't run before another job is retried or removed: it waits, maybe through others, for
    /// the success of a dead or cancelled job.
    case blocked
  }

  /// How the job's value compares with the given one.
  public enum Comparison: Equatable, Sendable {
    case below
    case equal
    case above

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
      switch self {
      case .below: left < right
      case .equal: left == right
      case .above: left > right
      }
    }
  }

  /// Memberwise initializer.
  public init(_ test: Test, isNegated: Bool = false) {
    self.test = test
    self.isNegated = isNegated
  }

  /// Whether `job` meets the condition; for ``Test/blocked``, only its own prerequisites count.
  public func holds(for job: Job) -> Bool { test.holds(for: job) != isNegated }
}

extension JobPredicate.Test {
  fileprivate func holds(for job: Job) -> Bool {
    let run = job.latestRun
    return switch self {
    case .anywhere(let text):
      [job.id.text, job.command, run?.error ?? ""].contains { text.isIn($0) }
    case .id(let text): text.isIn(job.id.text)
    case .command(let text): text.isIn(job.command)
    case .error(let text): text.isIn(run?.error ?? "")
    case .exit(let statuses): run?.end?.shellStatus.map { statuses.contains($0) } ?? false
    case .ended(let end): run?.end == end
    case .workers(let workers): run.map { workers.contains($0.worker) } ?? false
    case .state(let state): job.state == state
    case .queue(let name): job.queue == name
    case .priority(let comparison, let number): comparison.holds(job.priority, number)
    case .tag(let tag): job.tags.contains(tag)
    case .schedule(let name): job.origin?.schedule == name
    case .runTime(let comparison, let time, let now):
      run.map { comparison.holds($0.elapsed ?? now - $0.startedAt, time) } ?? false
    case .attempts(let comparison, let count): comparison.holds(job.attempts, count)
    case .updated(let comparison, let time): comparison.holds(job.updatedAt, time)
    case .blocked: job.waitsFor.contains(where: \.isStuck)
    }
  }
}

extension String {
  /// Whether `text` contains this text, ignoring ASCII case only.
  fileprivate func isIn(_ text: String) -> Bool { text.foldedBytes.contains(foldedBytes) }

  private var foldedBytes: [UInt8] {
    utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }
}
