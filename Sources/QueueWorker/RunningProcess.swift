import CLinux
import Glibc
import QueueCore

/// A job's process, leader of its own session and so of its own process group.
final class RunningProcess: RunningJob {
  let descriptor: Int32?
  private let pid: pid_t
  private let log: String
  private var end: JobEnd?

  /// - Parameter pid: a child of ours that nobody else waits for.
  init(pid: pid_t, log: String) {
    self.pid = pid
    self.log = log
    let descriptor = clinux_pidfd_open(pid)
    self.descriptor = descriptor >= 0 ? descriptor : nil
  }

  deinit {
    if let descriptor { close(descriptor) }
  }

  func poll() -> JobEnd? {
    if let end { return end }
    var status: Int32 = 0
    var usage = rusage()
    guard wait4(pid, &status, WNOHANG, &usage) == pid else { return nil }
    let result = Int(clinux_exit_or_negative_signal(status))
    end = JobEnd(
      outcome: result < 0 ? .signaled(-result) : .exited(result),
      cpuTime: Self.duration(usage.ru_utime) + Self.duration(usage.ru_stime),
      peakMemoryBytes: usage.ru_maxrss * 1024,
      lastLine: result == 0 ? nil : LogTail.lastLine(of: log))
    return end
  }

  func signal(_ signal: EndSignal) {
    // The leader's number can't have been given to anybody else: it is our child, and not yet waited for.
    guard end == nil else { return }
    switch signal {
    case .terminate: kill(-pid, SIGTERM)
    case .kill: kill(-pid, SIGKILL)
    }
  }

  private static func duration(_ time: timeval) -> Duration {
    .seconds(time.tv_sec) + .microseconds(time.tv_usec)
  }
}

/// The end of a log.
enum LogTail {
  private static let window = 4096
  private static let longestLine = 300

  /// The last line that isn't blank, at most 300 characters of it; nil when there is none, or no log.
  static func lastLine(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    var bytes = [UInt8](repeating: 0, count: window)
    let count = pread(descriptor, &bytes, bytes.count, max(0, size - window))
    guard count > 0 else { return nil }
    let lines = bytes[..<count].split(whereSeparator: { $0 == 0x0A || $0 == 0x0D })
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0 }
    guard let last = lines.last(where: { !$0.allSatisfy(isBlank) }) else { return nil }
    return String(String(decoding: last, as: UTF8.self).prefix(longestLine))
  }
}
