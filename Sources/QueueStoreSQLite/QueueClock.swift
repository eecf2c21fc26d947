import QueueCore

/// Queue time: a clock in milliseconds that shows the wall's time when a machine starts using the queue, and
/// from then on runs with the uptime. Backoff is measured in it, so that setting the wall clock neither fires all retries at
/// once nor holds them up.
struct QueueClock {
  let boot: BootID
  let offset: Int64

  func time(at now: Moment) -> Int64 { now.uptime.milliseconds + offset }
}

extension SQLiteJobStore {
  /// The queue time now, fixing it for this boot if nobody has. Only inside a write.
  func fixedQueueTime(at now: Moment) throws(StoreError) -> Int64 {
    if try storedClock(at: now) == nil {
      try connection.run("DELETE FROM queue_clock")
      try connection.run(
        "INSERT INTO queue_clock VALUES (?, ?)", now.boot.text,
        now.wall.milliseconds - now.uptime.milliseconds)
    }
    return try queueTime(at: now)
  }

  /// The queue time now. Before the first write of this boot, what that write would fix.
  func queueTime(at now: Moment) throws(StoreError) -> Int64 {
    try knownQueueTime(at: now) ?? now.wall.milliseconds
  }

  /// The queue time now; nil when nobody has fixed it for this boot.
  func knownQueueTime(at now: Moment) throws(StoreError) -> Int64? {
    try storedClock(at: now)?.time(at: now)
  }

  private func storedClock(at now: Moment) throws(StoreError) -> QueueClock? {
    if let queueClock, queueClock.boot == now.boot { return queueClock }
    queueClock = try connection.first(
      "SELECT offset_ms FROM queue_clock WHERE boot = ?", now.boot.text
    ) { row in
      QueueClock(boot: now.boot, offset: row.int64(0))
    }
    return queueClock
  }
}
