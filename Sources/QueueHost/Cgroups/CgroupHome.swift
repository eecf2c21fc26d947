import CLinux
import Glibc

/// Whether a worker may make a cgroup for each of its runs, and where.
package enum CgroupHome: Equatable, Sendable {
  case usable(String)
  case unusable(reason: String)

  /// Reads it for a process of this machine, by default this one.
  package static func find(of pid: Int32? = nil) -> CgroupHome {
    let process = pid.map { "\($0)" } ?? "self"
    guard let membership = (try? LocalHost.contents(of: "/proc/\(process)/cgroup")) ?? nil,
      let path = CgroupPlace.path(membership).map(Self.home),
      let mounts = (try? LocalHost.contents(of: "/proc/self/mountinfo")) ?? nil,
      let directory = CgroupPlace.directory(of: path, mounts: mounts)
    else { return .unusable(reason: "no cgroup v2 file system shows the workers' cgroup") }
    return Facts(path: path, directory: directory).verdict
  }

  /// Supervisors and workers may have moved below it; see ``CgroupControllers``.
  static func home(of path: String) -> String {
    let end = "/" + CgroupControllers.leaf
    guard path.hasSuffix(end) else { return path }
    return path.count == end.count ? "/" : String(path.dropLast(end.count))
  }

  /// What decides.
  package struct Facts {
    package var directory: String
    /// Whether this user can make cgroups there, and move processes into them.
    package var isWritable: Bool
    /// Whether another manager of cgroups has left it to its processes.
    package var isDelegated: Bool
    /// Whether systemd manages the cgroups of this system.
    package var hasManager: Bool

    package init(directory: String, isWritable: Bool, isDelegated: Bool, hasManager: Bool) {
      self.directory = directory
      self.isWritable = isWritable
      self.isDelegated = isDelegated
      self.hasManager = hasManager
    }

    /// systemd marks what it delegates, or gives it to its user; a namespace's root is a
    /// container's own; the cgroup of a run belongs to its job.
    /// Source: <https://systemd.io/CGROUP_DELEGATION/>
    init(path: String, directory: String) {
      var status = stat()
      let isKnown = stat(directory, &status) == 0
      self.init(
        directory: directory,
        isWritable: access(directory, W_OK) == 0
          && access(directory + "/cgroup.procs", W_OK) == 0,
        isDelegated: path == "/"
          || path.split(separator: "/").last?.hasPrefix(RunCgroup.mark) == true
          || clinux_is_delegated(directory) == 1
          || isKnown && geteuid() != 0 && status.st_uid == geteuid(),
        hasManager: access("/run/systemd/system", F_OK) == 0)
    }

    package var verdict: CgroupHome {
      guard isWritable else {
        return .unusable(reason: "\(directory) isn't writable by the workers' user")
      }
      guard isDelegated || !hasManager else {
        return .unusable(reason: "systemd hasn't delegated \(directory)")
      }
      return .usable(directory)
    }
  }
}
