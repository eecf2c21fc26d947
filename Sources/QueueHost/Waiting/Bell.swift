package import QueueCore

/// Wakes those that wait, in all processes. Who doesn't hear it looks by itself within a
/// `poll-interval`: nothing depends on it.
package protocol Bell: Sendable {
  /// Wakes those that a tone is for.
  func ring(_ tone: Tone)
}

/// Whom a bell wakes.
package enum Tone: Equatable, Sendable {
  /// Idle workers: a job may be ready.
  case work
  /// Those that wait for jobs to end: one has.
  case end
  /// Workers and supervisors: there may be orders for them.
  case orders([ProcessIdentity])
}

/// Hears one of the tones.
package protocol BellListener: AnyObject {
  /// Polls readable once it was rung.
  var descriptor: Int32 { get }
  /// Whether it was rung since this was last asked.
  func wasRung() -> Bool
}

extension Doorbell: BellListener {}

/// The bell of a queue whose workers are all on this machine: files that are watched, and a signal.
package struct FileBell: Bell {
  private let directory: QueueDirectory

  /// The bell of the queue there.
  package init(_ directory: QueueDirectory) { self.directory = directory }

  package func ring(_ tone: Tone) {
    switch tone {
    case .work: Doorbell.ring(directory.doorbell)
    case .end: Doorbell.ring(directory.endBell)
    case .orders(let processes): WorkerSignal.lookAtOrders(processes, of: directory)
    }
  }
}
