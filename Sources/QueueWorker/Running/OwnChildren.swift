import CLinux
import Glibc

/// The processes that this one started and waits for by itself. All other children are orphans that
/// it adopted: processes of runs that lost their parents, and are found below it therefore.
public final class OwnChildren {
  /// Those that weren't waited for yet.
  var pids: Set<pid_t> = []

  /// Adopts from now on. Where the kernel refuses, orphans are found by their other signs.
  public static func adoptOrphans() { _ = clinux_adopt_orphans() }

  /// Waits for the orphans that have ended, as nobody else does.
  func reapOrphans() {
    while true {
      let pid = clinux_ended_child()
      // One of ours is waited for soon, and hides what comes after it until then.
      guard pid > 0, !pids.contains(pid), waitpid(pid, nil, WNOHANG) == pid else { return }
    }
  }
}
