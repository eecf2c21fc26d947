import CLinux
import Glibc
public import QueueCore

/// What another process may do to workers of this machine.
public enum WorkerSignal {
  /// Has them look at their orders at once; they would within seconds anyway.
  public static func lookAtOrders(_ workers: [WorkerRecord], of directory: QueueDirectory) {
    lookAtOrders(workers.map(\.process), of: directory)
  }

  /// The same for workers and supervisors alike.
  ///
  /// What the queue says of a process may be made up. So it is signalled only if it is known to be
  /// the one meant, belongs to the owner of the queue and waits for the signal, as a worker does:
  /// no other is harmed.
  public static func lookAtOrders(_ processes: [ProcessIdentity], of directory: QueueDirectory) {
    for process in processes {
      // Held before it is looked at, so that its number can't be given to another meanwhile.
      let descriptor = clinux_pidfd_open(process.pid)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      guard isWorker(process, of: directory) else { continue }
      _ = clinux_signal_process(descriptor, SIGUSR1)
    }
  }

  private static func isWorker(_ process: ProcessIdentity, of directory: QueueDirectory) -> Bool {
    switch LocalHost.isRunning(process) {
    case .yes: break
    case .no: return false
    case .unknown:
      // A lock that is held was taken in this boot, whatever its id.
      guard LocalHost.has(process), WorkerLock.isHeld(by: process, in: directory) == .yes
      else { return false }
    }
    var database = stat()
    guard stat(directory.database, &database) == 0, let status = ProcessStatus(of: process.pid)
    else { return false }
    return status.uid == database.st_uid && status.blocks(SIGUSR1)
  }

  /// Waits until one of them has ended, if that can be seen from here, or the time is over.
  public static func waitForEnd(of processes: [ProcessIdentity], atMost duration: Duration) {
    let descriptors = processes.filter { LocalHost.isRunning($0) == .yes }
      .map { clinux_pidfd_open($0.pid) }.filter { $0 >= 0 }
    defer { descriptors.forEach { close($0) } }
    Poll.wait(for: descriptors, atMost: duration)
  }
}
