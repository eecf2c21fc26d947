import Glibc

/// The processes that are left of a run, wherever they went: found by `QUEUECTL_RUN_ID` in their environment.
enum Leftovers {
  /// Kills them, and returns when none is left.
  ///
  /// A process that is only just being made has its parent's environment, and one that is just being given a new program shows none
  /// for a moment, so it looks again until every process is known not to belong to the run. What can't be killed (a process stuck in the kernel) is
  /// left after a thousand looks.
  static func end(of runName: String) {
    let mark = mark(of: runName)
    for _ in 0..<1000 {
      var isClear = true
      for pid in allProcesses() {
        switch membership(of: pid, mark) {
        case .member:
          kill(pid, SIGKILL)
          isClear = false
        case .unknown: isClear = false
        case .stranger: break
        }
      }
      if isClear { return }
      usleep(1000)  // The kernel gives no other sign that a process which isn't our child is gone.
    }
  }

  /// Whether there are any.
  static func exist(of runName: String) -> Bool {
    let mark = mark(of: runName)
    return allProcesses().contains { membership(of: $0, mark) != .stranger }
  }

  /// Sends them a signal, except for those in the process group of that number.
  static func signal(_ signal: Int32, to runName: String, exceptGroup group: pid_t) {
    let mark = mark(of: runName)
    for pid in allProcesses() where membership(of: pid, mark) == .member && getpgid(pid) != group {
      kill(pid, signal)
    }
  }

  private static func mark(of runName: String) -> [UInt8] {
    Array("QUEUECTL_RUN_ID=\(runName)".utf8)
  }

  private enum Membership { case member, stranger, unknown }

  private static func membership(of pid: pid_t, _ mark: [UInt8]) -> Membership {
    guard let bytes = FileBytes.read("/proc/\(pid)/environ") else { return .stranger }
    guard bytes.isEmpty else {
      return bytes.split(separator: 0).contains { $0 == mark[...] } ? .member : .stranger
    }
    return isBetweenPrograms(pid) ? .unknown : .stranger
  }

  /// Whether a process has left its old program and isn't in its new one yet. Processes of the kernel, those that have ended, and
  /// those that were given no variables show no environment either.
  /// Source: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>, fields 3, 9 and 51.
  private static func isBetweenPrograms(_ pid: pid_t) -> Bool {
    guard let fields = ThisMachine.statFields(of: pid), fields.count > 48 else { return false }
    let hasEnded = fields[0] == "Z" || fields[0] == "X"
    let isKernels = (UInt64(fields[6]) ?? 0) & 0x0020_0000 != 0
    return !hasEnded && !isKernels && fields[48] == "0"
  }

  private static func allProcesses() -> [pid_t] {
    FileNames.all(in: "/proc").compactMap { pid_t($0) }
  }
}
