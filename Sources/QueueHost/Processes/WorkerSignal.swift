import CLinux
import Glibc
public import QueueCore

/// Signals workers of this machine, and waits for their exit.
public enum WorkerSignal {
  /// Makes workers check their orders now rather than at the next heartbeat.
  public static func lookAtOrders(_ workers: [WorkerRecord], of directory: QueueDirectory) {
    lookAtOrders(workers.map(\.process), of: directory)
  }

  /// Does the same for workers and supervisors.
  /// Stored pids may be forged, so it checks identity, owner and that SIGUSR1 is blocked.
  public static func lookAtOrders(_ processes: [ProcessIdentity], of directory: QueueDirectory) {
    for process in processes {
      // Open the pidfd before the checks, so that the pid can't be reused in between.
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
      // A held lock was taken in this boot, even if the boot ID is unknown.
      guard LocalHost.has(process), WorkerLock.isHeld(by: process, in: directory) == .yes
      else { return false }
    }
    var anchor = stat()
    guard stat(directory.anchor, &anchor) == 0, let status = ProcessStatus(of: process.pid)
    else { return false }
    return status.uid == anchor.st_uid && status.blocks(SIGUSR1)
  }

  /// Waits until one of the processes has ended, as far as they are visible from here.
  public static func waitForEnd(of processes: [ProcessIdentity], atMost duration: Duration) {
    let descriptors = processes.filter { LocalHost.isRunning($0) == .yes }
      .map { clinux_pidfd_open($0.pid) }.filter { $0 >= 0 }
    defer { descriptors.forEach { close($0) } }
    Poll.wait(for: descriptors, atMost: duration)
  }
}
