package import QueueCore
import QueueHost
import Synchronization

/// The server's wall clock, which all hosts of a queue share, kept between answers by this
/// machine's uptime. Setting the clock of a host changes nothing.
public final class ServerTime: Sendable {
  /// Server time minus uptime, in milliseconds; the largest number before the first answer.
  private let offset = Atomic(Int64.max)

  init() {}

  static var uptime: Duration { SystemClock().now().uptime }

  /// Takes a reading that the server made between two moments, in uptime.
  func set(_ wall: Timestamp, between sent: Duration, and received: Duration) {
    offset.store(
      wall.milliseconds - ((sent + received) / 2).milliseconds, ordering: .relaxed)
  }

  /// What ``wasSet(since:)`` compares.
  var reading: Int64 { offset.load(ordering: .relaxed) }

  /// Whether the server's clock was set since an earlier reading of ``reading``.
  func wasSet(since earlier: Int64) -> Bool {
    earlier != .max && abs(reading - earlier) > Self.drift
  }

  /// As for the clocks of one boot.
  private static let drift: Int64 = 60_000

  /// Returns the moment with the server's wall time; as it is before the server has told it.
  package func applied(to moment: Moment) -> Moment {
    let offset = offset.load(ordering: .relaxed)
    guard offset != .max else { return moment }
    var moment = moment
    moment.wall = Timestamp(milliseconds: moment.uptime.milliseconds + offset)
    return moment
  }
}
