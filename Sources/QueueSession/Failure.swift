import Glibc

/// A failure whose message is complete: what failed, on what, and what to do.
package struct Failure: Error {
  /// How the command ends.
  package enum Status: Int32 {
    case failed = 1
    /// EX_USAGE: what was typed, or set in the environment, can't be meant.
    case usage = 64
  }

  package let message: String
  package let status: Status

  package init(_ message: String, status: Status = .failed) {
    self.message = message
    self.status = status
  }

  /// What the kernel refused just now, and why: `can't read jobs.jsonl: Permission denied`.
  package static func system(_ action: String) -> Failure {
    Failure("can't \(action): \(String(cString: strerror(errno)))")
  }
}
