import Foundation
import Testing

/// Requirements that not every machine meets. A skipped test names its own.
enum Conditions {
  /// Whether this user can mount file systems in a private namespace, and become other users.
  static let isRoot =
    geteuid() == 0
    && ["/usr/bin/unshare", "/usr/bin/nsenter", "/usr/bin/setpriv", "/usr/bin/prlimit"]
      .allSatisfy(FileManager.default.isExecutableFile)
    && succeeds(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"])

  /// A user without rights and without processes.
  static let stranger = 61_234

  /// Whether that user can execute the binary.
  static let hasStranger =
    isRoot
    && succeeds(["setpriv", "--reuid=\(stranger)", "--clear-groups", "test", "-x", Binary.path])

  /// The library that fakes a process's clock.
  static let fakeTime: String? = {
    if let path = ProcessInfo.processInfo.environment["QUEUECTL_FAKETIME"] { return path }
    let places = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map { "/usr/lib/\($0)/faketime" }
    return (places + ["/usr/lib/faketime", "/usr/lib64/faketime"])
      .map { "\($0)/libfaketime.so.1" }.first { access($0, R_OK) == 0 }
  }()

  /// The cgroup of this process, if its runs may have cgroups there.
  static let cgroup: String? = {
    guard let membership = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8),
      let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }),
      let mounts = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8),
      let mount = mounts.split(separator: "\n").first(where: { $0.contains(" - cgroup2 ") }),
      !FileManager.default.fileExists(atPath: "/run/systemd/system")
    else { return nil }
    let directory = mount.split(separator: " ")[4] + line.dropFirst(3)
    let probe = "\(directory)/queuectl-test-\(getpid())"
    guard mkdir(probe, 0o755) == 0 else { return nil }
    rmdir(probe)
    return String(directory)
  }()

  /// Whether a program exits with 0.
  private static func succeeds(_ words: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// The conditions as traits, with the reason shown for a skipped test.
extension Trait where Self == ConditionTrait {
  static var needsRoot: Self {
    .enabled(
      if: Conditions.isRoot,
      "needs root that can mount, and util-linux with unshare, nsenter, setpriv and prlimit")
  }

  static var needsCgroups: Self {
    .enabled(
      if: Conditions.cgroup != nil,
      "needs a cgroup v2 in which this user may make others, and no systemd"
    )
  }

  static var needsStranger: Self {
    .enabled(
      if: Conditions.hasStranger,
      "needs root that can become another user, and a binary that this user can execute")
  }

  static var needsFakeTime: Self {
    .enabled(
      if: Conditions.fakeTime != nil,
      "needs libfaketime (Debian: apt-get install faketime), or its path in QUEUECTL_FAKETIME")
  }

  static var needsSqlite: Self {
    .enabled(if: Sqlite.isInstalled, "the sqlite3 command isn't installed")
  }

  static func needs(program: String) -> Self {
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)"),
      "\(program) isn't installed")
  }
}
