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
  /// Limits the running jobs of a queue, or removes the limit.
  case limit
  case runSchedule = "run-schedule"
  case pauseSchedule = "pause-schedule"
  case resumeSchedule = "resume-schedule"
  /// Stops a worker after its job.
  case stop
  /// Ends the job of a worker, and stops it.
  case stopNow = "stop-now"
  case stopAll = "stop-all"

  /// The fields that say what it is about.
  var names: [String] {
    switch self {
    case .retry, .discard, .cancel: ["job"]
    case .retryAll, .discardAll: ["q", "group"]
    case .pause, .resume: ["queue"]
    case .limit: ["queue", "limit"]
    case .runSchedule, .pauseSchedule, .resumeSchedule: ["schedule"]
    case .stop, .stopNow: ["worker"]
    case .pauseAll, .resumeAll, .stopAll: []
    }
  }

  /// Whether something is lost by it.
  var isHarsh: Bool {
    switch self {
    case .discard, .discardAll, .cancel, .stopNow, .stopAll: true
    default: false
    }
  }
}
