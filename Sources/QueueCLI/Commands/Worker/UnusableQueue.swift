import Glibc
import QueueCore
import QueueHost
import QueueSession

/// The supervisors of a file that can't store an order to stop: it is damaged, or its disk is full.
/// Their locks name them, and signals reach those of this machine.
struct UnusableQueue {
  private let directory: QueueDirectory

  private static let interval = Duration.milliseconds(100)

  /// Returns nil for other errors, and for a queue on a server.
  init?(_ error: StoreError, at location: DatabaseLocation) {
    guard [.corrupt, .foreign, .full].contains(error.code), let path = location.path else {
      return nil
    }
    directory = QueueDirectory(database: path)
  }

  func supervisors() throws(SystemError) -> [SupervisorRecord] { try directory.supervisors() }

  /// Stops the supervisors and their workers as `TERM` does, or for `endJob` as a second one does.
  /// Returns those left at the deadline. Without `waits`, returns none once all are stopping.
  func stop(
    _ order: StopOrder, waits: Bool, until deadline: Duration?
  ) throws -> [SupervisorRecord] {
    let clock = SystemClock()
    var asked: Set<ProcessIdentity> = []
    var unreached: Set<ProcessIdentity> = []
    while true {
      let left = try supervisors()
      if let process = left.map(\.process).first(where: unreached.contains) {
        throw Failure(
          "can't signal supervisor \(process.pid) on \(process.host): stop it there, as its user")
      }
      // A second TERM ends the jobs; more do no harm.
      let due = left.filter {
        $0.isStopping ? order == .endJob : !asked.contains($0.process)
      }.map(\.process)
      let reached = WorkerSignal.send(SIGTERM, to: due, of: directory)
      asked.formUnion(reached)
      unreached = Set(due).subtracting(reached)
      if left.isEmpty || !waits && left.allSatisfy(\.isStopping) { return [] }
      let now = clock.now().uptime
      if let deadline, now >= deadline { return left }
      WorkerSignal.waitForEnd(
        of: left.map(\.process),
        atMost: deadline.map { min($0 - now, Self.interval) } ?? Self.interval)
    }
  }
}
