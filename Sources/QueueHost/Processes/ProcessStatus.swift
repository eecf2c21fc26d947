package import Glibc

/// Fields of /proc/PID/status.
/// Source: <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
package struct ProcessStatus {
  /// The effective user ID.
  package let uid: UInt32
  /// The blocked signals; bit 0 is signal 1.
  package let blockedSignals: UInt64

  package init?(of pid: pid_t) {
    guard let text = (try? LocalHost.contents(of: "/proc/\(pid)/status")) ?? nil else {
      return nil
    }
    var uid: UInt32?
    var blocked: UInt64?
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard words.count > 1 else { continue }
      // Real, effective, saved and file system UID.
      if words[0] == "Uid:", words.count > 2 { uid = UInt32(words[2]) }
      if words[0] == "SigBlk:" { blocked = UInt64(words[1], radix: 16) }
    }
    guard let uid, let blocked else { return nil }
    self.uid = uid
    blockedSignals = blocked
  }

  package func blocks(_ signal: Int32) -> Bool { blockedSignals & (1 << UInt64(signal - 1)) != 0 }
}
