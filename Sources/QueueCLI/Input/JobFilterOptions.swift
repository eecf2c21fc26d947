import ArgumentParser
import QueueCore
import QueueHost
import QueueSession

typealias JobFilterOptions = JobFilters<UsualPlaceFilters>

/// The filters that select jobs, the same for each command; ``StateFilter`` is one more.
struct JobFilters<Place: PlaceFilters>: ParsableArguments {
  @OptionGroup var place: Place

  @Option(
    help: ArgumentHelp("Only jobs that this schedule enqueued.", valueName: "name"),
    completion: ShellCompletions.schedules)
  var schedule: String?

  @Option(help: "Only jobs with this text in their id, command or error.")
  var search: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only jobs whose latest run ended with these statuses: 1,64-78; 124 for a timeout, 137 for "
        + "signal 9.", valueName: "statuses"))
  var exit: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only jobs that entered their state before this: an age such as 2h, or a time such as 22:00 "
        + "or yesterday.", valueName: "time"))
  var olderThan: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Only jobs that entered their state after this: an age or a time.",
      valueName: "time"))
  var newerThan: String?

  @Flag(help: "Only jobs that wait, directly or not, for the success of a dead or cancelled job.")
  var blocked = false

  var queue: String? { place.queue }
  var tag: [String] { place.tag }

  /// Whether no filter is given.
  var isEmpty: Bool {
    queue == nil && tag.isEmpty && schedule == nil && search == nil && exit == nil
      && olderThan == nil && newerThan == nil && !blocked
  }

  /// Checks the values. The query has no states; a duration counts back from `now`.
  func query(at now: Moment) throws -> JobQuery {
    if let queue { try OptionParsing.check(queue: queue, prefix: Place.prefixes.queue) }
    for tag in tag { try OptionParsing.check(tag: tag, prefix: Place.prefixes.tag) }
    var query = JobQuery(
      queue: queue, search: search,
      exitStatuses: try exit.map {
        try OptionParsing.statuses($0, flag: "--exit", among: ExitStatusSet.all)
      })
    query.tags = tag
    query.conditions = [schedule.map { .schedule($0) }, blocked ? .blocked : nil].compactMap {
      (test: JobPredicate.Test?) in test.map { JobPredicate($0) }
    }
    query.updatedBefore = try olderThan.map {
      try OptionParsing.past($0, flag: "--older-than", before: now)
    }
    query.updatedSince = try newerThan.map {
      try OptionParsing.past($0, flag: "--newer-than", before: now)
    }
    return query
  }

  /// Every match in one of `states`. Notes names that don't exist.
  func selection(in states: [JobState], of session: Session) throws -> JobSelection {
    var query = try query(at: session.clock.now())
    // As an age, so that a wall clock that was set ahead doesn't make all jobs look old.
    let age = olderThan.flatMap { Duration(text: $0) }
    if age != nil { query.updatedBefore = nil }
    try noteUnknown(in: session)
    return JobSelection(.matching(query), in: states, age: age)
  }

  /// Notes names of queues, tags and schedules that don't exist.
  /// - Returns: whether there are any.
  @discardableResult
  func noteUnknown(in session: Session) throws -> Bool {
    let notes =
      try session.unknown(queue) + tag.compactMap(session.unknown(tag:))
      + [session.unknownSchedule(schedule)].compactMap(\.self)
    notes.forEach(ErrorReport.note)
    return !notes.isEmpty
  }
}
