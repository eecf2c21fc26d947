import Glibc

/// The processes that are left of a run, wherever they went: found by `QUEUECTL_RUN_ID` in their environment.
enum Leftovers {
  /// Kills them, and returns when none is left.
  ///
  /// A process that is only just being made has its parent's environment, so looking again until nothing is found misses none. What
  /// can't be killed (a process stuck in the kernel) is left after a thousand looks.
  static func end(of runName: String) {
    let mark = Array("QUEUECTL_RUN_ID=\(runName)".utf8)
    for _ in 0..<1000 {
      let found = processes { $0 == mark[...] }
      if found.isEmpty { return }
      for pid in found { kill(pid, SIGKILL) }
      usleep(1000)  // The kernel gives no other sign that a process which isn't our child is gone.
    }
  }

  /// The processes of which one variable matches; those that have ended aren't among them.
  private static func processes(where matches: (ArraySlice<UInt8>) -> Bool) -> [pid_t] {
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    var found: [pid_t] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let pid = pid_t(name), let bytes = FileBytes.read("/proc/\(pid)/environ") else {
        continue
      }
      if bytes.split(separator: 0).contains(where: matches) { found.append(pid) }
    }
    return found
  }
}
