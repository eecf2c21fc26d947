import Glibc
package import QueueCore

/// The cgroup of a run, which all its processes stay in, even those of a new session.
package struct RunCgroup: Sendable {
  /// Its directory.
  package let path: String

  package static let mark = "queuectl-run-"

  /// Names the cgroup of a run; whether it exists is another question.
  package init(of runName: String, in home: String) { path = "\(home)/\(Self.mark)\(runName)" }

  init(path: String) { self.path = path }

  package func make() throws(SystemError) {
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw SystemError("make the cgroup \(path)")
    }
  }

  /// Opens the file by which a process that writes 0 enters the cgroup.
  package func entrance() throws(SystemError) -> Int32 {
    let descriptor = open(path + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("enter the cgroup \(path)") }
    return descriptor
  }

  /// Whether a cgroup as in /proc/PID/cgroup is that of a run, or below it.
  package static func isInside(_ path: String, of runName: String) -> Bool {
    path.split(separator: "/").contains { $0 == mark + runName }
  }

  /// Its processes, without those of cgroups below it.
  package var processes: [Int32] {
    guard let bytes = try? FileBytes.read(path + "/cgroup.procs") else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }
  }

  /// Sends KILL to all its processes and those that they start meanwhile. Kernels before 5.14
  /// can't; the caller looks for survivors anyway.
  package func kill() {
    if !write("1", to: "cgroup.kill") { for pid in processes { Glibc.kill(pid, SIGKILL) } }
  }

  /// Freezes its processes, or continues them. Waits until they stand still, which takes the kernel
  /// some microseconds; processes stuck in it longer stop when they leave it.
  /// - Returns: false if the kernel can't freeze it.
  package func setFrozen(_ isFrozen: Bool) -> Bool {
    guard write(isFrozen ? "1" : "0", to: "cgroup.freeze") else { return false }
    guard isFrozen else { return true }
    let descriptor = open(path + "/cgroup.events", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    var events = pollfd(fd: descriptor, events: Int16(POLLPRI), revents: 0)
    for _ in 0..<Self.looks where number("frozen", in: "cgroup.events") == 0 {
      poll(&events, 1, Self.longestLook)
    }
    return true
  }

  private static let looks = 5
  private static let longestLook: Int32 = 20

  /// The CPU time of all its processes, ended ones included; nil if unknown.
  package var cpuTime: Duration? { number("usage_usec", in: "cpu.stat").map { .microseconds($0) } }

  /// The peak memory of all its processes together; nil without the memory controller.
  package var peakMemoryBytes: Int? {
    guard let bytes = try? FileBytes.read(path + "/memory.peak") else { return nil }
    return Int(String(decoding: bytes, as: UTF8.self).filter(\.isNumber))
  }

  /// Removes it, and cgroups that its processes made. Returns false while it has processes.
  @discardableResult
  package func remove() -> Bool {
    if rmdir(path) == 0 || errno == ENOENT { return true }
    guard errno == EBUSY, links > 2, let names = try? FileNames.all(in: path) else { return false }
    let below = names.map { RunCgroup(path: "\(path)/\($0)") }
    for cgroup in below where cgroup.links > 0 { cgroup.remove() }
    return rmdir(path) == 0
  }

  /// Removes the cgroups of ended runs in `home`, which killed workers left. A new one may be about
  /// to get its first process.
  package static func sweep(_ home: String, at now: Timestamp) {
    for name in (try? FileNames.all(in: home)) ?? [] where name.hasPrefix(mark) {
      var status = stat()
      let path = "\(home)/\(name)"
      guard stat(path, &status) == 0,
        now - Timestamp(bounded: Int64(status.st_ctim.tv_sec) * 1000) > .seconds(60)
      else { continue }
      RunCgroup(path: path).remove()
    }
  }

  /// 2 and the number of cgroups below it; 0 unless it is a directory.
  private var links: UInt {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return 0 }
    return UInt(status.st_nlink)
  }

  func number(_ name: String, in file: String) -> Int64? {
    guard let bytes = try? FileBytes.read("\(path)/\(file)") else { return nil }
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == name { return Int64(words[1]) }
    }
    return nil
  }

  func write(_ text: String, to file: String) -> Bool {
    let descriptor = open("\(path)/\(file)", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count
  }
}
