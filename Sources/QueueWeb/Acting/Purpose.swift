/// The action that a form requests.
package enum Purpose: String, CaseIterable, Sendable {
  case retry
  case discard
  case cancel
  /// Freezes the runs of jobs, or continues them.
  case pauseJob = "pause-job"
  case resumeJob = "resume-job"
  /// All dead jobs of a filter or group.
  case retryAll = "retry-all"
  case discardAll = "discard-all"
  case pause, resume
  case pauseAll = "pause-all"
  case resumeAll = "resume-all"
  /// Sets or removes a queue's limit of running jobs.
  case limit
  case runSchedule = "run-schedule"
  case pauseSchedule = "pause-schedule"
  case resumeSchedule = "resume-schedule"
  /// Stops a worker once its job has ended.
  case stop
  /// Ends a worker's job and stops the worker.
  case stopNow = "stop-now"
  case stopAll = "stop-all"

  /// The fields that name its targets.
  var names: [String] {
    switch self {
    case .retry, .discard, .cancel, .pauseJob, .resumeJob: ["job"]
    case .retryAll, .discardAll: ["q", "group"]
    case .pause, .resume: ["queue"]
    case .limit: ["queue", "limit"]
    case .runSchedule, .pauseSchedule, .resumeSchedule: ["schedule"]
    case .stop, .stopNow: ["worker"]
    case .pauseAll, .resumeAll, .stopAll: []
    }
  }

  /// Those of ``names`` that must be given.
  var required: [String] {
    switch self {
    case .retryAll, .discardAll: []
    default: names
    }
  }

  /// Whether it destroys something.
  var isHarsh: Bool {
    switch self {
    case .discard, .discardAll, .cancel, .stopNow, .stopAll: true
    default: false
    }
  }
}
