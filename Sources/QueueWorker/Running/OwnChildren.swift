import CLinux
import Glibc

/// The processes that this one started. All other children are adopted orphans of runs.
public final class OwnChildren {
  var pids: Set<pid_t> = []

  /// Adopts orphans from now on; if the kernel refuses, other marks identify them.
  public static func adoptOrphans() { _ = clinux_adopt_orphans() }

  func reapOrphans() {
    while true {
      let pid = clinux_ended_child()
      // A started child is reaped elsewhere soon; until then it hides the children after it.
      guard pid > 0, !pids.contains(pid), waitpid(pid, nil, WNOHANG) == pid else { return }
    }
  }
}
