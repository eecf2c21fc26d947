import QueueCore
import QueueTestSupport

/// Bugs about keys, and about jobs that are changed or come from elsewhere.
extension PlantedBug {
  static let moving = [
    keyOfTwo, retriedUnchanged, editedInLine, editedWhileRunning, runningFromElsewhere,
  ]

  // MARK: - Keys

  private static let keyOfTwo = PlantedBug(
    "a dead job is retried though another with its key has been enqueued since", within: 300,
    breaks: [.oncePerKey, .movedAsTold], under: { $0.keys = true }
  ) {
    Plant(store: { store, _ in buggy(store, KeyBlindStore.init) })
  }

  private final class KeyBlindStore: BuggyStore {
    override func retry(
      _ selection: JobSelection, with edit: JobEdit?, dryRun: Bool, at now: Moment
    ) throws(StoreError) -> SelectionStep {
      guard case .named(let references) = selection.jobs, !dryRun else {
        return try super.retry(selection, with: edit, dryRun: dryRun, at: now)
      }
      let found = try base.job(references[0], at: now)
      do {
        return try super.retry(selection, with: edit, dryRun: false, at: now)
      } catch  where error.code == .wrongState && JobState.retryable.contains(found.state) {
        base.tamper(with: found.id) { job in
          job.state = .pending
          job.attempts = 0
        }
        var step = SelectionStep()
        step.jobs = [found.id]
        return step
      }
    }
  }

  // MARK: - Editing

  private static let retriedUnchanged = PlantedBug(
    "a job that is retried with another command runs its old one", within: 100,
    breaks: [.movedAsTold]
  ) {
    Plant(store: { store, _ in buggy(store, UnchangingStore.init) })
  }

  private final class UnchangingStore: BuggyStore {
    override func retry(
      _ selection: JobSelection, with edit: JobEdit?, dryRun: Bool, at now: Moment
    ) throws(StoreError) -> SelectionStep {
      try super.retry(selection, with: nil, dryRun: dryRun, at: now)
    }
  }

  private static let editedInLine = PlantedBug(
    "a job that is given a later time keeps its place in the line", within: 100,
    breaks: [.readyOnly]
  ) {
    Plant(store: { store, _ in buggy(store, UnmovedStore.init) })
  }

  private final class UnmovedStore: BuggyStore {
    override func edit(
      _ selection: JobSelection, _ edit: JobEdit, dryRun: Bool, at now: Moment
    ) throws(StoreError) -> SelectionStep {
      do {
        return try super.edit(
          selection, try JobEdit(command: edit.command, priority: edit.priority), dryRun: dryRun,
          at: now)
      } catch let error as StoreError {
        throw error
      } catch {
        preconditionFailure("\(error)")
      }
    }
  }

  private static let editedWhileRunning = PlantedBug(
    "a job is edited that has been claimed since it was looked at", within: 200,
    breaks: [.movedAsTold, .finishedStays]
  ) {
    Plant(store: { store, _ in buggy(store, LateEditStore.init) })
  }

  private final class LateEditStore: BuggyStore {
    override func edit(
      _ selection: JobSelection, _ edit: JobEdit, dryRun: Bool, at now: Moment
    ) throws(StoreError) -> SelectionStep {
      do {
        return try super.edit(selection, edit, dryRun: dryRun, at: now)
      } catch  where error.code == .wrongState {
        guard case .named(let references) = selection.jobs else { throw error }
        let job = try base.job(references[0], at: now)
        guard job.state == .processing else { throw error }
        base.tamper(with: job.id) { $0.priority = edit.priority ?? $0.priority }
        var step = SelectionStep()
        step.jobs = [job.id]
        return step
      }
    }
  }

  // MARK: - Moving

  private static let runningFromElsewhere = PlantedBug(
    "a job that was being run when it was exported is still being run when it comes back",
    within: 1500, breaks: [.movedAsTold, .inGoodHands], under: { $0.moves = true }
  ) {
    Plant(store: { store, _ in buggy(store, LiteralStore.init) })
  }

  /// Exports a running job as one that runs, too.
  private final class LiteralStore: BuggyStore {
    override func exportPage(
      limit: Int, after cursor: JobPage.Cursor?, at now: Moment
    ) throws(StoreError) -> ExportPage {
      var page = try super.exportPage(limit: limit, after: cursor, at: now)
      for index in page.jobs.indices {
        guard let id = page.jobs[index].asked.id else { continue }
        let state = try base.job(id.text, at: now).state
        if state == .processing { page.jobs[index].state = state }
      }
      return page
    }

    override func importJobs(
      at now: Moment, next: () throws -> ExportedJob?, each: (EnqueueResult) throws -> Void,
      schedules: () throws -> [ScheduleAddition]
    ) throws {
      var running: Set<JobID> = []
      try super.importJobs(at: now) {
        let job = try next()
        if let job, job.state == .processing, let id = job.asked.id { running.insert(id) }
        return job
      } each: { result in
        if case .exists(let id) = result { running.remove(id) }
        try each(result)
      } schedules: {
        try schedules()
      }
      for id in running { base.tamper(with: id) { $0.state = .processing } }
    }
  }
}
