import Glibc
package import QueueCore

extension RunCgroup {
  /// Sets the limits of memory and CPU time.
  /// - Returns: why it can't; nil if it did. A limit of memory is also one without swap, and its
  ///   excess ends the whole run rather than one process of it.
  package func set(_ limits: ResourceLimits) -> String? {
    if let bytes = limits.memoryBytes {
      guard write("\(bytes)", to: "memory.max") else { return Self.problem("--memory", "memory") }
      _ = write("0", to: "memory.swap.max")
      _ = write("1", to: "memory.oom.group")
    }
    if let cpus = limits.cpus {
      let quota = Int((cpus * Double(Self.period)).rounded())
      guard write("\(quota) \(Self.period)", to: "cpu.max") else {
        return Self.problem("--cpus", "cpu")
      }
    }
    return nil
  }

  /// Whether a process was killed because the run exceeded its memory, and not because the machine
  /// had none left: both are counted as kills, but only the former reaches the cgroup's limit.
  /// Source: <https://docs.kernel.org/admin-guide/cgroup-v2.html>
  package var hasExceededMemory: Bool {
    ["oom", "oom_kill"].allSatisfy { (number($0, in: "memory.events") ?? 0) > 0 }
  }

  /// In microseconds.
  private static let period = 100_000

  private static func problem(_ flag: String, _ controller: String) -> String {
    "\(flag) needs the cgroup controller \(controller), which the worker doesn't have; "
      + "--best-effort runs the job without"
  }
}
