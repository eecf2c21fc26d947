import QueueCore
import QueueTestSupport

/// Bugs about what holds jobs back, ends them or takes them away.
extension PlantedBug {
  static let holding = [
    forgottenCancel, ignoredPause, limitAndOne, stoppedBehindItsBack, anyEndWillDo,
    countedAfterRemoval,
  ]

  // MARK: - Cancelling

  private static let forgottenCancel = PlantedBug(
    "a job that was to be cancelled runs again as its worker was lost", within: 1000,
    breaks: [.movedAsTold]
  ) {
    Plant(store: { store, _ in buggy(store, UncancellingStore.init) })
  }

  private final class UncancellingStore: BuggyStore {
    override func requeue(_ worker: WorkerID, maxCrashes: Int, at now: Moment)
      throws(StoreError) -> ReclaimedJob?
    {
      let result = try super.requeue(worker, maxCrashes: maxCrashes, at: now)
      if let result, result.state == .cancelled {
        base.tamper(with: result.job) { $0.state = .pending }
      }
      return result
    }
  }

  // MARK: - Pauses and limits

  private static let ignoredPause = PlantedBug(
    "a claim had looked for pauses before the queue was paused", within: 50, breaks: [.pauseHolds]
  ) {
    Plant(store: { store, _ in
      buggy(store) { store in
        LooseStore(store) { base throws(StoreError) in
          try base.setPaused(false, .everything)
          try base.setPaused(false, .named(try base.queueControls().queues.map(\.name)))
        }
      }
    })
  }

  private static let limitAndOne = PlantedBug(
    "one more than the limit may run", within: 200, breaks: [.limitHolds]
  ) {
    Plant(store: { store, _ in
      buggy(store) { store in
        LooseStore(store) { base throws(StoreError) in
          for queue in try base.queueControls().queues {
            try base.setRunningLimit(queue.runningLimit.map { $0 + 1 }, of: queue.name)
          }
        }
      }
    })
  }

  /// Claims under other controls than are set.
  private final class LooseStore: BuggyStore {
    private let loosen: (InMemoryJobStore) throws(StoreError) -> Void

    init(
      _ base: InMemoryJobStore, loosen: @escaping (InMemoryJobStore) throws(StoreError) -> Void
    ) {
      self.loosen = loosen
      super.init(base)
    }

    override func claimNext(for worker: WorkerID, at now: Moment) throws(StoreError)
      -> ClaimResult
    {
      let controls = try queueControls()
      try loosen(base)
      let result = try super.claimNext(for: worker, at: now)
      try setPaused(controls.isEverythingPaused, .everything)
      for queue in controls.queues {
        try setPaused(queue.isPaused, .named([queue.name]))
        try setRunningLimit(queue.runningLimit, of: queue.name)
      }
      return result
    }
  }

  // MARK: - Pauses of runs

  private static let stoppedBehindItsBack = PlantedBug(
    "a pause stops a run's processes itself, and their worker counts the time", within: 50,
    breaks: [.pausesDontCount],
    under: { faults in
      faults.holds = true
      faults.pauses = 0
      faults.freezes = false
    }
  ) {
    Plant(store: { store, host in
      buggy(store) { StoppingStore($0, machine: host.machine) }
    })
  }

  /// Gives no order to the worker.
  private final class StoppingStore: BuggyStore {
    private let machine: Machine

    init(_ base: InMemoryJobStore, machine: Machine) {
      self.machine = machine
      super.init(base)
    }

    override func setPaused(
      _ isPaused: Bool, runsOf selection: JobSelection, at now: Moment
    ) throws(StoreError) -> Cancellation {
      guard case .listed(let ids) = selection.jobs else {
        return try super.setPaused(isPaused, runsOf: selection, at: now)
      }
      for run in try base.workers().compactMap(\.current) where ids.contains(run.job) {
        machine.run(named: run.runName)?.setFrozen(isPaused)
      }
      return Cancellation()
    }
  }

  // MARK: - Prerequisites

  private static let anyEndWillDo = PlantedBug(
    "a job that waits for the success of another goes on when that has failed", within: 200,
    breaks: [.prerequisitesFirst, .movedAsTold]
  ) {
    Plant(store: { store, _ in buggy(store, EasilyMetStore.init) })
  }

  private final class EasilyMetStore: BuggyStore {
    override func enqueue(
      at now: Moment, settings: Settings, next: () throws -> NewJob?,
      each: (EnqueueResult) throws -> Void, confirm: () throws -> Void
    ) throws {
      try super.enqueue(
        at: now, settings: settings, next: { try next().map(Self.eased) }, each: each,
        confirm: confirm)
    }

    private static func eased(_ job: NewJob) throws -> NewJob {
      try NewJob(
        id: job.id, command: job.command, queue: job.queue, priority: job.priority,
        runAt: job.runAt,
        prerequisites: job.prerequisites.map {
          Prerequisite(reference: $0.reference, accepts: .anyEnd)
        }, uniqueKey: job.uniqueKey, timeout: job.timeout, maxRetries: job.maxRetries)
    }
  }

  // MARK: - Removing

  private static let countedAfterRemoval = PlantedBug(
    "a job that was removed is still counted", within: 50, breaks: [.countersMatch]
  ) {
    let removed = Removed()
    return Plant(store: { store, _ in buggy(store) { HoardingStore($0, removed) } })
  }

  /// How many were removed, by state.
  private final class Removed {
    var counts: [JobState: Int] = [:]
  }

  private final class HoardingStore: BuggyStore {
    private let removed: Removed

    init(_ base: InMemoryJobStore, _ removed: Removed) {
      self.removed = removed
      super.init(base)
    }

    override func remove(
      _ selection: JobSelection, limit: Int, after cursor: JobPage.Cursor?, dryRun: Bool,
      at now: Moment
    ) throws(StoreError) -> SelectionStep {
      let step = try super.remove(
        selection, limit: limit, after: cursor, dryRun: dryRun, at: now)
      if !dryRun { removed.counts[selection.states[0], default: 0] += step.jobs.count }
      return step
    }

    override func summary() throws(StoreError) -> QueueSummary {
      var counts = try super.summary().counts
      for (state, count) in removed.counts {
        counts[NewJob.defaultQueue, default: [:]][state, default: 0] += count
      }
      return QueueSummary(counts: counts)
    }
  }
}
