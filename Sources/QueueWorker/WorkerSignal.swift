import CLinux
import Glibc
public import QueueCore

/// What another process may do to workers of this machine.
public enum WorkerSignal {
  /// Has them look at their orders at once; they would within seconds anyway. Only processes that are known to be the ones meant are
  /// signalled.
  public static func lookAtOrders(_ workers: [WorkerRecord]) {
    for worker in workers where ThisMachine.isRunning(worker.process) {
      kill(worker.process.pid, SIGUSR1)
    }
  }

  /// Waits until one of them has ended, if that can be seen from here, or the time is over.
  public static func waitForEnd(of workers: [WorkerRecord], atMost duration: Duration) {
    let descriptors = workers.filter { ThisMachine.isRunning($0.process) }
      .map { clinux_pidfd_open($0.process.pid) }.filter { $0 >= 0 }
    defer { descriptors.forEach { close($0) } }
    Readiness.wait(for: descriptors, atMost: duration)
  }
}
