public import QueueCore

/// The events that a worker reports.
public enum WorkerEvent: Equatable, Sendable {
  case ready
  case started(ClaimedJob)
  case finished(ClaimedJob, RunReport, Transition)
  /// A run was frozen, or continued, because a user paused or resumed its job.
  case paused(JobID, Bool)
  /// The end of a run may have made jobs ready, by a prerequisite or a free slot in the queue.
  case freedOthers
  /// A run ended, but another worker has the job by now; the result was dropped.
  case superseded(ClaimedJob)
  /// It handled a worker that is gone, or may be.
  case cared(Reclaimer.Result)
  /// A run's own process ended, but leftover processes can't be killed or checked.
  case unended(JobID, Leftovers)
  /// It was evicted, and registered under a new ID.
  case registeredAnew(was: WorkerID)
  case stopping(StopOrder, hasJob: Bool)
  /// Its supervisor was killed, so it stops.
  case orphaned
  /// It stops because the database has moved.
  case displaced
  /// The store was out of reach for this long, so the run is ended before another host may claim
  /// its job.
  case cutOff(ClaimedJob, Duration)
  /// A job can't start yet, for this reason.
  case waitingForRoom(ClaimedJob, String)
  /// The `on-dead` command ran for a job; `problem` is set if it failed.
  case noticed(JobID, problem: String?)
  /// A schedule was due: it enqueued jobs, or left out times.
  case scheduled(ScheduleAdvance)
  /// A time zone can't be read, so its schedules are left to other workers.
  case zoneUnreadable(InvalidJob)
  /// A schedule can't be understood, so nothing is enqueued by it.
  case scheduleDamaged(DamagedSchedule)
  /// So many schedules got another next time.
  case rescheduled(Int, RescheduleCause)
  /// A store operation failed; it is retried.
  case trouble(StoreError)
  case left
}

/// Why next times of schedules were computed again.
public enum RescheduleCause: Equatable, Sendable {
  /// The wall clock was set back, at least by this much.
  case clockSetBack(Duration)
  /// Zone files changed, now or while no worker ran.
  case zoneFiles
}
