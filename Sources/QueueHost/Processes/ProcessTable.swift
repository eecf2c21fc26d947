package import Glibc

/// The processes listed in /proc.
package struct ProcessTable {
  package struct Entry {
    package var pid: pid_t
    var parent: pid_t
    package var group: pid_t
    var session: pid_t
    /// In ticks since boot.
    package var startTicks: Int64
    /// Whether it has exited; it may not have been reaped.
    var hasEnded = false
    /// Whether it can't run on: it has ended, or SIGSTOP or a tracer has stopped it.
    package var standsStill = false
    var isKernels = false
    /// Whether it is in the middle of execve().
    var isBetweenPrograms = false
  }

  package var entries: [pid_t: Entry]

  package static let ticksPerSecond = Int64(sysconf(Int32(_SC_CLK_TCK)))

  package init(_ entries: [Entry]) {
    self.entries = Dictionary(entries.map { ($0.pid, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Lists the running processes; throws if the listing is incomplete.
  package static func now() throws(SystemError) -> ProcessTable {
    var entries: [Entry] = []
    for name in try FileNames.all(in: "/proc") {
      guard let pid = pid_t(name), let entry = try Entry(pid: pid) else { continue }
      entries.append(entry)
    }
    let table = ProcessTable(entries)
    // A listing without this process isn't a process listing.
    guard table.entries[getpid()] != nil else {
      throw SystemError("read processes in /proc", code: ENOENT)
    }
    return table
  }
}

extension ProcessTable.Entry {
  /// Reads the entry of a process; nil if it is missing or hidden.
  /// Source: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
  package init?(pid: pid_t) throws(SystemError) {
    // The command, field 2, may contain any character, so parse after its closing parenthesis.
    guard let text = try LocalHost.contents(of: "/proc/\(pid)/stat"),
      let end = text.utf8.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    self.init(pid: pid, fieldsAfterName: text[text.utf8.index(after: end)...].split(separator: " "))
  }

  /// - Parameter fields: from field 3, the state, on.
  private init?(pid: pid_t, fieldsAfterName fields: [Substring]) {
    guard fields.count > 48, let parent = pid_t(fields[1]), let group = pid_t(fields[2]),
      let session = pid_t(fields[3]), let startTicks = Int64(fields[19])
    else { return nil }
    self.init(
      pid: pid, parent: parent, group: group, session: session, startTicks: startTicks)
    // A process whose main thread is a zombie still runs while it has other threads.
    hasEnded = fields[0] == "X" || fields[0] == "Z" && Int(fields[17]) ?? 0 <= 1
    standsStill = hasEnded || fields[0] == "T" || fields[0] == "t"
    isKernels = (UInt64(fields[6]) ?? 0) & 0x0020_0000 != 0
    isBetweenPrograms = !hasEnded && !isKernels && fields[0] != "Z" && fields[48] == "0"
  }
}
