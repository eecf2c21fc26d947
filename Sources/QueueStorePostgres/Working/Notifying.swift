package import QueueCore
package import QueueHost

/// Wakes processes of other hosts. Nothing depends on it: they also poll every `poll-interval`.
extension PostgresJobStore {
  /// The channel of the queue's notifications.
  static func channel(of schema: String) -> String { "queuectl:\(schema)" }

  /// Notifies other hosts after a commit, in a separate transaction: in the one that inserts jobs,
  /// a notification would serialize commits on the server.
  /// - Parameter site: the site of this host's workers, which are woken without the server.
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
    // Processes that wait for an end poll often enough.
    case .end: break
    }
  }

  /// Notifies the host of an active run that its output is requested.
  package func notifyOfWantedOutput() { notify("output") }

  /// Sends a notification to all listeners of the queue.
  func notify(_ payload: String) {
    _ = try? connection.run("SELECT pg_notify($1, $2)", channel, payload)
  }

  private var channel: String { Self.channel(of: connection.address.schema) }
}
