import QueueCore

/// What the screen needs to know now: the order that the reading side works by.
struct Look: Equatable, Sendable {
  /// Which jobs are listed.
  var tab = JobTab.all
  var filter = FilterText("")
  /// Only dead jobs of this group; nil for all.
  var group: ErrorGroup.Key?
  var sort = SortKey.age
  var isReversed = false
  /// How many rows are wanted.
  var limit = 100
  /// How long to search for what a filter matches.
  var searchTime = Duration.milliseconds(100)
  /// The job to read closely; nil for none.
  var detail: JobID?
  /// Which of its runs' log; nil for the latest.
  var run: RunID?
  /// Whether the groups of dead jobs are wanted.
  var wantsGroups = false
  /// How often to look.
  var interval = Duration.seconds(1)
  /// Whether not to look by itself.
  var isPaused = false

  /// Whether some jobs of the tab aren't shown.
  var isFiltered: Bool { !filter.isEmpty || group != nil }

  /// Whether that job is shown.
  func shows(_ job: Job, at now: Moment) -> Bool {
    filter.matches(job, at: now) && (group == nil || group == ErrorGroup.Key(job))
  }

  /// What to ask the store for.
  var query: JobQuery {
    var query = JobQuery(states: tab.state.map { [$0] } ?? [])
    filter.narrow(&query)
    return query
  }
}

/// What the reading side reports.
enum Report: Equatable, Sendable {
  /// What it read; the look that it read it for.
  case snapshot(Snapshot, Look)
  /// Nothing has changed since the last snapshot.
  case unchanged(Moment)
  /// It has said nothing for long.
  case silence(Moment)
  /// It can't read now.
  case trouble(Trouble, Moment)
  /// What became of an action.
  case acted(ActionResult)
  /// The jobs that an action on all of them would be done to.
  case gathered(Gathering, [JobID], isComplete: Bool)
}

/// Why nothing can be read. The screen stays, and says so.
enum Trouble: Equatable, Sendable {
  /// There is no database yet.
  case missing
  /// Something else; the store's own words.
  case failed(StoreError)

  /// Whether a change must not be tried.
  var forbidsActions: Bool {
    switch self {
    case .missing: true
    case .failed(let error): error.code != .busy
    }
  }
}
