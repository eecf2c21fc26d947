package import QueueCore

/// An operator's action. It names each job, so later changes of the list don't affect it.
package enum Action: Equatable, Sendable {
  /// Requeues dead jobs with all their retries.
  case retry([JobID])
  /// Runs failed jobs now instead of after their backoff, and requeues cancelled ones.
  case retryNow([JobID])
  /// Removes dead jobs with their history and logs.
  case discard([JobID])
  /// Cancels unfinished jobs. Running ones are skipped unless `evenRunning` is set.
  case cancel([JobID], evenRunning: Bool)
  /// Pauses or resumes a queue; nil for all queues.
  case pause(queue: String?, Bool)
  /// Stops workers; with `during`, only while they execute that run.
  case stop([WorkerID], StopOrder, during: RunID? = nil)

  /// The affected jobs in order; empty for queues and workers.
  package var jobs: [JobID] {
    switch self {
    case .retry(let ids), .retryNow(let ids), .discard(let ids), .cancel(let ids, _): ids
    case .pause, .stop: []
    }
  }

  /// The present participle for the progress line, such as `retrying`.
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

/// The progress of an action.
package struct ActionProgress: Equatable, Sendable {
  /// Such as `retrying`.
  package var verb: String
  /// Jobs processed so far, including skipped ones.
  package var done: Int
  /// Jobs of the action.
  package var total: Int

  /// The line to display.
  package var text: String { "\(verb) \(Figures.grouped(done)) of \(Figures.grouped(total))" }
}

/// The outcome of an action.
package struct ActionResult: Equatable, Sendable {
  /// The line displayed below the list.
  package var text: String
  /// Whether some jobs or workers were skipped, or the action failed.
  package var isWarning = false

  package init(
    text: String, isWarning: Bool = false
  ) {
    self.text = text
    self.isWarning = isWarning
  }
}

/// A search for all dead jobs an action applies to.
package struct Gathering: Equatable, Sendable {
  /// The action that follows.
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

  /// The most jobs a search returns; larger sets need the command line.
  package static let most = 200_000
}
