package import Glibc

/// All processes at one moment, as the kernel lists them.
package struct ProcessTable {
  /// One process.
  package struct Entry {
    package var pid: pid_t
    var parent: pid_t
    var group: pid_t
    var session: pid_t
    /// In ticks since boot.
    package var startTicks: Int64
    /// It has ended, though it may not have been waited for.
    var hasEnded = false
    /// One of the kernel's own.
    var isKernels = false
    /// It has left its old program and isn't in its new one yet.
    var isBetweenPrograms = false
  }

  /// By their numbers.
  package var entries: [pid_t: Entry]

  /// How many ticks of the kernel's a second has.
  package static let ticksPerSecond = Int64(sysconf(Int32(_SC_CLK_TCK)))

  package init(_ entries: [Entry]) {
    self.entries = Dictionary(entries.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Lists those that run now.
  /// - Throws: ``SystemError`` when they can't be listed. Then nothing is known of any of them.
  package static func now() throws(SystemError) -> ProcessTable {
    var entries: [Entry] = []
    for name in try FileNames.all(in: "/proc") {
      guard let pid = pid_t(name), let entry = try Entry(pid: pid) else { continue }
      entries.append(entry)
    }
    let table = ProcessTable(entries)
    // A directory without processes isn't the kernel's.
    guard table.entries[getpid()] != nil else {
      throw SystemError("see processes in /proc", code: ENOENT)
    }
    return table
  }
}

extension ProcessTable.Entry {
  /// Reads one; nil when there is no such process, or it is hidden.
  /// - Throws: ``SystemError`` when it can't be read just now.
  /// Source: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
  package init?(pid: pid_t) throws(SystemError) {
    // The second field, the command in parentheses, may hold anything: count from behind it.
    guard let text = try LocalHost.contents(of: "/proc/\(pid)/stat"),
      let end = text.utf8.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    self.init(pid: pid, fieldsAfterName: text[text.utf8.index(after: end)...].split(separator: " "))
  }

  /// - Parameter fields: those from the third one on, the state.
  private init?(pid: pid_t, fieldsAfterName fields: [Substring]) {
    guard fields.count > 48, let parent = pid_t(fields[1]), let group = pid_t(fields[2]),
      let session = pid_t(fields[3]), let startTicks = Int64(fields[19])
    else { return nil }
    self.init(
      pid: pid, parent: parent, group: group, session: session, startTicks: startTicks)
    // The first thread of a process may end before its others.
    hasEnded = fields[0] == "X" || fields[0] == "Z" && Int(fields[17]) ?? 0 <= 1
    isKernels = (UInt64(fields[6]) ?? 0) & 0x0020_0000 != 0
    isBetweenPrograms = !hasEnded && !isKernels && fields[0] != "Z" && fields[48] == "0"
  }
}
