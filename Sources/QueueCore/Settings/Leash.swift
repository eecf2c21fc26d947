/// When a worker that has lost touch with a server ends its run: early enough that all its
/// processes are killed before another host may claim the job.
package struct Leash: Equatable, Sendable {
  /// How long a run goes on after the last heartbeat that was answered was sent.
  package let length: Duration
  /// The time from SIGTERM to SIGKILL at its end.
  package let grace: Duration

  /// Leaves a tenth of the lease, and at least 5 s, for clocks that run at different rates and for
  /// a call that is under way. At 30 s, the shortest lease, the run has 15 s.
  /// - Parameter lease: what the worker is registered with, at least.
  package init(_ settings: Settings, lease: Duration) {
    grace = min(settings.killGrace, lease / 3)
    length = lease - max(lease / 10, .seconds(5)) - grace
  }

  /// How old the latest heartbeat may be when a job is started.
  package var freshness: Duration { length / 2 }
}
