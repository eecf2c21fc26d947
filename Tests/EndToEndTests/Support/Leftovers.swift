import CLinux
import Foundation

/// The processes that a test started, directly or not, found by a variable in their environment.
enum Leftovers {
  /// The name of the variable; its value is the test's directory.
  static let mark = "QUEUECTL_TEST"

  /// A process, for a message.
  struct Process: CustomStringConvertible {
    let pid: pid_t
    let command: String

    var description: String { "\(pid): \(command)" }
  }

  /// The processes that don't end within the wait. Some are about to: killed ones, or a supervisor
  /// whose last worker has exited.
  static func wait(forEndOf directory: String) -> [Process] {
    let deadline = ContinuousClock.now + Patience.usual
    while true {
      let found = find(directory)
      guard let first = found.first else { return [] }
      let rest = deadline - .now
      guard rest > .zero else { return found }
      _ = Processes.wait(forEndOf: first.pid, atMost: rest)
    }
  }

  /// Kills them, and returns when all have ended.
  static func kill(all directory: String) {
    while true {
      let found = find(directory)
      guard !found.isEmpty else { return }
      for process in found { Glibc.kill(process.pid, SIGKILL) }
      for process in found { _ = Processes.wait(forEndOf: process.pid, atMost: .seconds(10)) }
    }
  }

  /// The live ones. A zombie has no environment.
  static func find(_ directory: String) -> [Process] {
    let mark = Array("\(mark)=\(directory)".utf8)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.filter { $0 != getpid() }.compactMap { pid in
      guard let environment = FileManager.default.contents(atPath: "/proc/\(pid)/environ"),
        environment.split(separator: 0).contains(where: { $0.elementsEqual(mark) })
      else { return nil }
      let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
      let command = String(decoding: words.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
      return Process(pid: pid, command: String(command.prefix(300)))
    }
  }
}

enum Processes {
  /// Blocks until a process has ended, a child or not.
  /// - Returns: false if it is still running after that time.
  static func wait(forEndOf pid: pid_t, atMost patience: Duration) -> Bool {
    let descriptor = clinux_pidfd_open(pid)
    guard descriptor >= 0 else { return true }
    return Descriptor(descriptor).isReadable(atMost: patience)
  }

  /// Kills a process and waits for its end.
  static func killHard(_ pid: pid_t) async throws {
    try await offPool {
      kill(pid, SIGKILL)
      guard wait(forEndOf: pid, atMost: Patience.usual) else {
        throw Surprise("process \(pid) doesn't die")
      }
    }
  }

  /// Whether it ends within that time.
  static func ends(_ pid: pid_t, within patience: Duration) async throws -> Bool {
    try await offPool { wait(forEndOf: pid, atMost: patience) }
  }
}
