import Foundation

/// The parameters that `scripts/torture` passes to tests with a long form, and their results.
enum Torture {
  /// `QUEUECTL_TORTURE_<name>`; nil in a normal test run.
  static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment["QUEUECTL_TORTURE_\(name)"].flatMap { Int($0) }
  }

  /// Whether this is a long run.
  static var isOn: Bool { ProcessInfo.processInfo.environment["QUEUECTL_TORTURE"] != nil }

  /// A row of the final table of a long run.
  static func report(_ fault: String, rounds: Int, of what: String, violations: Int = 0) {
    guard isOn else { return }
    // In one write, because other tests print, too.
    FileHandle.standardOutput.write(
      Data("torture: \(fault) | \(rounds) | \(what) | \(violations)\n".utf8))
  }
}
