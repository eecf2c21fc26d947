public import QueueCore

extension SQLiteJobStore {
  /// Claims the oldest due hook. Takes no write lock if none is due.
  public func claimHook(for worker: WorkerID, at now: Moment) throws(StoreError) -> DueHook? {
    guard try connection.first("SELECT 1 FROM notices LIMIT 1", read: { row in row.int(0) }) != nil
    else { return nil }
    return try workerChange { () throws(StoreError) in
      while let notice = try freeNotice(for: worker) {
        guard let id = notice.job else {
          try connection.run("DELETE FROM notices WHERE job = ?", notice.sequence)
          continue
        }
        try connection.run(
          "UPDATE notices SET taken_by = ?2 WHERE job = ?1", notice.sequence, worker)
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
    try connection.first("SELECT count(*) FROM notices") { row in row.int(0) } ?? 0
  }

  /// Removes a hook that this worker has claimed; does nothing for any other.
  public func completeHook(of job: JobID, by worker: WorkerID) throws(StoreError) {
    try workerChange { () throws(StoreError) in
      _ = try connection.run(
        "DELETE FROM notices WHERE job = (SELECT seq FROM jobs WHERE id = ?) AND taken_by = ?",
        job, worker)
    }
  }

  /// Returns the oldest hook that is unclaimed or whose worker is gone; no job if it was retried or
  /// removed. Reads no further: a slow command may leave many behind it.
  private func freeNotice(
    for worker: WorkerID
  ) throws(StoreError) -> (sequence: Int64, job: JobID?, wasTaken: Bool)? {
    try connection.first(
      """
      SELECT n.job, (SELECT id FROM jobs WHERE seq = n.job AND state = 'dead'),
        n.taken_by IS NOT NULL AND n.taken_by <> ?1
      FROM notices n
      WHERE n.taken_by IS NULL OR n.taken_by = ?1
        OR NOT EXISTS (SELECT 1 FROM workers WHERE id = n.taken_by)
      ORDER BY n.job LIMIT 1
      """,
      worker
    ) { row in
      (row.int64(0), row.optionalText(1).map { JobID(trusted: $0) }, row.int(2) == 1)
    }
  }
}
