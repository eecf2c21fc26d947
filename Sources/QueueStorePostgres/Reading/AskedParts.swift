package import QueueCore

/// Parts of ended runs' logs, which the host with the log sends on request.
extension PostgresJobStore {
  /// The answer to a request for the output at an offset.
  package struct LogPart: Equatable {
    package let offset: Int
    /// Empty if there is no output before ``next``.
    package let bytes: [UInt8]
    /// Where later output begins; the offset itself if the log is missing or ends there.
    package let next: Int

    /// Memberwise initializer.
    package init(offset: Int, bytes: [UInt8], next: Int) {
      (self.offset, self.bytes, self.next) = (offset, bytes, next)
    }
  }

  /// Requests the output at these offsets. Parts that were requested before aren't sent twice.
  /// - Returns: false, with nothing requested, if no worker of the host with the log is alive.
  package func askForParts(
    of run: RunID, at offsets: [Int], for time: Duration, at now: Moment
  ) throws(StoreError) -> Bool {
    try change { () throws(StoreError) in
      let isAsked = try connection.first(
        """
        INSERT INTO @.wanted_outputs SELECT o.run, $2::bigint FROM @.outputs o
          WHERE o.run = $1 AND EXISTS (
            SELECT 1 FROM @.workers w WHERE NOT w.evicted AND w.heartbeat_at > $3 - w.lease_ms
              AND split_part(split_part(w.namespaces, ' ', 1), '@', 2)
                = nullif(split_part(split_part(o.site, ' ', 1), '@', 2), ''))
          ON CONFLICT (run) DO UPDATE SET expires = excluded.expires RETURNING run
        """,
        run, now.wall + time, now.wall
      ) { row in row.int64(0) }
      guard isAsked != nil else { return false }
      try connection.run(
        """
        INSERT INTO @.asked_parts (run, at) SELECT $1, unnest($2::bigint[]) ON CONFLICT DO NOTHING
        """,
        run, PostgresArray(offsets.map(Int64.init)))
      return true
    }
  }

  /// Returns the offsets of the parts that are to be sent, at most as many.
  package func askedParts(of run: RunID, atMost limit: Int) throws(StoreError) -> [Int] {
    try connection.all(
      "SELECT at FROM @.asked_parts WHERE run = $1 AND bytes IS NULL ORDER BY at LIMIT $2", run,
      limit
    ) { row in row.int(0) }
  }

  /// Sends requested parts.
  package func send(_ parts: [LogPart], of run: RunID) throws(StoreError) {
    try change { () throws(StoreError) in
      for part in parts {
        try connection.run(
          "UPDATE @.asked_parts SET bytes = $3, next = $4 WHERE run = $1 AND at = $2", run,
          part.offset, Bytes(part.bytes), part.next)
      }
    }
  }

  /// Returns the parts that were sent for the offsets in a range.
  package func sentParts(of run: RunID, in range: Range<Int>) throws(StoreError) -> [LogPart] {
    try connection.all(
      """
      SELECT at, bytes, next FROM @.asked_parts
      WHERE run = $1 AND at >= $2 AND at < $3 AND bytes IS NOT NULL ORDER BY at
      """,
      run, range.lowerBound, range.upperBound
    ) { row in LogPart(offset: row.int(0), bytes: row.bytes(1), next: row.int(2)) }
  }

  /// Removes parts once they are in the copy. A second reader requests them again.
  package func forgetParts(of run: RunID, in range: Range<Int>) throws(StoreError) {
    try change { () throws(StoreError) in
      _ = try connection.run(
        "DELETE FROM @.asked_parts WHERE run = $1 AND at >= $2 AND at < $3", run,
        range.lowerBound, range.upperBound)
    }
  }
}
