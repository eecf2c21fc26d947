public import QueueCore

extension SQLiteJobStore {
  /// Nobody waits while there is none: it is looked first, and only then the write begun.
  public func takeNotice(for worker: WorkerID, at now: Moment) throws(StoreError) -> DeathNotice? {
    guard try connection.first("SELECT 1 FROM notices LIMIT 1", read: { row in row.int(0) }) != nil
    else { return nil }
    return try workerChange { () throws(StoreError) in
      try dropStaleNotices()
      guard let id = try freeNotice(for: worker) else { return nil }
      try connection.run(
        """
        UPDATE notices SET taken_by = ?2 WHERE job = (SELECT seq FROM jobs WHERE id = ?1)
        """,
        id, worker)
      let job = try job(id.text, at: now)
      return DeathNotice(job: job, runName: "\(databaseID)-dead-\(job.latestRun?.run.number ?? 0)")
    }
  }

  /// Does nothing when there is none.
  public func dropNotice(of job: JobID, by worker: WorkerID) throws(StoreError) {
    try workerChange { () throws(StoreError) in
      _ = try connection.run(
        "DELETE FROM notices WHERE job = (SELECT seq FROM jobs WHERE id = ?) AND taken_by = ?",
        job, worker)
    }
  }

  /// Forgets the notices of jobs that were put back or removed meanwhile.
  private func dropStaleNotices() throws(StoreError) {
    try connection.run(
      """
      DELETE FROM notices
      WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE seq = notices.job AND state = 'dead')
      """)
  }

  /// The oldest that nobody has, or whose taker is gone.
  private func freeNotice(for worker: WorkerID) throws(StoreError) -> JobID? {
    try connection.first(
      """
      SELECT j.id FROM notices n CROSS JOIN jobs j ON j.seq = n.job
      WHERE n.taken_by IS NULL OR n.taken_by = ?1
        OR NOT EXISTS (SELECT 1 FROM workers WHERE id = n.taken_by)
      ORDER BY n.job LIMIT 1
      """,
      worker
    ) { row in JobID(trusted: row.text(0)) }
  }
}
