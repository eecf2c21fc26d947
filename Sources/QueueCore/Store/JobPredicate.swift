/// One thing that may hold for a job, or not: what filters are made of. A store tests it in its own
/// way, see ``JobQuery/conditions``.
public struct JobPredicate: Equatable, Sendable {
  /// Whether it is met by the jobs for which the test doesn't hold.
  public var isNegated: Bool
  /// What is looked at.
  public var test: Test

  /// What is looked at of a job. Text is found anywhere in it, upper and lower case alike for
  /// ASCII.
  public enum Test: Equatable, Sendable {
    /// The id, the command or the last error has this text.
    case anywhere(String)
    /// The id has it.
    case id(String)
    /// The command has it.
    case command(String)
    /// The last error has it.
    case error(String)
    /// The latest run ended with this exit status.
    case exit(Int)
    /// The latest run has this ``RunEnd/shellStatus``.
    case shellStatus(Int)
    /// The latest run ended so.
    case ended(RunEnd)
    /// The latest run is, or was, this worker's.
    case worker(WorkerID)
    /// It belongs to this queue.
    case queue(String)
    /// So many of its runs ended by its own doing.
    case attempts(Comparison, Int)
    /// It came into its state then.
    case updated(Comparison, Timestamp)
  }

  /// How a value of the job, on the left, compares.
  public enum Comparison: Equatable, Sendable {
    /// It is less, or earlier.
    case below
    /// It is the same.
    case equal
    /// It is more, or later.
    case above

    func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
      switch self {
      case .below: left < right
      case .equal: left == right
      case .above: left > right
      }
    }
  }

  /// Both parts.
  public init(_ test: Test, isNegated: Bool = false) {
    self.test = test
    self.isNegated = isNegated
  }

  /// Whether a job meets it.
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
    case .exit(let code): run?.end?.exitCode == code
    case .shellStatus(let status): run?.end?.shellStatus == status
    case .ended(let end): run?.end == end
    case .worker(let worker): run?.worker == worker
    case .queue(let name): job.queue == name
    case .attempts(let comparison, let count): comparison.holds(job.attempts, count)
    case .updated(let comparison, let time): comparison.holds(job.updatedAt, time)
    }
  }
}

extension String {
  /// Whether another text has this one in it, upper and lower case alike for ASCII and for nothing
  /// else.
  fileprivate func isIn(_ text: String) -> Bool { text.foldedBytes.contains(foldedBytes) }

  private var foldedBytes: [UInt8] {
    utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }
}
