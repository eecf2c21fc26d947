public import QueueCore

extension PostgresJobStore {
  /// Claims the oldest due hook. Locks nothing if none is due.
  public func claimHook(for worker: WorkerID, at now: Moment) throws(StoreError) -> DueHook? {
    guard
      try connection.first("SELECT 1 FROM @.notices LIMIT 1", read: { row in row.int(0) }) != nil
    else { return nil }
    return try change { () throws(StoreError) in
      while let notice = try freeNotice(for: worker) {
        guard let id = notice.job else {
          try connection.run("DELETE FROM @.notices WHERE job = $1", notice.sequence)
          continue
        }
        try connection.run(
          "UPDATE @.notices SET taken_by = $2 WHERE job = $1", notice.sequence, worker)
        let job = try job(id.text, at: now)
        let run = job.latestRun?.id.number ?? 0
        return DueHook(
          job: job, runName: "\(databaseID)-dead-\(run)", wasTaken: notice.wasTaken)
      }
      return nil
    }
  }

  /// Counts the dead jobs whose `on-dead` command hasn't completed.
  public func dueHookCount() throws(StoreError) -> Int {
    try connection.first("SELECT count(*) FROM @.notices") { row in row.int(0) } ?? 0
  }

  /// Removes a hook that this worker has claimed; does nothing for any other.
  public func completeHook(of job: JobID, by worker: WorkerID) throws(StoreError) {
    try change { () throws(StoreError) in
      _ = try connection.run(
        """
        DELETE FROM @.notices WHERE job = (SELECT seq FROM @.jobs WHERE id = $1) AND taken_by = $2
        """,
        job, worker)
    }
  }

  /// Returns the oldest hook that is unclaimed or whose worker is gone, and that no other
  /// transaction is claiming; no job if it was retried or removed.
  private func freeNotice(
    for worker: WorkerID
  ) throws(StoreError) -> (sequence: Int64, job: JobID?, wasTaken: Bool)? {
    try connection.first(
      """
      SELECT n.job, (SELECT j.id FROM @.jobs j JOIN @.ended e ON e.seq = j.seq
          WHERE j.seq = n.job AND e.state = 'dead'),
        n.taken_by IS NOT NULL AND n.taken_by <> $1
      FROM @.notices n
      WHERE n.taken_by IS NULL OR n.taken_by = $1
        OR NOT EXISTS (SELECT 1 FROM @.workers WHERE id = n.taken_by)
      ORDER BY n.job LIMIT 1 FOR UPDATE OF n SKIP LOCKED
      """,
      worker
    ) { row in
      (row.int64(0), row.optionalText(1).map { JobID(trusted: $0) }, row.bool(2))
    }
  }
}
