package import QueueCore

/// A report of the poller to the screen.
package enum PollerMessage: Equatable, Sendable {
  /// A snapshot, and the request that it answers.
  case snapshot(Snapshot, ViewRequest)
  /// Nothing has changed since the last snapshot.
  case unchanged(Moment)
  /// The poller hasn't reported for too long.
  case silence(Moment)
  /// The queue can't be read.
  case trouble(Trouble, Moment)
  /// The progress of an action.
  case acting(ActionProgress)
  /// The result of an action.
  case acted(ActionResult)
  /// A message that isn't the result of an action.
  case said(ActionResult)
  /// The visible window of a log.
  case log(LogText)
  /// The progress of a search in a log.
  case searching(LogSearch, percent: Int)
  /// The result of a search in a log; nil without a match.
  case searched(LogSearch, LogSearch.Match?)
  /// The jobs of a bulk action, to confirm.
  case gathered(BulkSelection, [JobID], isComplete: Bool)
  /// The jobs to tag.
  case found(BulkSelection, [Job], isComplete: Bool)
}

/// The reason why the queue can't be read. The screen stays and shows it.
package enum Trouble: Equatable, Sendable {
  /// The database doesn't exist yet.
  case missing
  /// Any other error of the store.
  case failed(StoreError)

  /// The message above an older snapshot; nil for a locked database.
  package var words: String? {
    switch self {
    case .missing: "the database is missing; this is its last known state"
    case .failed(let error): error.code == .busy ? nil : error.message
    }
  }

  /// Whether actions are disabled.
  package var forbidsActions: Bool {
    switch self {
    case .missing: true
    case .failed(let error): error.code != .busy
    }
  }
}
