import Glibc
public import QueueCore

/// What the kernel says of this machine and its processes.
public enum ThisMachine {
  /// The machine's name.
  public static var hostName: String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard let start = buffer.baseAddress, gethostname(start, buffer.count - 1) == 0 else {
        return "localhost"
      }
      return String(cString: start)
    }
  }

  /// The name of this start of the machine.
  public static var bootID: BootID {
    let text = contents(of: "/proc/sys/kernel/random/boot_id")
    return BootID(text.map { String($0.prefix { !$0.isNewline }) } ?? "unknown")
  }

  /// This process.
  public static func thisProcess() -> ProcessIdentity {
    let pid = getpid()
    return ProcessIdentity(
      host: hostName, boot: bootID, pid: pid, startTicks: startTicks(of: pid) ?? 0)
  }

  /// Whether that process runs on this machine, and is the one that was meant. One that has ended and wasn't waited for yet doesn't.
  public static func isRunning(_ process: ProcessIdentity) -> Bool {
    guard process.host == hostName, process.boot == bootID,
      let fields = statFields(of: process.pid)
    else { return false }
    return startTicks(fields) == process.startTicks && !["Z", "X"].contains(fields[0])
  }

  /// When this process started at the latest, by the uptime clock: the kernel tells it in ticks.
  static func latestStart(at now: Moment) -> Duration {
    let perSecond = Int64(sysconf(Int32(_SC_CLK_TCK)))
    guard perSecond > 0, let ticks = startTicks(of: getpid()) else { return now.uptime }
    return min(now.uptime, .milliseconds((ticks + 1) * 1000 / perSecond))
  }

  /// When a process started, in ticks since boot; nil when there is none.
  static func startTicks(of pid: Int32) -> Int64? { statFields(of: pid).flatMap(startTicks) }

  private static func startTicks(_ fields: [Substring]) -> Int64? {
    fields.count > 19 ? Int64(fields[19]) : nil
  }

  /// What the kernel says of a process, from its third field, the state, on; nil when there is no such process.
  /// Source: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
  static func statFields(of pid: Int32) -> [Substring]? {
    // The second field, the command in parentheses, may hold anything: count from behind it.
    guard let text = contents(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
      return nil
    }
    return text[text.index(after: end)...].split(separator: " ")
  }

  private static func contents(of path: String) -> String? {
    FileBytes.read(path).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Whole small files, such as the kernel's.
enum FileBytes {
  /// Nil when it can't be read.
  static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0 { return nil }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
  }
}
