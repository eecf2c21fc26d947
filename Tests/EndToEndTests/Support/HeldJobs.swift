import Foundation

/// Jobs that report their start, then block until the test releases them. Both go through FIFOs, so
/// no test sleeps.
final class HeldJobs: Sendable {
  /// The report of a job that starts.
  struct Start: Sendable {
    let id: String
    let attempt: Int
    let pid: pid_t
    /// The pid of its parent, the worker.
    let worker: pid_t
  }

  private let starts: Descriptor
  private let gate: Descriptor
  private let startsPath: String
  /// Nothing can be read from it before the test releases a job.
  let gatePath: String

  init(_ queue: TestQueue, _ name: String = "held") throws {
    startsPath = queue.file("\(name).starts")
    gatePath = queue.file("\(name).gate")
    for path in [startsPath, gatePath] {
      guard mkfifo(path, 0o600) == 0 else {
        throw Surprise("can't make \(path): \(String(cString: strerror(errno)))")
      }
    }
    // Open both ways, so that no job blocks on opening it.
    starts = try Descriptor.open(startsPath, O_RDWR)
    gate = try Descriptor.open(gatePath, O_RDWR)
    queue.keep(self)
  }

  /// A shell command that reports the start and blocks until released.
  var command: String { "\(announcement); \(wait)" }

  /// A shell command that reports the start.
  var announcement: String {
    "echo \"$QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT $$ $PPID\" > '\(startsPath)'"
  }

  /// A shell command that blocks until released.
  var wait: String { "read _ < '\(gatePath)'" }

  /// A shell command that reports the start and ignores TERM.
  var stubbornCommand: String { "trap '' TERM; \(announcement); while :; do \(wait); done" }

  /// Waits for the next job to report its start.
  func nextStart(atMost patience: Duration = Patience.usual) async throws -> Start {
    try await offPool { [self] in
      var line: [UInt8] = []
      while line.last != 0x0A {
        var byte: UInt8 = 0
        guard starts.isReadable(atMost: patience), read(starts.number, &byte, 1) == 1 else {
          throw Surprise("no job started within \(patience)")
        }
        line.append(byte)
      }
      let words = String(decoding: line.dropLast(), as: UTF8.self).split(separator: " ")
      guard words.count == 4, let attempt = Int(words[1]), let pid = pid_t(words[2]),
        let worker = pid_t(words[3])
      else { throw Surprise("a job said: \(String(decoding: line, as: UTF8.self))") }
      return Start(id: String(words[0]), attempt: attempt, pid: pid, worker: worker)
    }
  }

  /// Whether no further job has reported its start.
  var isQuiet: Bool { !starts.isReadable(atMost: .zero) }

  /// Releases that many jobs, blocked or future ones.
  func release(_ count: Int = 1) {
    let lines = [UInt8](repeating: 0x0A, count: count)
    _ = write(gate.number, lines, count)
  }
}
