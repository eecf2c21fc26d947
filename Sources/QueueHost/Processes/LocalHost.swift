import Glibc
public import QueueCore

/// What the kernel tells of this machine and its processes.
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

  /// The name of this start of the machine; nil when it can't be read.
  public static var bootID: BootID? { (try? readBootID()) ?? nil }

  /// - Returns: nil where it is hidden, as by systemd's `ProcSubset=pid`.
  /// - Throws: ``SystemError`` when it can't be read just now.
  private static func readBootID() throws(SystemError) -> BootID? {
    guard let text = try contents(of: "/proc/sys/kernel/random/boot_id") else { return nil }
    return BootID(String(text.prefix { !$0.isNewline }))
  }

  /// The names of this process's PID and time namespaces; nil when they can't be read.
  public static var namespaces: String? { (try? readNamespaces()) ?? nil }

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

  /// This process.
  /// - Throws: ``SystemError`` when the kernel doesn't tell enough of it just now, as with too few
  ///   descriptors.
  public static func thisProcess() throws(SystemError) -> ProcessIdentity {
    let pid = getpid()
    guard let entry = try ProcessTable.Entry(pid: pid) else {
      throw SystemError("read /proc/\(pid)/stat", code: ENOENT)
    }
    return ProcessIdentity(
      host: hostName, namespaces: try readNamespaces(), boot: try readBootID(), pid: pid,
      startTicks: entry.startTicks)
  }

  /// Whether a process was one of this machine, in namespaces from which it can be seen from here:
  /// the numbers of any other aren't ours.
  public static func has(_ process: ProcessIdentity) -> Bool {
    process.host == hostName && process.namespaces != nil && process.namespaces == namespaces
  }

  /// When this process started at the latest, by the uptime clock: the kernel tells it in ticks.
  static func latestStart(at now: Moment) -> Duration {
    guard let entry = (try? ProcessTable.Entry(pid: getpid())) ?? nil else { return now.uptime }
    return min(
      now.uptime, .milliseconds((entry.startTicks + 1) * 1000 / ProcessTable.ticksPerSecond))
  }

  /// Whether that process runs, and is the one that was meant. One that has ended and wasn't waited
  /// for yet doesn't.
  public static func isRunning(_ process: ProcessIdentity) -> Answer {
    guard has(process) else { return .unknown("process \(process.pid) isn't one of this machine") }
    let boot = bootID
    if BootID.areKnownToDiffer(process.boot, boot) { return .no }
    do throws(SystemError) {
      guard let entry = try ProcessTable.Entry(pid: process.pid) else {
        // The entries of other users' processes may be hidden.
        return kill(process.pid, 0) != 0 && errno == ESRCH
          ? .no : .unknown("process \(process.pid) is hidden")
      }
      guard entry.startTicks == process.startTicks, !entry.hasEnded else { return .no }
    } catch {
      return .unknown("\(error)")
    }
    return boot != nil && process.boot != nil ? .yes : .unknown("the boot's id can't be read")
  }

  /// A file of the kernel's, as text; nil where there is none, or it is hidden.
  static func contents(of path: String) throws(SystemError) -> String? {
    do throws(SystemError) {
      return String(decoding: try FileBytes.read(path), as: UTF8.self)
    } catch {
      guard isHidden(error.code) else { throw error }
      return nil
    }
  }

  /// Whether a failure means that the file isn't there for us, now or later: it went with its
  /// process, or is others'.
  static func isHidden(_ code: Int32) -> Bool { [ENOENT, ESRCH, EACCES, EPERM].contains(code) }
}
