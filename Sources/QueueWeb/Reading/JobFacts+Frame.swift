import QueueCore
import QueueOperations

extension JobFacts {
  /// Completes the frame's facts for a job.
  init(
    _ job: Job, _ store: any JobStore, _ frame: Frame, host: MonitorDependencies
  ) throws(StoreError) {
    self.init(
      job: job, controls: frame.controls,
      runningInQueue: frame.summary.count(.processing, queue: job.queue),
      workers: frame.workers.map { ($0.record, $0.condition) },
      jobsAhead: try store.jobsAhead(of: job.id.text, atMost: Explanation.mostCounted),
      keyHolder: try store.keyHolder(of: job))
    waitingQueues = frame.summary.waitingQueues
    let supervisors = KnownSupervisors(host.supervisors)
    restart = supervisors.restart(serving: job.queue, at: frame.now)
    supervisorTrouble = supervisors.trouble
    for worker in frame.workers { troubles[worker.record.id] = worker.trouble }
    if let holder = frame.workers.first(where: { $0.record.current?.job == job.id }) {
      leftovers = host.leftovers(holder.record, holder.condition == .lost)
    }
  }
}
