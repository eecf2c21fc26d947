public import QueueCore

extension SQLiteJobStore {
  /// Stores progress if `runName` is active. Not synced, because the next report follows soon.
  public func setProgress(
    _ progress: JobProgress, of runName: String, at now: Moment
  ) throws(StoreError) -> Bool {
    guard let run = run(named: runName) else { return false }
    return try change(syncing: false) { () throws(StoreError) in
      try connection.run(
        """
        INSERT INTO progress (job, percent, message, updated_at)
        SELECT j.seq, ?2, ?3, ?4 FROM runs r JOIN jobs j ON j.seq = r.job
        WHERE r.id = ?1 AND j.run = ?1 AND j.state = 'processing'
        ON CONFLICT (job) DO UPDATE SET percent = ?2, message = ?3, updated_at = ?4
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
