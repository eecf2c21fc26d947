package import QueueCore

/// Receives on this host the notifications sent by others.
package protocol HostRelay: AnyObject {
  /// Polls readable when a notification has arrived; nil while the connection is lost.
  var descriptor: Int32? { get }
  /// When to call ``attend(at:)`` at the latest, in uptime.
  var deadline: Duration { get }
  /// Wakes idle workers of this host if a job may be ready.
  /// - Returns: whether orders to workers and supervisors may be pending.
  func attend(at now: Moment) -> Bool
}
