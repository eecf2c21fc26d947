package import QueueCore

/// Wakes waiting processes; best effort, because they also poll every `poll-interval`.
package protocol Bell: Sendable {
  func ring(_ tone: Tone)
}

/// The processes that a ring wakes.
package enum Tone: Equatable, Sendable {
  /// Idle workers: a job may be ready.
  case work
  /// Processes waiting for jobs: a job has finished.
  case end
  /// These workers and supervisors: orders may be pending.
  case orders([ProcessIdentity])
}

package protocol BellListener: AnyObject {
  var descriptor: Int32 { get }
  func wasRung() -> Bool
}

extension Doorbell: BellListener {}

/// A bell for processes of this machine: watched files, and SIGUSR1 for orders.
package struct FileBell: Bell {
  private let directory: QueueDirectory

  package init(_ directory: QueueDirectory) { self.directory = directory }

  package func ring(_ tone: Tone) {
    switch tone {
    case .work: Doorbell.ring(directory.doorbell)
    case .end: Doorbell.ring(directory.endBell)
    case .orders(let processes): WorkerSignal.lookAtOrders(processes, of: directory)
    }
  }
}
