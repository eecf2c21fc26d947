import CLinux
import Glibc

/// Another process that holds a POSIX lock on a byte of a file, such as a lock of SQLite's.
package struct LockHolder: Equatable, CustomStringConvertible {
  package var pid: Int32
  /// The program's name; nil if it is hidden.
  package var name: String?
  package var isStopped = false

  /// The process, and what to do.
  package var description: String {
    let process = "pid \(pid)" + (name.map { " (\($0))" } ?? "")
    return isStopped
      ? "\(process), which is stopped: \"kill -CONT \(pid)\" continues it" : "\(process): try again"
  }
}

extension LockHolder {
  /// Finds the process with the write lock; nil if there is none or it can't be determined. The
  /// file isn't opened, because closing it would release this process's own locks.
  package init?(ofByte byte: Int, in path: String) {
    guard case .found(_, let place) = FileIdentity.look(at: path),
      let locks = (try? LocalHost.contents(of: "/proc/locks")) ?? nil
    else { return nil }
    let device = [place.device >> 32, place.device & 0xFFFF_FFFF].map { number in
      (number < 16 ? "0" : "") + String(number, radix: 16)
    }
    let file = "\(device[0]):\(device[1]):\(place.inode)"
    let holders = Self.pids(in: locks, ofByte: byte, in: file)
    guard let pid = holders.first(where: { $0 != getpid() }) else { return nil }
    self.init(pid: pid)
    let status = (try? LocalHost.contents(of: "/proc/\(pid)/status")) ?? ""
    for line in status.split(separator: "\n") {
      if line.hasPrefix("Name:\t") { name = String(line.dropFirst("Name:\t".count)) }
      if line.hasPrefix("State:\tT") { isStopped = true }
    }
  }

  /// Returns the processes of this PID namespace with a write lock, but not those that wait.
  /// Source: <https://man7.org/linux/man-pages/man5/proc_locks.5.html>
  /// - Parameter file: device and inode, such as `08:01:123`.
  static func pids(in locks: String, ofByte byte: Int, in file: String) -> [pid_t] {
    locks.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 8, words[1] == "POSIX", words[3] == "WRITE", words[5] == file,
        let pid = pid_t(words[4]), pid > 0, let first = Int(words[6]),
        first <= byte, byte <= Int(words[7]) ?? .max
      else { return nil }
      return pid
    }
  }
}
