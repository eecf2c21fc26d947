import Foundation
import Testing

/// A user instance of systemd that manages only the test's units.
enum UserSystemd {
  private static let program = "/lib/systemd/systemd"

  /// A shell command that runs the script in `SCRIPT` beside such an instance, where systemd seems
  /// to run the machine.
  static let line = """
    exec unshare -m bash -c '
      set -e
      mount -t tmpfs none /run
      mkdir -p /run/systemd/system runtime .config/systemd/user
      export XDG_RUNTIME_DIR="$PWD/runtime"
      printf "[Unit]\\nDescription=nothing\\n" > .config/systemd/user/nothing.target
      \(program) --user --unit=nothing.target > systemd.log 2>&1 &
      until systemctl --user is-system-running > /dev/null 2>&1; do
        kill -0 $! || { cat systemd.log >&2; exit 1; }
        sleep 0.05
      done
      status=0
      bash -c "$SCRIPT" || status=$?
      systemctl --user exit
      wait $! || true
      exit $status'
    """

  /// Whether one can be started here.
  static let canRun: Bool = {
    guard Conditions.isRoot, FileManager.default.isExecutableFile(atPath: program) else {
      return false
    }
    let directory = FileManager.default.temporaryDirectory
      .appending(path: "systemd-\(UUID().uuidString)")
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
      defer { try? FileManager.default.removeItem(at: directory) }
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/timeout")
      process.arguments = ["20", "sh", "-c", line]
      process.currentDirectoryURL = directory
      process.environment = ["PATH": "/usr/bin:/bin", "HOME": directory.path, "SCRIPT": "true"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return process.terminationStatus == 0
    } catch {
      return false
    }
  }()
}

extension Trait where Self == ConditionTrait {
  static var needsUserSystemd: Self {
    .enabled(
      if: UserSystemd.canRun,
      "needs root and a systemd that can be started for one user (Debian: apt-get install systemd)")
  }
}
