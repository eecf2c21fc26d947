package import QueueCore

extension InMemoryJobStore {
  package func scheduleCounts(at now: Moment) throws(StoreError) -> ScheduleCounts {
    ScheduleCounts(queue.schedules.all.values, at: now.wall)
  }
}
