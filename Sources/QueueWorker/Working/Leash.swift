import QueueCore

/// When a worker that has lost touch with a server ends its run: early enough that all its
/// processes are killed before another host may claim the job.
struct Leash: Equatable, Sendable {
  /// When the last heartbeat that was answered was sent, in uptime.
  let heardAt: Duration
  /// When the run is ended, in uptime.
  let end: Duration
  /// The time from SIGTERM to SIGKILL.
  let grace: Duration
  private let freshUntil: Duration

  /// Leaves a tenth of the lease, and at least 5 s, for clocks that run at different rates and for
  /// a call that is under way. At 30 s, the shortest lease, the run has 15 s.
  /// - Parameter lease: what the worker is registered with, at least.
  init(_ settings: Settings, lease: Duration, heardAt: Duration) {
    self.heardAt = heardAt
    grace = min(settings.killGrace, lease / 3)
    let length = lease - max(lease / 10, .seconds(5)) - grace
    end = heardAt + length
    freshUntil = heardAt + length / 2
  }

  /// Whether a job that was claimed may be started.
  func allowsStart(at now: Duration) -> Bool { now <= freshUntil }
}
