/// The times of a job's changes. A process reads the clock before it waits for the store's lock;
/// meanwhile another process may change the same job. Another host's clock may also be ahead.
extension Moment {
  /// Returns the time of a change to a job that was last changed at `last`: this moment, or `last`
  /// if that is later. A difference beyond the longest wait means that the wall clock was set back.
  package func following(_ last: Timestamp) -> Moment {
    guard (wall...latestPredecessor).contains(last) else { return self }
    return Moment(wall: last, uptime: uptime, boot: boot)
  }

  /// The latest time of a change that ``following(_:)`` returns, for SQL.
  package var latestPredecessor: Timestamp { wall + Self.longestLead }

  /// How much later than this reading the job's last change may have been.
  package static let longestLead = BusyTimeout.usual.duration
}
