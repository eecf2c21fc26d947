import Glibc
public import QueueCore
package import QueueHost

/// Drives one worker in a process of its own: waits on the kernel for whatever comes first and has
/// the worker take its next step.
///
/// It listens to signals, to its supervisor, to the doorbell while it is idle, and to the end of
/// its job.
public struct WorkerLoop {
  private let signals: SignalInbox
  private let doorbell: (any BellListener)?
  private let control: ControlChannel
  private let clock: any Clock
  private let housekeeper: Housekeeper

  /// Starts listening. To be made before the worker is known to anybody.
  /// - Parameter doorbell: nil where there is none to be had; work is found by looking then.
  package init(
    doorbell: (any BellListener)?, control: ControlChannel, clock: any Clock,
    housekeeper: Housekeeper
  ) throws(SystemError) {
    signals = try SignalInbox([SIGTERM, SIGINT, SIGHUP, SIGUSR1])
    self.doorbell = doorbell
    self.control = control
    self.clock = clock
    self.housekeeper = housekeeper
  }

  /// Runs until the worker has left.
  /// - Throws: the store is of no use any more.
  public func run(_ worker: Worker) throws(StoreError) {
    control.send(.ready)
    var rung = false
    var terms = 0
    while case .wait(let duration) = try worker.step(at: clock.now(), rung: rung) {
      let pause = housekeeper.work(for: worker.id, at: clock.now())
      let heard = wait(for: worker, atMost: min(duration, pause))
      while heard.contains(signals.descriptor), let signal = signals.next() {
        switch signal {
        case SIGTERM, SIGINT:
          terms += 1
          worker.stop(terms == 1 ? .finishJob : .endJob)
        case SIGUSR1: worker.lookAtOrders()
        default: break  // Losing its terminal doesn't matter to a worker.
        }
      }
      while heard.contains(control.descriptor), let message = control.receive() {
        switch message {
        case .finishJob, .peerGone: worker.stop(.finishJob)
        case .endJob: worker.stop(.endJob)
        case .ready, .displaced, .stopped: break
        }
      }
      rung = worker.isIdle && doorbell?.wasRung() ?? false
    }
  }

  /// - Returns: the descriptors on which something came.
  private func wait(for worker: Worker, atMost duration: Duration) -> [Int32] {
    var sources = [signals.descriptor]
    if !control.isPeerGone { sources.append(control.descriptor) }
    if worker.isIdle, let doorbell { sources.append(doorbell.descriptor) }
    sources += worker.processDescriptors
    return Poll.wait(for: sources, atMost: duration)
  }
}
