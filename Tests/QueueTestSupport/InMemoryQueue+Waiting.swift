package import QueueCore

extension InMemoryJobStore {
  package func pendingJobs(
    in name: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    queue.waiting(in: name, isReversed, limit, at: now) { _ in true }
  }

  package func scheduledJobs(
    in name: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    queue.waiting(in: name, isReversed, limit, at: now) { $0.group == 2 }
  }

  package func endingJobs() throws(StoreError) -> Set<JobID> {
    let ending = queue.rows.filter { $0.job.state == .processing && $0.isToBeCancelled }
    return Set(ending.map(\.job.id))
  }
}

extension InMemoryQueue {
  /// What may run, what waits for other jobs, what waits for its time.
  fileprivate typealias Place = (group: Int, rank: Int64, sequence: Int64)

  fileprivate func waiting(
    in name: String?, _ isReversed: Bool, _ limit: Int, at now: Moment,
    where isWanted: (Place) -> Bool
  ) -> [Job] {
    let waiting = rows.filter {
      $0.job.state == .pending && (name == nil || $0.job.queue == name)
    }.map { (place: place(of: $0, at: now), row: $0) }.filter { isWanted($0.place) }
    let sorted = waiting.sorted {
      isReversed ? $0.place > $1.place : $0.place < $1.place
    }
    return sorted.prefix(limit).map { shown($0.row, at: now) }
  }

  private func place(of row: Row, at now: Moment) -> Place {
    if !row.unmet.isEmpty { return (1, 0, row.sequence) }
    if let runAt = row.job.runAt, runAt > now.wall { return (2, runAt.milliseconds, row.sequence) }
    return (0, Int64(-row.job.priority), row.sequence)
  }
}
