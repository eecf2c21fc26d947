public import QueueCore

extension PostgresJobStore {
  /// Stores progress if `runName` is active.
  public func setProgress(
    _ progress: JobProgress, of runName: String, at now: Moment
  ) throws(StoreError) -> Bool {
    guard let run = run(named: runName) else { return false }
    return try change { () throws(StoreError) in
      try connection.run(
        """
        INSERT INTO @.progress (job, run, percent, message, updated_at)
        SELECT s.seq, s.run, $2, $3, $4 FROM @.runs r JOIN @.work s ON s.seq = r.job
        WHERE r.id = $1 AND s.run = $1 AND s.state = 'processing'
        ON CONFLICT (job) DO UPDATE SET run = $1, percent = $2, message = $3, updated_at = $4
        """,
        run, progress.percent, progress.message, now.wall) == 1
    }
  }

  /// Returns the run of a name; nil for a run of another database.
  private func run(named name: String) -> RunID? {
    let prefix = databaseID + "-"
    return name.hasPrefix(prefix) ? Int64(name.dropFirst(prefix.count)).map(RunID.init) : nil
  }
}
