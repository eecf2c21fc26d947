import Glibc
import QueueCore
import QueueHost

/// Finds and ends the processes of a run.
struct LeftoverHunt {
  let trail: RunTrail

  /// How often it looks again before it gives up for now: a process that was killed is gone within
  /// a millisecond, if it isn't stuck in the kernel.
  private static let looks = 200

  /// Those that live now.
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

  /// Kills them.
  ///
  /// A process that is only just being made has its parent's environment, and one that is just
  /// being given a new program shows none for a moment, so it looks again until every process is
  /// known not to belong to the run.
  /// - Returns: those that can't be ended now, as they are another user's or stuck in the kernel;
  ///   `unknown` when it couldn't be told.
  func end() -> Leftovers {
    var found = find()
    for _ in 0..<Self.looks {
      if found == .none { return .none }
      if case .processes(let processes) = found, !kill(processes) { break }
      usleep(1000)  // The kernel gives no other sign that a process which isn't our child is gone.
      found = find()
    }
    return found.named()
  }

  /// - Returns: whether one of them could be.
  private func kill(_ processes: [LeftoverProcess]) -> Bool {
    var hasKilled = false
    for process in processes where Glibc.kill(process.pid, SIGKILL) == 0 || errno == ESRCH {
      hasKilled = true
    }
    return hasKilled
  }

  /// Sends them a signal, except for those in the process group of that number.
  func signal(_ signal: Int32, exceptGroup group: pid_t) {
    guard case .processes(let processes) = find() else { return }
    for process in processes where getpgid(process.pid) != group {
      Glibc.kill(process.pid, signal)
    }
  }
}

extension Leftovers {
  /// The same with their users.
  func named() -> Leftovers {
    guard case .processes(let processes) = self else { return self }
    return .processes(
      processes.map { LeftoverProcess(pid: $0.pid, uid: ProcessStatus(of: $0.pid)?.uid) })
  }
}
