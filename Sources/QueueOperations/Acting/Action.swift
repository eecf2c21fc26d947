package import QueueCore

/// Something to be done to the queue. What it is done to is named one by one, and was when the
/// question was asked: no list that moves meanwhile changes it.
package enum Action: Equatable, Sendable {
  /// Dead jobs run again, with all their retries.
  case retry([JobID])
  /// Failed jobs run now rather than after their backoff; cancelled ones start anew.
  case retryNow([JobID])
  /// Dead jobs are removed, with their history and logs.
  case discard([JobID])
  /// Jobs that haven't ended are taken out. Those that are being run are ended where that was asked
  /// about, and skipped where it wasn't.
  case cancel([JobID], evenRunning: Bool)
  /// Jobs of a queue, or of all for nil, are held back, or no longer.
  case pause(queue: String?, Bool)
  /// Workers are asked to leave; where it is about the job in their hands, only during that run.
  case stop([WorkerID], StopOrder, during: RunID? = nil)

  /// The jobs that it is done to, in their order.
  package var jobs: [JobID] {
    switch self {
    case .retry(let ids), .retryNow(let ids), .discard(let ids), .cancel(let ids, _): ids
    case .pause, .stop: []
    }
  }

  /// What is being done while it goes on.
  package var verb: String {
    switch self {
    case .retry, .retryNow: "retrying"
    case .discard: "discarding"
    case .cancel: "cancelling"
    case .pause: "pausing"
    case .stop: "stopping"
    }
  }
}

extension Action {
  /// What was done to its jobs.
  var participle: String {
    switch self {
    case .retry, .retryNow: "retried"
    case .discard: "discarded"
    case .cancel: "cancelled"
    case .pause: "paused"
    case .stop: "stopped"
    }
  }
}

/// How far an action is.
package struct ActionProgress: Equatable, Sendable {
  /// What is being done, as `retrying`.
  package var verb: String
  /// How many it was tried for.
  package var done: Int
  /// How many there are.
  package var total: Int

  /// In words.
  package var text: String { "\(verb) \(Figures.grouped(done)) of \(Figures.grouped(total))" }
}

/// What became of an action.
package struct ActionResult: Equatable, Sendable {
  /// For the line below the list.
  package var text: String
  /// Whether it didn't do all that was asked for.
  package var isWarning = false

  package init(
    text: String, isWarning: Bool = false
  ) {
    self.text = text
    self.isWarning = isWarning
  }
}

/// A search for all dead jobs that an action could be done to.
package struct Gathering: Equatable, Sendable {
  /// What is to be done to them.
  package enum Purpose: String, Equatable, Sendable { case retry, discard }

  package var purpose: Purpose
  package var filter: FilterText
  package var group: ErrorGroup.Key?

  package init(
    purpose: Purpose, filter: FilterText, group: ErrorGroup.Key? = nil
  ) {
    self.purpose = purpose
    self.filter = filter
    self.group = group
  }

  /// More than these are left to the command line.
  package static let most = 200_000
}
