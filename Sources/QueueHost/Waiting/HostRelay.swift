package import QueueCore

/// Hears on this host what was rung on others.
package protocol HostRelay: AnyObject {
  /// Polls readable when there is something to hear; nil while the connection is lost.
  var descriptor: Int32? { get }
  /// When to call ``attend(at:)`` at the latest, in uptime.
  var deadline: Duration { get }
  /// Wakes idle workers of this host if a job may be ready.
  /// - Returns: whether orders to workers and supervisors may be pending.
  func attend(at now: Moment) -> Bool
}
