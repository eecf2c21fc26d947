import QueueCore
import QueueWorker

/// A process that uses the queue: one with a worker, or one that runs a command and ends.
final class SimulatedProcess: CustomStringConvertible {
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
  /// It dies at its next call to the store.
  var isDoomed = false

  /// When the command that started it began.
  let begun: Duration

  init(_ role: String, number: Int32, begun: Duration, boot: BootID?) {
    identity = ProcessIdentity(
      host: "example", site: Site(machine: "example", namespaces: "n"), boot: boot, pid: number,
      startTicks: Int64(number))
    self.begun = begun
    description = "\(role)\(number)"
  }

  var canStep: Bool { isAlive && !isFrozen && !isInStep && worker != nil }
}
