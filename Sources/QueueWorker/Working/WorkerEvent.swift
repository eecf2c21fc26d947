public import QueueCore

/// What a worker tells those who watch it.
public enum WorkerEvent: Equatable, Sendable {
  /// It takes jobs from now on.
  case ready
  /// It runs a job.
  case started(ClaimedJob)
  /// A run ended, and what became of the job.
  case finished(ClaimedJob, RunReport, Transition)
  /// With the end of a run, jobs that waited for it, or for room in its queue, may have become
  /// ready.
  case freedOthers
  /// A run ended, but the job had been given to another worker meanwhile: the result was dropped.
  case superseded(ClaimedJob)
  /// It looked after a worker that is gone, or may be.
  case cared(Reclaimer.Result)
  /// A run's command has ended, or was killed, but the run isn't over: processes of it can't be
  /// ended, or it can't be told.
  case unended(JobID, Leftovers)
  /// It was taken for dead, and registered anew under another id.
  case registeredAnew(was: WorkerID)
  /// It was asked to stop; and whether it has a job in hand.
  case stopping(StopOrder, hasJob: Bool)
  /// It stops, as the queue isn't found under its name any more.
  case displaced
  /// Starting a job has to wait, for this reason.
  case waitingForRoom(ClaimedJob, String)
  /// The command of `on-dead` was run for a job; with what was wrong with it, if anything was.
  case noticed(JobID, problem: String?)
  /// The store didn't do as it was told; it is tried again.
  case trouble(StoreError)
  /// It left.
  case left
}
