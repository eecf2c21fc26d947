import CLinux
import Glibc
import QueueCore
import QueueHost

/// A job's process, leader of its own session and process group.
final class RunningProcess: RunningJob {
  let descriptor: Int32?
  private let pid: pid_t
  private let hunt: () -> LeftoverHunt?
  private let log: RunLog
  private let children: OwnChildren
  private let cgroup: RunCgroup?
  private let memoryLimit: Int?
  /// Takes a cgroup that still has processes.
  private let linger: (RunCgroup) -> Void
  private var isStopped = false
  private var end: JobEnd?

  /// - Parameter descriptor: the pidfd of our child `pid`, owned by this object from now on.
  init(
    pid: pid_t, descriptor: Int32, hunt: @escaping () -> LeftoverHunt?, log: RunLog,
    children: OwnChildren, cgroup: RunCgroup? = nil, memoryLimit: Int? = nil,
    linger: @escaping (RunCgroup) -> Void = { _ in }
  ) {
    self.cgroup = cgroup
    self.memoryLimit = memoryLimit
    self.linger = linger
    self.pid = pid
    self.hunt = hunt
    self.log = log
    self.descriptor = descriptor
    self.children = children
    children.pids.insert(pid)
  }

  deinit {
    if let descriptor { close(descriptor) }
  }

  func poll() -> JobEnd? {
    if let end { return end }
    var status: Int32 = 0
    var usage = rusage()
    guard wait4(pid, &status, WNOHANG, &usage) == pid else { return nil }
    children.pids.remove(pid)
    log.bound()
    let result = Int(clinux_exit_or_negative_signal(status))
    let used = Self.duration(usage.ru_utime) + Self.duration(usage.ru_stime)
    end = JobEnd(
      end: result < 0 ? .signaled(-result) : .exited(result),
      cause: result == 0 ? nil : excess,
      cpuTime: cgroup?.cpuTime ?? used,
      peakMemoryBytes: cgroup?.peakMemoryBytes ?? usage.ru_maxrss * 1024,
      lastLine: result == 0 ? nil : lastWords())
    if let cgroup, !cgroup.remove() { linger(cgroup) }
    return end
  }

  /// Tells a run that the kernel killed for its memory from others.
  private var excess: String? {
    guard let memoryLimit, cgroup?.hasExceededMemory == true else { return nil }
    return RunReport.overMemory(memoryLimit)
  }

  private func lastWords() -> String? {
    log.isDiskFull ? "no space is left for its log" : log.lastLine()
  }

  func tend() -> Duration? { log.bound() }

  func signal(_ signal: EndSignal) {
    let number = signal == .terminate ? SIGTERM : SIGKILL
    if signal == .kill { cgroup?.kill() }
    // The pid can't have been reused, because our child hasn't been reaped.
    if end == nil { kill(-pid, number) }
    // Processes that left the group; a second signal does no harm.
    hunt()?.signal(number, exceptGroup: pid)
  }

  /// Returns when its processes stand still. Until then, one that waits for a lock may still get
  /// it, and would keep it.
  func freeze() {
    guard end == nil else { return }
    if let cgroup, cgroup.setFrozen(true) {
      awaitStandstill(of: hunt()?.stop(exceptGroup: pid, sparing: cgroup.processes) ?? [])
    } else {
      isStopped = true
      kill(-pid, SIGSTOP)
      awaitStandstill(of: hunt()?.stop(exceptGroup: pid) ?? [], andGroup: pid)
    }
  }

  /// Polled, because most of them aren't our children. Those stuck in the kernel longer stop when
  /// they leave it.
  private func awaitStandstill(of pids: Set<pid_t>, andGroup group: pid_t? = nil) {
    if pids.isEmpty, group == nil { return }
    for _ in 0..<Self.looks {
      guard let table = try? ProcessTable.now() else { return }
      let isRunning = table.entries.values.contains {
        !$0.standsStill && ($0.group == group || pids.contains($0.pid))
      }
      if !isRunning { return }
      usleep(1000)
    }
  }

  private static let looks = 250

  func thaw() {
    _ = cgroup?.setFrozen(false)
    if isStopped, end == nil { kill(-pid, SIGCONT) }
    isStopped = false
    hunt()?.signal(SIGCONT, exceptGroup: pid)
  }

  private static func duration(_ time: timeval) -> Duration {
    .seconds(time.tv_sec) + .microseconds(time.tv_usec)
  }
}
