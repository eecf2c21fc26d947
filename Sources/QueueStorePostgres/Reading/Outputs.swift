package import QueueCore

/// The output of runs, for hosts that don't have their logs.
extension PostgresJobStore {
  /// Returns the kept parts of an ended run's output, and the host with the whole; nil for none.
  package func keptOutput(of run: RunID) throws(StoreError) -> (output: RunOutput, host: String)? {
    try connection.first(
      "SELECT size, head, tail, host FROM @.outputs WHERE run = $1", run
    ) { row in
      (RunOutput(size: row.int(0), head: row.bytes(1), tail: row.bytes(2)), row.text(3))
    }
  }

  /// Asks the host of an active run to send its output, from now on and for that long.
  package func wantOutput(
    of run: RunID, for time: Duration, at now: Moment
  ) throws(StoreError) {
    try change { () throws(StoreError) in
      _ = try connection.run(
        """
        INSERT INTO @.wanted_outputs VALUES ($1, $2)
        ON CONFLICT (run) DO UPDATE SET expires = excluded.expires
        """,
        run, now.wall + time)
    }
  }

  /// Returns the runs whose output is wanted: active ones of a site's workers, and ended ones whose
  /// logs are in its directory, with their sizes.
  package func wantedOutputs(
    of site: Site, at now: Moment
  ) throws(StoreError) -> [(run: RunID, size: Int?)] {
    try connection.all(
      """
      SELECT w.run, CASE WHEN r.finished_at IS NOT NULL THEN o.size END
      FROM @.wanted_outputs w JOIN @.runs r ON r.id = w.run
      LEFT JOIN @.workers k ON k.id = r.worker LEFT JOIN @.outputs o ON o.run = w.run
      WHERE w.expires > $1 AND CASE WHEN r.finished_at IS NULL THEN k.namespaces = $2
        ELSE split_part(split_part(o.site, ' ', 1), '@', 2) = $3 END
      """,
      now.wall, site.text, site.locks
    ) { row in (RunID(row.int64(0)), row.isNull(1) ? nil : row.int(1)) }
  }

  /// Sends parts of an active run's output.
  package func sendOutput(
    of run: RunID, _ parts: [(offset: Int, bytes: [UInt8])]
  ) throws(StoreError) {
    try change { () throws(StoreError) in
      for part in parts where !part.bytes.isEmpty {
        try connection.run(
          "INSERT INTO @.output_pieces VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", run,
          part.offset, Bytes(part.bytes))
      }
    }
  }

  /// Returns the parts of an active run's output that were sent, from an offset on.
  package func sentOutput(
    of run: RunID, from offset: Int
  ) throws(StoreError) -> [(offset: Int, bytes: [UInt8])] {
    try connection.all(
      "SELECT at, bytes FROM @.output_pieces WHERE run = $1 AND at >= $2 ORDER BY at", run, offset
    ) { row in (row.int(0), row.bytes(1)) }
  }

  /// Removes sent output that is no longer followed.
  package func forgetSentOutputs(at now: Moment) throws(StoreError) {
    try change { () throws(StoreError) in
      try connection.run("DELETE FROM @.wanted_outputs WHERE expires <= $1", now.wall)
      try connection.run(
        """
        DELETE FROM @.output_pieces p WHERE NOT EXISTS (
          SELECT 1 FROM @.wanted_outputs WHERE run = p.run)
        """)
      _ = try connection.run(
        """
        DELETE FROM @.asked_parts p WHERE NOT EXISTS (
          SELECT 1 FROM @.wanted_outputs WHERE run = p.run)
        """)
    }
  }
}
