import Glibc

/// A failure with a complete message for the user.
package struct Failure: Error {
  /// The command's exit status.
  package enum Status: Int32 {
    case failed = 1
    /// EX_USAGE: invalid arguments, environment or input, whatever the queue holds.
    case usage = 64
  }

  package let message: String
  package let status: Status

  package init(_ message: String, status: Status = .failed) {
    self.message = message
    self.status = status
  }

  /// Describes a failed system call by `errno`: `can't read jobs.jsonl: Permission denied`.
  package static func system(_ action: String) -> Failure {
    Failure("can't \(action): \(String(cString: strerror(errno)))")
  }
}
