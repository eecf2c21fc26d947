import QueueCore

/// Queue time: a clock in milliseconds that shows the wall's time when a machine starts using the
/// queue, and from then on runs with the uptime. Backoff is measured in it, so that setting the
/// wall clock neither fires all retries at once nor holds them up. It never goes back, not over a
/// boot either.
struct QueueClock {
  let boot: BootID
  let offset: Int64

  func time(at now: Moment) -> Int64 { now.uptime.milliseconds + offset }

  /// How far the wall clock is ahead of queue time, in milliseconds. Whole seconds: the two clocks
  /// are read one after the other, and a stored time has to be shown as the same one each time.
  static func wallAhead(of queueTime: Int64, at now: Moment) -> Int64 {
    let difference = Double(now.wall.milliseconds - queueTime)
    return Int64((difference / 1000).rounded()) * 1000
  }
}

extension SQLiteJobStore {
  /// The queue time now, fixing it for this boot if nobody has. Only inside a write.
  func fixedQueueTime(at now: Moment) throws(StoreError) -> Int64 {
    if let boot = now.boot, try storedClock(at: now) == nil {
      let start = try firstQueueTime(at: now)
      try connection.run("DELETE FROM queue_clock")
      try connection.run(
        "INSERT INTO queue_clock VALUES (?, ?)", boot.text,
        start - now.uptime.milliseconds)
    }
    return try queueTime(at: now)
  }

  /// See ``QueueClock/wallAhead(of:at:)``. Only inside a write.
  func fixedWallAhead(at now: Moment) throws(StoreError) -> Int64 {
    QueueClock.wallAhead(of: try fixedQueueTime(at: now), at: now)
  }

  /// The queue time now. Before the first write of this boot, what that write would fix.
  func queueTime(at now: Moment) throws(StoreError) -> Int64 {
    if let known = try knownQueueTime(at: now) { return known }
    return try firstQueueTime(at: now)
  }

  /// With what queue time begins in a boot: the wall's time, but none before the latest that was
  /// kept. A wall clock that isn't set yet when the machine comes up would hold failed jobs for as
  /// long as it is behind.
  private func firstQueueTime(at now: Moment) throws(StoreError) -> Int64 {
    let latest = try connection.first(
      "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'queue_time'"
    ) { row in row.timestamp(0) }
    return max(now.wall, latest ?? now.wall).milliseconds
  }

  /// Keeps the queue time for the next boot: with each heartbeat, and when a backoff begins, so
  /// that none is left longer than it was. Never an earlier one: who waited for the write lock may
  /// come with a time that is over. Only inside a write.
  func keepQueueTime(at now: Moment) throws(StoreError) {
    try connection.run(
      """
      INSERT INTO meta VALUES ('queue_time', ?)
      ON CONFLICT (key) DO UPDATE
        SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))
      """,
      try fixedQueueTime(at: now))
  }

  /// The queue time now; nil when nobody has fixed it for this boot.
  func knownQueueTime(at now: Moment) throws(StoreError) -> Int64? {
    try storedClock(at: now)?.time(at: now)
  }

  /// Nil, too, for a process that can't read the boot's id: it leaves the offset to others.
  private func storedClock(at now: Moment) throws(StoreError) -> QueueClock? {
    guard let boot = now.boot else { return nil }
    if let queueClock, queueClock.boot == boot { return queueClock }
    queueClock = try connection.first(
      "SELECT offset_ms FROM queue_clock WHERE boot = ?", boot.text
    ) { row in
      QueueClock(boot: boot, offset: row.int64(0))
    }
    return queueClock
  }
}
