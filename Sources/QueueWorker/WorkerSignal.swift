import CLinux
import Glibc
public import QueueCore

/// What another process may do to workers of this machine.
public enum WorkerSignal {
  /// Has them look at their orders at once; they would within seconds anyway. Only processes that are known to be the ones meant are
  /// signalled.
  public static func lookAtOrders(_ workers: [WorkerRecord]) {
    lookAtOrders(workers.map(\.process))
  }

  /// The same for workers and supervisors alike.
  public static func lookAtOrders(_ processes: [ProcessIdentity]) {
    for process in processes where ThisMachine.isRunning(process) { kill(process.pid, SIGUSR1) }
  }

  /// Waits until one of them has ended, if that can be seen from here, or the time is over.
  public static func waitForEnd(of processes: [ProcessIdentity], atMost duration: Duration) {
    let descriptors = processes.filter { ThisMachine.isRunning($0) }
      .map { clinux_pidfd_open($0.pid) }.filter { $0 >= 0 }
    defer { descriptors.forEach { close($0) } }
    Readiness.wait(for: descriptors, atMost: duration)
  }
}
