import QueueCore

/// How long workers of other hosts have been silent, on this process's own clock: no clocks of two
/// hosts are compared, so neither steps nor drift end a lease.
final class ObservedSilence {
  /// A heartbeat by the worker's own uptime, and when this process first saw it.
  private var seen: [WorkerID: (heartbeat: Duration, since: Duration)] = [:]

  /// More than most queues have workers.
  private static let capacity = 4096

  /// Returns the time since this process first saw the worker's latest heartbeat.
  /// - Parameter uptime: read after the record was.
  func silence(of worker: WorkerRecord, at uptime: Duration) -> Duration {
    if let known = seen[worker.id], known.heartbeat == worker.heartbeatUptime {
      return uptime - known.since
    }
    // Forgotten workers get a new lease.
    if seen.count >= Self.capacity { seen = [:] }
    seen[worker.id] = (worker.heartbeatUptime, uptime)
    return .zero
  }
}
