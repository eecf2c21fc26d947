import QueueTestSupport

@testable import QueueCore

/// Bugs about schedules.
extension PlantedBug {
  static let scheduling = [
    twoTransactions, uncomparedTime, allOfThem, editForThePast, unnoticedSetback, onlyTheLast,
  ]

  /// Found by one of hundreds of seeds.
  static let rare = [uncomparedRevision]

  private static func schedulingBug(
    _ description: String, within seeds: UInt64, breaks rules: Set<Rule>,
    _ make: @escaping @Sendable (InMemoryJobStore) -> any JobStore
  ) -> PlantedBug {
    PlantedBug(
      description, within: seeds, breaks: rules,
      under: { faults in
        faults.schedules = 60
        faults.wallJumps = true
        faults.pauses = 0.06
      }
    ) {
      Plant(store: { store, _ in buggy(store, make) })
    }
  }

  // MARK: - Moving

  private static let twoTransactions = schedulingBug(
    "a worker dies between the job and the next time of its schedule", within: 100,
    breaks: [.onceEach, .movedAsTold, .eachHasAFate], HalfwayStore.init)

  /// Now and then the next time isn't stored, and nobody is told.
  private final class HalfwayStore: BuggyStore {
    private var count = 0

    override func advance(
      _ moves: [ScheduleMove], settings: Settings, at now: Moment
    ) throws(StoreError) -> [ScheduleAdvance] {
      let advances = try super.advance(moves, settings: settings, at: now)
      count += 1
      guard count % 5 == 0, let advance = advances.first, !advance.enqueued.isEmpty else {
        return advances
      }
      let before = moves.first { $0.schedule == advance.schedule.id }
      base.tamperSchedule(advance.schedule.name) { $0.nextAt = before?.expected }
      return advances
    }
  }

  private static let uncomparedTime = schedulingBug(
    "a move applies though another worker has moved the schedule since", within: 600,
    breaks: [.onceEach, .eachHasAFate], LooseMoves.init)

  /// Compares the revision alone.
  private final class LooseMoves: BuggyStore {
    override func advance(
      _ moves: [ScheduleMove], settings: Settings, at now: Moment
    ) throws(StoreError) -> [ScheduleAdvance] {
      let stored = try base.schedules()
      let loose = moves.map { move in
        guard let schedule = stored.first(where: { $0.id == move.schedule }) else { return move }
        var copy = ScheduleMove(
          schedule: move.schedule, revision: move.revision, expected: schedule.nextAt)
        (copy.due, copy.missed, copy.nextAt) = (move.due, move.missed, move.nextAt)
        copy.anchor = move.anchor
        return copy
      }
      return try super.advance(loose, settings: settings, at: now)
    }
  }

  private static let uncomparedRevision = schedulingBug(
    "a move applies though the schedule was edited since", within: 3000,
    breaks: [.onceEach, .eachHasAFate, .movedAsTold, .nothingForThePast], LooseRevisions.init)

  /// Compares the time alone.
  private final class LooseRevisions: BuggyStore {
    override func advance(
      _ moves: [ScheduleMove], settings: Settings, at now: Moment
    ) throws(StoreError) -> [ScheduleAdvance] {
      let stored = try base.schedules()
      let loose = moves.map { move in
        guard let schedule = stored.first(where: { $0.id == move.schedule }) else { return move }
        var copy = ScheduleMove(
          schedule: move.schedule, revision: schedule.revision, expected: move.expected)
        (copy.due, copy.missed, copy.nextAt) = (move.due, move.missed, move.nextAt)
        copy.anchor = move.anchor
        return copy
      }
      return try super.advance(loose, settings: settings, at: now)
    }
  }

  private static let allOfThem = schedulingBug(
    "all times that passed are enqueued, whatever the policy", within: 50, breaks: [.onceEach],
    GreedyStore.init)

  private final class GreedyStore: BuggyStore {
    override func dueSchedules(
      atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
    ) throws(StoreError) -> DueSchedules {
      var due = try super.dueSchedules(atMost: limit, except: excluded, at: now)
      for index in due.schedules.indices { due.schedules[index].spec.missed = .all }
      return due
    }
  }

  // MARK: - Changing

  private static let editForThePast = schedulingBug(
    "a resumed schedule goes on from where it was paused", within: 100,
    breaks: [.nothingForThePast, .onceEach, .eachHasAFate], BackwardStore.init)

  private final class BackwardStore: BuggyStore {
    override func changeSchedule(
      _ name: String, at now: Moment,
      _ body: (_ schedule: Schedule, _ queueID: String) throws -> Schedule.Changed
    ) throws -> Schedule.Changed {
      try super.changeSchedule(name, at: now) { schedule, queueID in
        var changed = try body(schedule, queueID)
        if schedule.pausedAt != nil, changed.schedule.pausedAt == nil {
          let start = schedule.lastAt ?? schedule.createdAt
          changed.schedule.nextAt = changed.schedule.next(after: start, in: .utc)
        }
        return changed
      }
    }
  }

  // MARK: - Clocks

  private static let unnoticedSetback = schedulingBug(
    "nobody notices that the wall clock was set back", within: 200, breaks: [.schedulesGoOn],
    ClocklessStore.init)

  private final class ClocklessStore: BuggyStore {
    override func dueSchedules(
      atMost limit: Int, except excluded: ScheduleExclusion, at now: Moment
    ) throws(StoreError) -> DueSchedules {
      var due = try super.dueSchedules(atMost: limit, except: excluded, at: now)
      due.clocks = nil
      return due
    }
  }

  // MARK: - Overlaps

  private static let onlyTheLast = schedulingBug(
    "only the latest job of a schedule is looked at, not an earlier one that was retried",
    within: 3000, breaks: [.noOverlap], ShortSightedStore.init)

  private final class ShortSightedStore: BuggyStore {
    override func advance(
      _ moves: [ScheduleMove], settings: Settings, at now: Moment
    ) throws(StoreError) -> [ScheduleAdvance] {
      var blind: [String] = []
      for schedule in try base.schedules() where schedule.spec.overlap == .skip {
        let latest = try base.occurrences(of: schedule.name, limit: .max).first { $0.job != nil }
        guard let job = latest?.job, !job.state.isUnfinished else { continue }
        base.tamperSchedule(schedule.name) { $0.spec.overlap = .allow }
        blind.append(schedule.name)
      }
      let advances = try super.advance(moves, settings: settings, at: now)
      for name in blind { base.tamperSchedule(name) { $0.spec.overlap = .skip } }
      return advances.map { advance in
        var advance = advance
        if blind.contains(advance.schedule.name) { advance.schedule.spec.overlap = .skip }
        return advance
      }
    }
  }
}
