import Glibc

/// The scheduling priority of processes.
package enum Niceness {
  /// That of this process.
  package static var own: Int {
    Int(getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0))
  }
}
