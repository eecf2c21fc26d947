public import QueueCore

/// A cause of a job's latest failure that calls for a remedy of its own: a limit, a signal, a
/// command that couldn't start, a lost worker. Other exit statuses are the command's own.
public enum RunFailure: Equatable, Sendable {
  /// Its timeout ended the run after this time.
  case timedOut(after: Duration?)
  /// The kernel killed it because it exceeded this limit, in bytes.
  case overMemory(Int)
  /// A signal that queuectl didn't send ended it, or a program of it, as its shell reported.
  case signaled(Int, byShell: Bool)
  /// The shell didn't find the command.
  case notFound
  /// The shell found the command, but couldn't execute it.
  case notExecutable
  /// The worker couldn't start it: its directory can't be entered, or the command is too large.
  case notStarted(status: Int)
  /// The worker didn't start it, because it can't set the job's limits.
  case refused
  case lost

  /// Nil for success, for an exit status of the command's own, and for an end that was ordered.
  public init?(_ run: Run) {
    if let limit = run.error.flatMap({ RunReport.memoryLimit(inError: $0) }) {
      self = .overMemory(limit)
      return
    }
    switch run.end {
    case .timedOut: self = .timedOut(after: run.elapsed)
    case .signaled(let signal): self = .signaled(signal, byShell: false)
    case .exited(126): self = .notExecutable
    case .exited(127): self = .notFound
    case .exited(let status):
      let signal = status - RunEnd.signalBase
      guard RunEnd.signaled(signal).hasName else { return nil }
      self = .signaled(signal, byShell: true)
    case .notStarted(let status): self = .notStarted(status: status)
    case .snoozed where run.isRefused: self = .refused
    case .lost: self = .lost
    case .snoozed, .accepted, .stopped, .cancelled, nil: return nil
    }
  }

  /// The machine-readable name, used in JSON.
  public var word: String {
    switch self {
    case .timedOut: "timed_out"
    case .overMemory: "over_memory"
    case .signaled: "signaled"
    case .notFound: "command_not_found"
    case .notExecutable: "command_not_executable"
    case .notStarted: "not_started"
    case .refused: "limits_not_set"
    case .lost: "worker_lost"
    }
  }

  /// The cause and the remedy, as a clause that doesn't name the job.
  public func text(for job: Job) -> String {
    switch self {
    case .timedOut(let time):
      "its timeout ended the last run" + (time.map { " after \($0.brief)" } ?? "")
        + (mayRaise(for: job)
          ? ": raise it before the next run"
          : job.timeout.map { "; it is \($0.text) by now" } ?? "; it has none by now")
    case .overMemory(let limit):
      "the kernel killed its last run at the memory limit of \(ByteCount.text(limit))"
        + (mayRaise(for: job)
          ? ": raise it before the next run"
          : job.limits.memoryBytes.map { "; it is \(ByteCount.text($0)) by now" }
            ?? "; it has none by now")
    case .signaled(let signal, let isByShell):
      (isByShell
        ? "its shell reports that \(Self.name(signal)) ended the command"
        : "\(Self.name(signal)), not sent by queuectl, ended the last run")
        + Self.origin(of: signal)
    case .notFound:
      lacksPath(job)
        ? "the shell didn't find the command: copy your PATH, or use the full path"
        : "the shell didn't find the command: correct its name or path"
    case .notExecutable:
      "the command can't be executed: it must be a program that the worker may execute (chmod +x)"
    case .notStarted(127): "the worker can't enter its directory: create it, or set another"
    case .notStarted: "the command is too large for the kernel: put it into a file"
    case .refused:
      "the worker can't set its limits: run it without, or start a worker that can set them"
    case .lost:
      "\(job.latestRun.map { "\($0.worker)" } ?? "its worker") died or was cut off during the "
        + "last run"
        + (job.state == .dead
          ? ", as others before: the job may be the cause" : "; no retry is spent")
    }
  }

  /// The words of the `queuectl` command that helps; nil for none.
  func advice(for job: Job) -> [String]? {
    let id = job.id.text
    switch self {
    case .timedOut:
      guard mayRaise(for: job), let timeout = job.timeout else { return nil }
      let text = (timeout * 2).text
      return Duration(text: text) == nil ? nil : ["edit", id, "--timeout", text]
    case .overMemory(let limit):
      guard mayRaise(for: job) else { return nil }
      let next = min(limit * 2, ResourceLimits.memorySizes.upperBound)
      return ["edit", id, "--memory", ByteCount.text(next)]
    case .signaled, .lost: return ["logs", id]
    case .notFound where lacksPath(job): return ["edit", id, "--env", "PATH"]
    case .notFound, .notExecutable: return ["retry", id, "--edit"]
    case .notStarted(127): return ["edit", id, "--cwd", "."]
    case .notStarted: return ["retry", id, "--edit"]
    case .refused: return ["edit", id, "--best-effort"]
    }
  }

  /// Whether the job has the limit that ended its run; it may have been edited since.
  private func mayRaise(for job: Job) -> Bool {
    switch self {
    case .timedOut(let time): job.timeout.map { $0 <= time ?? $0 } ?? false
    case .overMemory(let limit): job.limits.memoryBytes.map { $0 <= limit } ?? false
    default: false
    }
  }

  /// Whether the job runs with the worker's PATH.
  /// Whether the search for the command may be what fails. A name with a slash isn't searched for.
  private func lacksPath(_ job: Job) -> Bool {
    let isPath = job.command.prefix { $0 != " " }.contains("/")
    return !isPath && job.inheritsEnvironment != true
      && !job.environment.contains { $0.name == "PATH" }
  }

  private static func name(_ signal: Int) -> String {
    "signal \(signal)"
      + (RunEnd.signaled(signal).hasName ? " (\(RunEnd.signaled(signal).short))" : "")
  }

  private static func origin(of signal: Int) -> String {
    switch signal {
    case 4, 6, 7, 8, 11: ": the program crashed"
    case 9: ": the kernel sends it when memory runs out (see dmesg)"
    case 13: ": it wrote to a closed pipe"
    default: ""
    }
  }
}
