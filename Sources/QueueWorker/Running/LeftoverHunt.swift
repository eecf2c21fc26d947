import Glibc
import QueueCore
import QueueHost

struct LeftoverHunt {
  let trail: RunTrail
  /// The run's cgroup; nil if it has none.
  var cgroup: RunCgroup?

  /// Checks before giving up. A killed process is gone within 1 ms, unless stuck in the kernel.
  private static let looks = 200

  func find() -> Leftovers {
    do throws(SystemError) {
      let table = try ProcessTable.now()
      var members: [LeftoverProcess] = []
      var reason: String?
      for entry in table.entries.values {
        switch trail.membership(of: entry, in: table, inside: RunTrail.Inside.init(of:)) {
        case .member: members.append(LeftoverProcess(pid: entry.pid, uid: nil))
        case .unknown(let why): reason = why
        case .stranger: break
        }
      }
      if !members.isEmpty { return .processes(members.sorted { $0.pid < $1.pid }) }
      return reason.map(Leftovers.unknown) ?? .none
    } catch {
      return .unknown("\(error)")
    }
  }

  /// Kills them, and checks again until none is left, because a process has its parent's
  /// environment between fork and exec, and none during exec.
  /// - Returns: those that can't be killed; `unknown` if some can't be checked.
  func end() -> Leftovers {
    cgroup?.kill()
    var found = find()
    for _ in 0..<Self.looks {
      if found == .none { break }
      if case .processes(let processes) = found, !kill(processes) { break }
      usleep(1000)  // Polled, because most of them aren't our children.
      found = find()
    }
    if found == .none { cgroup?.remove() }
    return found.named()
  }

  private func kill(_ processes: [LeftoverProcess]) -> Bool {
    var hasKilled = false
    for process in processes where Glibc.kill(process.pid, SIGKILL) == 0 || errno == ESRCH {
      hasKilled = true
    }
    return hasKilled
  }

  /// Sends STOP to them, and to any that they start before it takes effect. Returns all of them.
  func stop(exceptGroup group: pid_t, sparing others: [pid_t] = []) -> Set<pid_t> {
    var stopped: Set<pid_t> = []
    while case .processes(let processes) = find() {
      let new = processes.map(\.pid).filter {
        !stopped.contains($0) && !others.contains($0) && getpgid($0) != group
      }
      if new.isEmpty { break }
      for pid in new { Glibc.kill(pid, SIGSTOP) }
      stopped.formUnion(new)
    }
    return stopped
  }

  func signal(_ signal: Int32, exceptGroup group: pid_t) {
    guard case .processes(let processes) = find() else { return }
    for process in processes where getpgid(process.pid) != group {
      Glibc.kill(process.pid, signal)
    }
  }
}

extension Leftovers {
  /// Adds the user IDs.
  func named() -> Leftovers {
    guard case .processes(let processes) = self else { return self }
    return .processes(
      processes.map { LeftoverProcess(pid: $0.pid, uid: ProcessStatus(of: $0.pid)?.uid) })
  }
}
