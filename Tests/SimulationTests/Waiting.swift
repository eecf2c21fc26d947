import QueueCore
import QueueTestSupport

extension ProcessStore {
  func pendingJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    try call("pendingJobs") { () throws(StoreError) in
      try base.pendingJobs(in: queue, isReversed: isReversed, limit: limit, at: now)
    }
  }

  func scheduledJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    try call("scheduledJobs") { () throws(StoreError) in
      try base.scheduledJobs(in: queue, isReversed: isReversed, limit: limit, at: now)
    }
  }

  func endingJobs() throws(StoreError) -> Set<JobID> {
    try call("endingJobs") { () throws(StoreError) in try base.endingJobs() }
  }
}

extension BuggyStore {
  func pendingJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    try base.pendingJobs(in: queue, isReversed: isReversed, limit: limit, at: now)
  }

  func scheduledJobs(
    in queue: String?, isReversed: Bool, limit: Int, at now: Moment
  ) throws(StoreError) -> [Job] {
    try base.scheduledJobs(in: queue, isReversed: isReversed, limit: limit, at: now)
  }

  func endingJobs() throws(StoreError) -> Set<JobID> { try base.endingJobs() }
}
