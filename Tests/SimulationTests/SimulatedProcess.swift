import QueueCore
import QueueTestSupport
import QueueWorker

/// A process that uses the queue: one with a worker, or one that runs a command and ends.
final class SimulatedProcess: CustomStringConvertible {
  unowned let host: SimulatedHost
  let identity: ProcessIdentity
  /// Its role and its number.
  let description: String
  /// Nil for commands, and for those that have ended.
  var worker: Worker?
  /// As long as it lives, it holds its lock.
  var isAlive = true
  /// Stopped with SIGSTOP.
  var isFrozen = false
  /// In the middle of a step, standing still while others go on.
  var isInStep = false
  /// The bell has been rung since its last step.
  var wasRung = false
  /// It is to end the run of a worker that died.
  var isInCharge = false
  /// It dies at its next call to the store.
  var isDoomed = false

  /// When the command that started it began.
  let begun: Duration
  /// When its next step is due, in the world's time.
  var dueAt = Duration.zero

  /// - Parameter host: all have the same name, as hosts may.
  init(_ role: String, number: Int32, begun: Duration, on host: SimulatedHost) {
    self.host = host
    identity = ProcessIdentity(
      host: "example", site: host.site, boot: host.clock.now().boot, pid: number,
      startTicks: Int64(number))
    self.begun = begun
    description = "\(role)\(number)"
  }

  var canStep: Bool { isAlive && !isFrozen && !isInStep && worker != nil && host.canAct }

  /// Whether a process of a run that it started lives.
  var hasLiveRun: Bool { host.machine.runs.contains { $0.starter === self && $0.isAlive } }
}
