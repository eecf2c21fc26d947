package import QueueCore

extension QueueReader {
  /// The unfinished job that has an ended one's key.
  package func keyHolder(of job: Job) throws(StoreError) -> JobID? {
    guard !job.state.isUnfinished, let key = job.uniqueKey else { return nil }
    return try unfinishedJob(withKey: key)
  }
}

extension Explanation {
  /// Explains a job, as known from a snapshot and its host.
  init(
    _ job: Job, in snapshot: Snapshot, store: any QueueReader, dependencies: MonitorDependencies,
    at now: Moment
  ) throws(StoreError) {
    var facts = JobFacts(
      job: job, controls: snapshot.controls,
      runningInQueue: snapshot.summary.count(.processing, queue: job.queue),
      workers: snapshot.workers.map { ($0.record, $0.condition) },
      jobsAhead: try store.jobsAhead(of: job.id.text, atMost: Self.mostCounted),
      keyHolder: try store.keyHolder(of: job))
    facts.waitingQueues = snapshot.summary.waitingQueues
    let supervisors = KnownSupervisors(dependencies.supervisors)
    facts.restart = supervisors.restart(serving: job.queue, at: now)
    facts.supervisorTrouble = supervisors.trouble
    facts.cancelled = snapshot.ending
    for worker in snapshot.workers { facts.troubles[worker.record.id] = worker.trouble }
    if let holder = snapshot.workers.first(where: { $0.record.current?.job == job.id }) {
      facts.leftovers = dependencies.leftovers(holder.record, holder.condition == .lost)
    }
    self.init(facts, at: now)
  }
}
