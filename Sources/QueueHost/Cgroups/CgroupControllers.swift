import Glibc

/// Turns controllers on for the cgroups of runs.
package struct CgroupControllers {
  let home: String
  /// Whether a process is queuectl, which may be moved.
  let isOurs: (Int32) -> Bool

  package init(of home: String, isOurs: @escaping (Int32) -> Bool = Self.isOurProgram) {
    self.home = home
    self.isOurs = isOurs
  }

  /// The cgroup of supervisors and workers, below ``home``.
  package static let leaf = "queuectl-workers"

  /// Turns a controller on. A cgroup that passes controllers on can't have processes itself, so
  /// supervisors and workers move into one below it; other processes prevent that.
  /// - Returns: whether it is on.
  package func turnOn(_ name: String) -> Bool {
    if isOn(name) { return true }
    guard offers(name) else { return false }
    let processes = words(of: "cgroup.procs").compactMap { Int32($0) }
    guard processes.allSatisfy(isOurs) else { return false }
    if !processes.isEmpty {
      mkdir("\(home)/\(Self.leaf)", 0o755)
      for pid in processes { write("\(pid)", to: "\(Self.leaf)/cgroup.procs") }
    }
    write("+\(name)", to: "cgroup.subtree_control")
    return isOn(name)
  }

  /// Whether the kernel offers a controller here.
  package func offers(_ name: String) -> Bool {
    words(of: "cgroup.controllers").contains(name[...])
  }

  private func isOn(_ name: String) -> Bool {
    words(of: "cgroup.subtree_control").contains(name[...])
  }

  /// Whether a process runs this program, also a version that was replaced.
  package static func isOurProgram(_ pid: Int32) -> Bool {
    guard let own = program(of: getpid()) else { return false }
    return program(of: pid) == own
  }

  /// The file that a process executes; nil if unknown. Its name doesn't tell: workers are started
  /// as `/proc/self/exe`.
  static func program(of pid: Int32) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/\(pid)/exe", &bytes, bytes.count)
    guard count > 0 else { return nil }
    let path = String(decoding: bytes[..<count], as: UTF8.self)
    let mark = " (deleted)"
    return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
  }

  private func words(of file: String) -> [Substring] {
    guard let bytes = try? FileBytes.read("\(home)/\(file)") else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map { $0 }
  }

  private func write(_ text: String, to file: String) {
    let descriptor = open("\(home)/\(file)", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = Glibc.write(descriptor, text, text.utf8.count)
  }
}
