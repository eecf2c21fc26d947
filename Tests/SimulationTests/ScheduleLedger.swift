import QueueCore

/// What the schedules of a queue must be, from what was done to them: by the promises, and by times
/// that are counted one by one.
struct ScheduleLedger {
  /// As each was after the last call that was about it; its tally is the store's.
  private(set) var known: [ScheduleID: Schedule] = [:]
  /// Whether a wall clock was ever set back, or that of several hosts set at all: a process that
  /// read it before may take another host's record for one of a later time.
  var mayTurn = false
  /// The times that got a job.
  private var enqueued: [ScheduleID: Set<Time>] = [:]

  private struct Time: Hashable {
    let turn: Int
    let at: Timestamp
  }

  /// A job of a schedule, to be noted with the others.
  struct NewlyEnqueued {
    let job: JobID
    let spec: JobSpec
    let schedule: ScheduleID
    /// How it is to be fitted in between the unfinished ones.
    let overlap: Overlap
  }

  mutating func add(_ schedule: Schedule) { known[schedule.id] = schedule }

  mutating func remove(_ name: String) {
    known = known.filter { $0.value.name != name }
  }

  /// A user's change: the next time is ahead, never one that has passed.
  mutating func change(_ schedule: Schedule, at now: Moment) throws(Violation) {
    let before = known[schedule.id]
    known[schedule.id] = schedule
    guard schedule.pausedAt == nil, let next = schedule.nextAt, next <= now.wall,
      next != before?.nextAt || schedule.spec.timing != before?.spec.timing
    else { return }
    throw Violation(
      .nothingForThePast, "\(schedule.name) was changed at \(now.wall), and is due at \(next)")
  }

  /// A worker's step: each time that has passed gets what the policies say, once.
  mutating func advance(
    _ advance: ScheduleAdvance, at now: Moment
  ) throws(Violation) -> [NewlyEnqueued] {
    guard let before = known[advance.schedule.id] else {
      throw Violation(.movedAsTold, "\(advance.schedule.name) was moved, though it isn't there")
    }
    known[before.id] = advance.schedule
    guard advance.schedule.turn == before.turn || mayTurn else {
      throw Violation(.steadyClocks, "\(before.name) begins turn \(advance.schedule.turn)")
    }
    let times = advance.enqueued.map(\.due.at)
    for time in times {
      let place = Time(turn: advance.schedule.turn, at: time)
      guard enqueued[before.id, default: []].insert(place).inserted else {
        throw Violation(.onceEach, "\(before.name) enqueued \(time) of turn \(place.turn) twice")
      }
    }
    try checkFates(advance, before, at: now)
    if before.spec.missed != .all, times.count > 1 {
      throw Violation(.onceEach, "\(before.name) enqueued \(times), its policy is for one")
    }
    return advance.enqueued.map {
      NewlyEnqueued(
        job: $0.job, spec: before.spec.job, schedule: before.id, overlap: before.spec.overlap)
    }
  }

  /// The times from the one that was due to the next one: all have a fate, and no others.
  private func checkFates(
    _ advance: ScheduleAdvance, _ before: Schedule, at now: Moment
  ) throws(Violation) {
    let count = advance.enqueued.count + advance.skipped.count + (advance.missed?.times ?? 0)
    guard count > 0 else { return }  // a review
    let after = advance.schedule
    guard before.pausedAt == nil, let due = before.nextAt, due <= now.wall else {
      throw Violation(.eachHasAFate, "\(before.name) was moved, though it wasn't due: \(before)")
    }
    let earliest = (advance.enqueued.map(\.due.at) + advance.skipped).min()
    if let earliest, earliest < due - before.offset {
      throw Violation(
        .eachHasAFate, "\(before.name) enqueued \(earliest), before the time due, \(due)")
    }
    // One that has spent its number of jobs drops the rest.
    guard after.spec.timesLeft != 0 else { return }
    var expected = 0
    var time: Timestamp? = due - before.offset
    while let passed = time, passed <= now.wall - before.offset,
      after.nextAt.map({ passed < $0 - after.offset }) ?? true
    {
      expected += 1
      time = before.recurrence(in: .utc).next(after: passed)
    }
    guard count == expected else {
      throw Violation(
        .eachHasAFate,
        "\(before.name) was due \(expected) times from \(due) to \(now.wall); told were "
          + "\(advance.enqueued.map(\.due.at)), skipped \(advance.skipped), missed "
          + "\(advance.missed as Any)")
    }
  }

  /// The stored schedules are those that were told.
  func check(_ stored: [Schedule]) throws(Violation) {
    guard Set(stored.map(\.id)) == Set(known.keys) else {
      throw Violation(.movedAsTold, "there are \(stored.map(\.name)), not \(known.values)")
    }
    for schedule in stored {
      guard var expected = known[schedule.id] else { continue }
      expected.tally = schedule.tally
      guard schedule == expected else {
        throw Violation(.movedAsTold, "\(schedule) should be \(expected)")
      }
    }
  }

  /// What is wrong with a schedule that workers have had time for; nil for nothing.
  /// - Parameter boots: in each of them a setback of a minute isn't noticed.
  static func unrest(_ schedule: Schedule, boots: Int, at now: Moment) -> String? {
    guard schedule.pausedAt == nil else { return nil }
    guard let next = schedule.nextAt else { return nil }
    if next <= now.wall { return "\(schedule.name) is still due since \(next)" }
    let slack = Duration.seconds(60 * boots)
    let longest: Duration
    switch schedule.spec.timing {
    case .every(let interval): longest = interval.length + slack
    case .cron(let cron) where cron.followsClock: longest = .seconds(60) + slack
    case .cron: longest = .seconds(86_400 + 3 * 3600) + slack
    }
    guard next - now.wall > longest + schedule.spec.spread else { return nil }
    return "\(schedule.name) waits for \(next), it is \(now.wall)"
  }
}

extension Timestamp {
  fileprivate static func - (time: Timestamp, duration: Duration) -> Timestamp {
    time + (.zero - duration)
  }
}
