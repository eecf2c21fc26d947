package import QueueCore

/// The column NOTE of a job: its last error, why it waits, when it runs, or its progress. Derived
/// from a snapshot alone, so rows cost no query.
package struct JobNotes {
  /// A note, and whether it calls for an operator.
  package struct Note: Equatable, Sendable {
    package var text: String
    package var isWarning = false

    package static let none = Note(text: "")
  }

  private let snapshot: Snapshot
  private let workers: [(record: WorkerRecord, condition: WorkerStatus)]
  private let now: Moment
  /// Whether another column shows run times.
  private let omitsTimes: Bool

  package init(_ snapshot: Snapshot, at now: Moment, omitsTimes: Bool = false) {
    self.snapshot = snapshot
    self.now = now
    self.omitsTimes = omitsTimes
    workers = snapshot.workers.map { ($0.record, $0.condition) }
  }

  /// Returns the note of a job.
  package func note(of job: Job) -> Note {
    switch job.state {
    case .processing: running(job)
    case .pending, .failed: waiting(job)
    case .completed, .dead, .cancelled: Note(text: RunResult.detail(job.latestRun))
    }
  }

  private func running(_ job: Job) -> Note {
    disturbance(of: job) ?? job.progress.map { Note(text: $0.text) } ?? .none
  }

  /// Why a running job makes no progress, or is being ended; nil for any other job.
  package func disturbance(of job: Job) -> Note? {
    guard job.state == .processing else { return nil }
    let worker = snapshot.workers.first { $0.record.current?.job == job.id }
    if let worker, worker.condition == .lost {
      return Note(text: "\(worker.record.id) is lost", isWarning: true)
    }
    if let trouble = worker?.trouble {
      return Note(text: "can't start: \(trouble)", isWarning: true)
    }
    if snapshot.ending.contains(job.id) { return Note(text: "ending", isWarning: true) }
    return pause(of: job)
  }

  /// Nil for a job that runs on.
  package func pause(of job: Job) -> Note? {
    guard job.state == .processing else { return nil }
    switch job.latestRun?.freeze {
    case nil: return nil
    case .requested?: return Note(text: "pausing", isWarning: true)
    case .frozen(let time)?:
      return Note(text: "FROZEN \(Format.elapsed(max(.zero, now.wall - time)))", isWarning: true)
    case .thawing?: return Note(text: "resuming")
    }
  }

  private func waiting(_ job: Job) -> Note {
    let error = job.state == .failed ? RunResult.detail(job.latestRun) : ""
    guard let obstacle = obstacle(of: job, omittingBackoff: false) else { return Note(text: error) }
    guard !error.isEmpty else { return obstacle }
    return Note(text: "\(obstacle.text); last run: \(error)", isWarning: obstacle.isWarning)
  }

  /// Why a waiting job doesn't run; nil if only its turn is missing.
  package func obstacle(of job: Job, omittingBackoff: Bool = true) -> Note? {
    let facts = JobFacts(
      job: job, controls: snapshot.controls,
      runningInQueue: snapshot.summary.count(.processing, queue: job.queue), workers: workers,
      jobsAhead: 0)
    for reason in Explanation(facts, at: now).reasons {
      if omitsTimes, case .scheduled = reason { continue }
      if omittingBackoff, case .backoff = reason { continue }
      guard var text = reason.note(for: job) else { continue }
      if case .needs = reason, job.waitsFor.count + job.morePrerequisites > 1 {
        text += " and \(job.waitsFor.count + job.morePrerequisites - 1) more"
      }
      return Note(text: text, isWarning: reason.needsOperator)
    }
    return nil
  }
}

extension Explanation.Reason {
  /// The reason in a few words; nil for one that passes by itself.
  package func note(for job: Job) -> String? {
    switch self {
    case .needs(let other):
      switch other.state {
      case .dead, .cancelled: "after \(other.job), which is \(other.state.rawValue)"
      case .pending, .processing, .failed, .completed: "after \(other.job)"
      }
    case .needsMore(let count): "after \(count, of: "more job")"
    case .needsCaller(let other): "after \(other)"
    case .scheduled(let wait): "runs in \(Format.elapsed(wait))"
    case .backoff(let wait, _, _): "retried in \(Format.elapsed(wait))"
    case .everythingPaused: "all queues paused"
    case .queuePaused: "queue paused"
    case .queueLimitedToNone: "queue paused: limit 0"
    case .limitReached(let running, let limit): "limit \(running) of \(limit)"
    case .limitFilledByCaller: "limit 1 of 1"
    case .noWorker: "no worker runs"
    case .noWorkerForQueue: "no worker serves \(job.queue)"
    case .restart(let wait): "a worker starts in \(Format.elapsed(wait))"
    case .running, .ending, .frozen, .held, .lost, .unended, .ended, .supervisorsUnknown,
      .workersBusy, .onlyWorkerIsCaller, .behind, .failure, .nothing:
      nil
    }
  }
}
