import QueueCore

/// Something to be done to the queue. What it is done to is named one by one, and was when the question was asked: no list
/// that moves meanwhile changes it.
enum Action: Equatable, Sendable {
  /// Dead jobs run again, with all their retries.
  case retry([JobID])
  /// Failed jobs run now rather than after their backoff; cancelled ones start anew.
  case hasten([JobID])
  /// Dead jobs are removed, with their history and logs.
  case discard([JobID])
  /// Jobs that haven't ended are taken out; what runs is ended.
  case cancel([JobID])
  /// Jobs of a queue, or of all for nil, are held back, or no longer.
  case pause(queue: String?, Bool)
  /// Workers are asked to leave.
  case stop([WorkerID], StopOrder)

  /// The jobs that it is done to.
  var jobs: Set<JobID> {
    switch self {
    case .retry(let ids), .hasten(let ids), .discard(let ids), .cancel(let ids): Set(ids)
    case .pause, .stop: []
    }
  }
}

/// What became of an action.
struct ActionResult: Equatable, Sendable {
  /// For the line below the list.
  var text: String
  /// Whether it didn't do all that was asked for.
  var isWarning = false
}

/// A search for all dead jobs that an action could be done to.
struct Gathering: Equatable, Sendable {
  /// What is to be done to them.
  enum Purpose: String, Equatable, Sendable { case retry, discard }

  var purpose: Purpose
  var filter: FilterText
  var group: ErrorGroup.Key?

  /// More than these are left to the command line.
  static let most = 200_000
}
