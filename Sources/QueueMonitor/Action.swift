import QueueCore

/// Something to be done to the queue. What it is done to is named one by one, and was when the question was asked: no list
/// that moves meanwhile changes it.
enum Action: Equatable, Sendable {
  /// Dead jobs run again, with all their retries.
  case retry([JobID])
  /// Workers are asked to leave.
  case stop([WorkerID], StopOrder)
}

/// What became of an action.
struct ActionResult: Equatable, Sendable {
  /// For the line below the list.
  var text: String
  /// Whether it didn't do all that was asked for.
  var isWarning = false
}

/// A search for all jobs that an action could be done to.
struct Gathering: Equatable, Sendable {
  /// What is to be done to them.
  enum Purpose: Equatable, Sendable { case retry }

  var purpose: Purpose
  var tab: JobTab
  var filter: FilterText

  /// More than these are left to the command line.
  static let most = 200_000
}
