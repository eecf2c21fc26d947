/// The parts of a move that every store makes alike.
extension Schedule {
  /// Whether a move was computed from the schedule as it is.
  public func accepts(_ move: ScheduleMove) -> Bool {
    pausedAt == nil && revision == move.revision && nextAt == move.expected
  }

  /// Sets the next time, and counts the times that the move drops.
  /// - Returns: the history entries of the move, oldest first.
  @discardableResult
  public mutating func start(_ move: ScheduleMove) -> [Occurrence] {
    let missed = move.missed.map { Occurrence($0, .missed, turn: turn) }
    nextAt = move.nextAt
    spec.anchor = move.anchor ?? spec.anchor
    lastAt = move.due.last?.at ?? move.missed?.through ?? lastAt
    startTurnIfSetBack()
    tally.missed += move.missed?.times ?? 0
    problem = nil
    let setback = move.setBackAt.map { Occurrence(at: $0, .setBack, turn: turn) }
    return [missed, setback].compactMap(\.self)
  }

  /// Begins another turn if the next time isn't later than the last one: the clock was set back.
  mutating func startTurnIfSetBack() {
    guard let nextAt, let lastAt, nextAt - offset <= lastAt else { return }
    turn += 1
    self.lastAt = nil
  }

  /// Whether it may enqueue another job.
  public var mayEnqueue: Bool { spec.timesLeft != 0 }

  /// Counts a job, and ends the schedule with its last job.
  public mutating func countEnqueued() {
    tally.enqueued += 1
    tally.skipsInRow = 0
    guard let timesLeft = spec.timesLeft else { return }
    spec.timesLeft = max(0, timesLeft - 1)
    if spec.timesLeft == 0 { nextAt = nil }
  }

  /// Counts a time that got no job, because an earlier one was unfinished.
  public mutating func countSkipped() {
    tally.skipped += 1
    tally.skipsInRow += 1
  }

  /// Counts a time whose job is no longer valid.
  public mutating func countInvalid(_ error: InvalidJob) {
    tally.missed += 1
    problem = "its job is invalid: \(error)"
  }

  /// The job for a due time.
  /// - Parameter earlier: the jobs that it waits for, however they end.
  /// - Throws: ``InvalidJob`` if the rules for jobs have changed since the schedule was stored.
  public func job(for due: ScheduleMove.Due, after earlier: [JobID]) throws(InvalidJob) -> NewJob {
    var job = spec.job
    job.runAt = due.at + offset
    return try NewJob(
      job, prerequisites: earlier.map { Prerequisite(reference: $0.text, accepts: .anyEnd) })
  }

  /// Returns the first moment from `now` on that can't be a due time, as the key of a history entry
  /// of another kind. Due times have the milliseconds of the anchor, or none.
  public func spareTime(from now: Timestamp) -> Timestamp {
    let taken = if case .every = spec.timing { spec.anchor?.milliseconds ?? 0 } else { 0 as Int64 }
    return (now.milliseconds - taken) % 1000 == 0 ? now + .milliseconds(1) : now
  }
}

extension Schedule.Tally {
  /// Counts the end of a job; other states don't count.
  public mutating func countEnd(_ state: JobState, at time: Timestamp) {
    switch state {
    case .completed:
      failuresInRow = 0
      successesInRow += 1
      succeededAt = time
    case .dead:
      failuresInRow += 1
      successesInRow = 0
    case .pending, .processing, .failed, .cancelled: break
    }
  }
}

extension Occurrence {
  /// How many entries of one schedule are kept.
  public static let keptCount = 100

  /// Both as one entry, if they are times in a row without a job and with the same fate.
  public func merged(with next: Occurrence) -> Occurrence? {
    guard job == nil, next.job == nil, fate == next.fate, turn == next.turn else { return nil }
    var merged = self
    merged.through = next.through ?? next.at
    merged.times += next.times
    return merged
  }
}
