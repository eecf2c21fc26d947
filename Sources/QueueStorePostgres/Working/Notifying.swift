package import QueueCore
package import QueueHost

/// Wakes processes of other hosts. Nothing depends on it: they also look every `poll-interval`.
extension PostgresJobStore {
  /// The channel of the queue's notifications.
  static func channel(of schema: String) -> String { "queuectl:\(schema)" }

  /// Notifies other hosts after a commit. A notification is a transaction of its own: within one
  /// that inserts jobs, the server would let commits wait for each other.
  /// - Parameter site: that of the workers of this host, which are woken without the server.
  package func notifyOthers(than site: Site?, _ tone: Tone) {
    switch tone {
    case .work:
      // Busy workers claim the job anyway.
      _ = try? connection.run(
        """
        SELECT pg_notify($1, 'work') WHERE (SELECT count(*) FROM @.workers
          WHERE namespaces IS DISTINCT FROM $2 AND NOT evicted) > (SELECT count(*) FROM @.work x
          JOIN @.runs r ON r.id = x.run JOIN @.workers w ON w.id = r.worker
          WHERE x.state = 'processing' AND w.namespaces IS DISTINCT FROM $2)
        """,
        channel, site?.text)
    case .orders(let processes):
      guard processes.contains(where: { $0.site != site }) else { return }
      notify("orders")
    // Processes that wait for an end look at it soon enough.
    case .end: break
    }
  }

  /// Lets the host of an active run look for what is wanted of its output.
  package func notifyOfWantedOutput() { notify("output") }

  /// Sends a notification of its own to all listeners of the queue.
  func notify(_ payload: String) {
    _ = try? connection.run("SELECT pg_notify($1, $2)", channel, payload)
  }

  private var channel: String { Self.channel(of: connection.address.schema) }
}
