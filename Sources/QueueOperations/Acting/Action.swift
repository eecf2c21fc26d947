package import QueueCore

/// An operator's action. It names each job, so later changes of the list don't affect it.
package enum Action: Equatable, Sendable {
  case jobs(JobAction, [JobID])
  /// Pauses or resumes a queue; nil for all queues.
  case pause(queue: String?, Bool)
  /// Limits the running jobs of a queue; nil for no limit.
  case limit(queue: String, Int?)
  /// Pauses or resumes a schedule.
  case pauseSchedule(String, Bool)
  /// Enqueues a schedule's job now, unless an earlier one is unfinished.
  case runSchedule(String)
  /// Stops workers; with `during`, only while they execute that run.
  case stop([WorkerID], StopOrder, during: RunID? = nil)

  /// The affected jobs in order; empty for queues and workers.
  package var jobs: [JobID] { if case .jobs(_, let ids) = self { ids } else { [] } }
}

/// What an action does to each of its jobs.
package enum JobAction: Equatable, Sendable {
  /// Requeues dead jobs with all their retries.
  case retry
  /// Runs failed jobs now instead of after their backoff, and requeues cancelled ones.
  case retryNow
  /// Removes dead jobs with their history and logs.
  case discard
  /// Cancels unfinished jobs. Running ones are skipped unless `evenRunning` is set.
  case cancel(evenRunning: Bool)
  /// Freezes the runs of running jobs, or continues them.
  case pause, resume

  /// The present participle for the progress line, such as `retrying`.
  var presentParticiple: String {
    switch self {
    case .retry, .retryNow: "retrying"
    case .discard: "discarding"
    case .cancel: "cancelling"
    case .pause: "pausing"
    case .resume: "resuming"
    }
  }

  /// The past participle for the result, such as `retried`.
  var pastParticiple: String {
    switch self {
    case .retry, .retryNow: "retried"
    case .discard: "discarded"
    case .cancel: "cancelled"
    case .pause: "paused"
    case .resume: "resumed"
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
  package var text: String { "\(verb) \(Format.grouped(done)) of \(Format.grouped(total))" }
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

/// All jobs of a list, to be looked up for an action on them, or to be tagged.
package struct BulkSelection: Equatable, Sendable {
  /// What is done to the jobs. Whole lists are retried and discarded only if dead.
  package enum Purpose: String, Equatable, Sendable { case retry, discard, mark }

  package var purpose: Purpose
  package var filter: FilterText
  package var group: ErrorGroup.Key?
  /// Only jobs of this queue; nil for all.
  package var queue: String?
  /// The list.
  package var tab: JobTab

  package init(
    purpose: Purpose, filter: FilterText, group: ErrorGroup.Key? = nil, queue: String? = nil,
    tab: JobTab = .dead
  ) {
    self.purpose = purpose
    self.tab = tab
    self.filter = filter
    self.group = group
    self.queue = queue
  }

  /// The most jobs an action takes; larger sets need the command line.
  package static let most = 200_000
  /// The most jobs that can be marked: each is kept with its command.
  package static let mostMarks = 20_000
}
