import QueueCore
import QueueHost
import QueueSession

/// The jobs left by `worker start --drain`: dead, or stuck behind unsuccessful prerequisites.
struct DrainReport {
  private let dead: Int
  private let stuck: Int
  private let first: Job?

  /// - Parameter queues: the served queues; empty for all.
  init(of session: Session, queues: [String]) throws {
    let summary = try session.store.summary()
    let names = queues.isEmpty ? Array(summary.counts.keys) : queues
    dead = names.reduce(0) { $0 + summary.count(.dead, queue: $1) }
    stuck = summary.unfinished(in: queues)
    let now = session.clock.now()
    first =
      stuck == 0
      ? nil
      : try names.lazy.compactMap { name in
        try session.store.jobs(
          JobQuery(states: [.pending], queue: name), limit: 1, after: nil, at: now
        ).jobs.first
      }.first
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
    return parts.isEmpty ? nil : "drained: " + parts.joined(separator: ", ")
  }
}
