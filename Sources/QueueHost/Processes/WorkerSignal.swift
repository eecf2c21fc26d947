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
  public static func lookAtOrders(_ processes: [ProcessIdentity], of directory: QueueDirectory) {
    send(SIGUSR1, to: processes, of: directory)
  }

  /// Signals workers and supervisors; returns those that were reached.
  /// Stored pids may be forged, so it checks identity, owner and that SIGUSR1 is blocked.
  @discardableResult
  public static func send(
    _ signal: Int32, to processes: [ProcessIdentity], of directory: QueueDirectory
  ) -> [ProcessIdentity] {
    processes.filter { process in
      // Open the pidfd before the checks, so that the pid can't be reused in between.
      let descriptor = clinux_pidfd_open(process.pid)
      guard descriptor >= 0 else { return false }
      defer { close(descriptor) }
      return isWorker(process, of: directory) && clinux_signal_process(descriptor, signal) == 0
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
