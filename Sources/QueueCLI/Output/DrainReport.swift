import QueueCore
import QueueHost
import QueueSession

/// The jobs left by `worker start --drain`: dead, refused by the workers because they can't set the
/// limits, or stuck behind unsuccessful prerequisites.
struct DrainReport {
  private let dead: Int
  private let refused: (count: Int, first: Job?)
  private let stuck: Int
  private let first: Job?

  /// - Parameter queues: the served queues; empty for all.
  init(of session: Session, queues: [String]) throws {
    let summary = try session.store.summary()
    let names = queues.isEmpty ? Array(summary.counts.keys) : queues
    dead = names.reduce(0) { $0 + summary.count(.dead, queue: $1) }
    let now = session.clock.now()
    refused = try Self.refused(in: session, names, at: now)
    stuck = summary.unfinished(in: queues) - refused.count
    first =
      stuck == 0
      ? nil
      : try names.lazy.compactMap { name in
        try session.store.jobs(
          JobQuery(states: [.pending], queue: name), limit: 1, after: nil, at: now
        ).jobs.first
      }.first
  }

  /// Counts the jobs whose latest run was refused; all of them, as they were failed just now.
  private static func refused(
    in session: Session, _ queues: [String], at now: Moment
  ) throws -> (Int, Job?) {
    guard !queues.isEmpty else { return (0, nil) }
    var (count, first): (Int, Job?) = (0, nil)
    var query = JobQuery(states: [.failed])
    query.conditions = [JobPredicate(.ended(.refused))]
    var cursor: JobPage.Cursor?
    repeat {
      let page = try session.store.jobs(query, limit: 500, after: cursor, at: now)
      let jobs = page.jobs.filter {
        queues.contains($0.queue) && $0.latestRun?.isRefused == true
      }
      count += jobs.count
      first = jobs.last ?? first
      cursor = page.next
    } while cursor != nil
    return (count, first)
  }

  /// One line; nil if no job is left.
  var text: String? {
    var parts: [String] = []
    if dead > 0 {
      parts.append("\(dead, of: "job") \(dead == 1 ? "is" : "are") dead (queuectl dlq list)")
    }
    if stuck > 0 {
      let why = first.map { " (\(ShellWords.command(["queuectl", "explain", $0.id.text])))" } ?? ""
      parts.append(
        "\(stuck, of: "job") \(stuck == 1 ? "waits" : "wait") for jobs that didn't succeed\(why)")
    }
    if let job = refused.first {
      let why = job.latestRun?.error.map { ": \($0)" } ?? ""
      parts.append(
        "\(refused.count, of: "job") can't run here "
          + "(\(ShellWords.command(["queuectl", "explain", job.id.text])))\(why)")
    }
    return parts.isEmpty ? nil : "drained: " + parts.joined(separator: ", ")
  }
}
