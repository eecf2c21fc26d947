package import QueueCore

/// What the poller reports to the screen.
package enum PollerMessage: Equatable, Sendable {
  /// What it read; the look that it read it for.
  case snapshot(Snapshot, ViewRequest)
  /// Nothing has changed since the last snapshot.
  case unchanged(Moment)
  /// It has said nothing for long.
  case silence(Moment)
  /// It can't read now.
  case trouble(Trouble, Moment)
  /// How far an action is that takes long.
  case acting(ActionProgress)
  /// What became of an action.
  case acted(ActionResult)
  /// Something to be read, of no action.
  case said(ActionResult)
  /// The visible window of a log.
  case log(LogText)
  /// The progress of a search in a log.
  case searching(LogSearch, percent: Int)
  /// The result of a search in a log; nil without a match.
  case searched(LogSearch, LogSearch.Match?)
  /// The jobs that an action on all of them would be done to.
  case gathered(BulkSelection, [JobID], isComplete: Bool)
  /// The jobs that are to be tagged.
  case found(BulkSelection, [Job], isComplete: Bool)
}

/// Why nothing can be read. The screen stays, and says so.
package enum Trouble: Equatable, Sendable {
  /// There is no database yet.
  case missing
  /// Something else; the store's own words.
  case failed(StoreError)

  /// What is said of it while an older look is shown; nil for a database that others hold.
  package var words: String? {
    switch self {
    case .missing: "the database is gone; what is shown is old"
    case .failed(let error): error.code == .busy ? nil : error.message
    }
  }

  /// Whether a change must not be tried.
  package var forbidsActions: Bool {
    switch self {
    case .missing: true
    case .failed(let error): error.code != .busy
    }
  }
}
