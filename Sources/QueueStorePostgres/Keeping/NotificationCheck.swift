import QueueCore
import QueueHost

extension PostgresJobStore {
  /// Sends a notification to itself; call it outside transactions. Nil on a standby, which sends
  /// none.
  func notificationCheck() throws(StoreError) -> Finding? {
    let isStandby = try connection.first("SELECT pg_is_in_recovery()") { row in row.bool(0) }
    guard isStandby == false else { return nil }
    let late = "jobs of other hosts start within poll-interval"
    return switch try ServerListener(connection.address, through: self).test() {
    case .heard: Finding(.ok, "notifications", "arrive")
    case .deaf:
      Finding(
        .note, "notifications", "don't arrive, as behind a pooler in transaction mode: \(late)",
        advice: "add the server's own address to the pooler's: listen=ADDRESS")
    case .unreachable:
      Finding(
        .note, "notifications",
        "\(connection.address.forListening.shown) can't be reached: \(late)",
        advice: "correct listen=ADDRESS, or raise max_connections on the server")
    }
  }
}

extension ServerListener {
  /// Whether a notification to itself has arrived.
  enum Hearing {
    case heard, deaf, unreachable
  }

  /// Connects, sends a notification and waits for it, a second at most.
  func test() -> Hearing {
    let clock = SystemClock()
    _ = listen(at: clock.now().uptime)
    while let rest = untilEcho(at: clock.now().uptime), let descriptor {
      Poll.wait(for: [descriptor], atMost: rest)
      _ = listen(at: clock.now().uptime)
    }
    return descriptor == nil ? .unreachable : isDeaf ? .deaf : .heard
  }
}
