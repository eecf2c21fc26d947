/// What a form asks for.
package enum Purpose: String, CaseIterable, Sendable {
  case retry
  case discard
  case cancel
  /// All dead jobs that match a filter, or of a group.
  case retryAll = "retry-all"
  case discardAll = "discard-all"
  case pause, resume
  case pauseAll = "pause-all"
  case resumeAll = "resume-all"
  /// Stops a worker after its job.
  case stop
  /// Ends the job of a worker, and stops it.
  case stopNow = "stop-now"
  case stopAll = "stop-all"

  /// Whether something is lost by it.
  var isHarsh: Bool {
    switch self {
    case .discard, .discardAll, .cancel, .stopNow, .stopAll: true
    default: false
    }
  }
}
