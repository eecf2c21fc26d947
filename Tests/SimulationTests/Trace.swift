import QueueCore

/// What happened, to be read when a seed has failed. Kept only when asked for: a seed can be run
/// again.
struct Trace {
  let isKept: Bool
  private(set) var lines: [String] = []

  init(isKept: Bool) { self.isKept = isKept }

  mutating func note(_ line: () -> String) {
    if isKept { lines.append(line()) }
  }

  /// A result in a few words, without what differs from one queue to the next.
  static func text(of result: Any) -> String {
    switch result {
    case ClaimResult.job(let job): "run \(job.run) of \(job.id)"
    case FinishResult.recorded(let next?, _): "recorded, next: \(text(of: next))"
    case FinishResult.cancelled(let next?, _): "cancelled, next: \(text(of: next))"
    case let workers as [WorkerRecord]:
      "\(workers.map { "\($0.id)\($0.current.map { " has \($0.job)" } ?? "")" })"
    case let job as Job: "\(job.id) \(job.state)"
    case let page as ExportPage: "\(page.jobs.map { "\($0.asked.id?.text ?? "") \($0.state)" })"
    case let jobs as [Job]: "\(jobs.map { "\($0.id) \($0.state)" })"
    case is Settings, is QueueSummary: "read"
    default: "\(result)"
    }
  }
}
