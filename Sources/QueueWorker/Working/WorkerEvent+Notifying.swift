import QueueCore
package import QueueHost

extension WorkerEvent {
  /// The bell to ring for it; nil for none.
  package var tone: Tone? {
    switch self {
    // With `--drain`, the first worker to exit wakes the rest.
    case .left, .freedOthers: .work
    // A command may wait for it.
    case .paused: .end
    case .finished(_, _, let transition):
      switch transition.state {
      case .pending: .work
      case .failed, .processing: nil
      case .completed, .dead, .cancelled: .end
      }
    // The reclaimer notifies about reclaimed jobs.
    case .ready, .started, .superseded, .cared, .unended, .registeredAnew, .stopping, .orphaned,
      .displaced, .cutOff, .waitingForRoom, .noticed, .scheduled, .zoneUnreadable, .scheduleDamaged,
      .rescheduled, .trouble:
      nil
    }
  }
}
