import Foundation

/// What `scripts/torture` asks of tests that have a long form, and what they tell it.
enum Torture {
  /// `QUEUECTL_TORTURE_<name>`; nil in an ordinary test run.
  static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment["QUEUECTL_TORTURE_\(name)"].flatMap { Int($0) }
  }

  /// Whether this is a long run.
  static var isOn: Bool { ProcessInfo.processInfo.environment["QUEUECTL_TORTURE"] != nil }

  /// A line of the table that a long run ends with.
  static func report(_ fault: String, rounds: Int, of what: String, violations: Int = 0) {
    guard isOn else { return }
    // At once, and in one piece: other tests print, too.
    FileHandle.standardOutput.write(
      Data("torture: \(fault) | \(rounds) | \(what) | \(violations)\n".utf8))
  }
}
