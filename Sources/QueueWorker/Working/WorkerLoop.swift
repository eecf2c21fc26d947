import Glibc
public import QueueCore
package import QueueHost

/// Runs a worker in its own process: waits for signals, the supervisor, the doorbell and the end
/// of its job, then takes the next step.
public struct WorkerLoop {
  private let signals: SignalInbox
  private let doorbell: (any BellListener)?
  private let control: ControlChannel
  private let clock: any Clock
  private let housekeeper: Housekeeper

  /// Starts collecting signals; create it before the worker registers.
  /// - Parameter doorbell: nil if unavailable; the worker polls then.
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

  /// Runs until the worker has left; throws a permanent store error.
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
        default: break  // SIGHUP: a worker needs no terminal.
        }
      }
      while heard.contains(control.descriptor), let message = control.receive() {
        switch message {
        case .finishJob: worker.stop(.finishJob)
        case .peerGone: worker.stopWithoutSupervisor()
        case .endJob: worker.stop(.endJob)
        case .ready, .displaced, .stopped: break
        }
      }
      rung = worker.isIdle && doorbell?.wasRung() ?? false
    }
  }

  private func wait(for worker: Worker, atMost duration: Duration) -> [Int32] {
    var sources = [signals.descriptor]
    if !control.isPeerGone { sources.append(control.descriptor) }
    if worker.isIdle, let doorbell { sources.append(doorbell.descriptor) }
    sources += worker.processDescriptors
    return Poll.wait(for: sources, atMost: duration)
  }
}
