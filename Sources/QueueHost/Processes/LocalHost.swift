import Glibc
public import QueueCore

/// Reads the identity of this machine and its processes from the kernel.
public enum LocalHost {
  /// The machine's name.
  public static var hostName: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress, gethostname(start, buffer.count - 1) == 0 else {
        return "localhost"
      }
      return String(cString: start)
    }
  }

  /// The boot ID; nil if it can't be read.
  public static var bootID: BootID? { (try? readBootID()) ?? nil }

  /// Returns nil if the boot ID is hidden, as by systemd's `ProcSubset=pid`.
  private static func readBootID() throws(SystemError) -> BootID? {
    guard let text = try contents(of: "/proc/sys/kernel/random/boot_id") else { return nil }
    return BootID(String(text.prefix { !$0.isNewline }))
  }

  /// The site of this process; nil if its namespaces can't be read.
  public static var site: Site? { site(locks: nil) }

  /// The site of processes that keep their locks in one directory.
  static func site(locks: String?) -> Site? { (try? readSite(locks: locks)) ?? nil }

  /// The machine id, or the host name where there is none, as in most containers.
  /// Source: <https://man7.org/linux/man-pages/man5/machine-id.5.html>
  static var machine: String {
    let id = ((try? contents(of: "/etc/machine-id")) ?? nil)?.prefix { !$0.isWhitespace } ?? ""
    return id.isEmpty || id == "uninitialized" ? hostName : String(id)
  }

  private static func readSite(locks: String?) throws(SystemError) -> Site? {
    try readNamespaces().map { Site(machine: machine, namespaces: $0, locks: locks) }
  }

  private static func readNamespaces() throws(SystemError) -> String? {
    guard let pid = try namespace("pid") else { return nil }
    // Kernels before 5.6 have no time namespaces.
    return [pid, try namespace("time")].compactMap { $0 }.joined(separator: " ")
  }

  private static func namespace(_ kind: String) throws(SystemError) -> String? {
    let path = "/proc/self/ns/\(kind)"
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = readlink(path, &bytes, bytes.count)
    guard count >= 0 else {
      if isHidden(errno) { return nil }
      throw SystemError("read \(path)")
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// Identifies this process; throws if /proc can't be read, such as for lack of descriptors.
  /// - Parameter locks: see ``Site/locks``.
  public static func thisProcess(locks: String? = nil) throws(SystemError) -> ProcessIdentity {
    let pid = getpid()
    guard let entry = try ProcessTable.Entry(pid: pid) else {
      throw SystemError("read /proc/\(pid)/stat", code: ENOENT)
    }
    return ProcessIdentity(
      host: hostName, site: try readSite(locks: locks), boot: try readBootID(), pid: pid,
      startTicks: entry.startTicks)
  }

  /// Returns whether a process is visible from here.
  public static func has(_ process: ProcessIdentity) -> Bool {
    guard let theirs = process.site, let site else { return false }
    return theirs.sharesProcesses(with: site)
  }

  /// Returns the latest possible start of this process, in uptime; the kernel reports whole ticks.
  static func latestStart(at now: Moment) -> Duration {
    guard let entry = (try? ProcessTable.Entry(pid: getpid())) ?? nil else { return now.uptime }
    return min(
      now.uptime, .milliseconds((entry.startTicks + 1) * 1000 / ProcessTable.ticksPerSecond))
  }

  /// Returns whether that very process runs; a zombie doesn't.
  public static func isRunning(_ process: ProcessIdentity) -> Answer {
    guard has(process) else { return .unknown("process \(process.pid) isn't on this machine") }
    let boot = bootID
    if BootID.areKnownToDiffer(process.boot, boot) { return .no }
    do throws(SystemError) {
      guard let entry = try ProcessTable.Entry(pid: process.pid) else {
        // /proc may hide other users' processes.
        return kill(process.pid, 0) != 0 && errno == ESRCH
          ? .no : .unknown("process \(process.pid) is hidden")
      }
      guard entry.startTicks == process.startTicks, !entry.hasEnded else { return .no }
    } catch {
      return .unknown("\(error)")
    }
    return boot != nil && process.boot != nil ? .yes : .unknown("the boot id can't be read")
  }

  /// Reads a file of /proc as text; nil if it is missing or hidden.
  static func contents(of path: String) throws(SystemError) -> String? {
    do throws(SystemError) {
      return String(decoding: try FileBytes.read(path), as: UTF8.self)
    } catch {
      guard isHidden(error.code) else { throw error }
      return nil
    }
  }

  /// Whether an error means that a /proc entry is missing or another user's.
  static func isHidden(_ code: Int32) -> Bool { [ENOENT, ESRCH, EACCES, EPERM].contains(code) }
}
