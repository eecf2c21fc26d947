import Foundation

/// Jobs that say that they run, then wait until the test lets them go on. Two FIFOs carry it, so
/// nobody sleeps.
final class HeldJobs: Sendable {
  /// What a job says when it starts.
  struct Start: Sendable {
    let id: String
    let attempt: Int
    /// The process of the job.
    let pid: pid_t
    /// The process that started it: the worker's.
    let worker: pid_t
  }

  private let starts: Descriptor
  private let gate: Descriptor
  private let startsPath: String
  /// Nothing comes from it before the test lets a job go on.
  let gatePath: String

  init(_ queue: TestQueue, _ name: String = "held") throws {
    startsPath = queue.file("\(name).starts")
    gatePath = queue.file("\(name).gate")
    for path in [startsPath, gatePath] {
      guard mkfifo(path, 0o600) == 0 else {
        throw Surprise("can't make \(path): \(String(cString: strerror(errno)))")
      }
    }
    // Open both ways, so that no job waits for the other end.
    starts = try Descriptor.open(startsPath, O_RDWR)
    gate = try Descriptor.open(gatePath, O_RDWR)
    queue.keep(self)
  }

  /// Shell that says that the job runs, and waits to be let go on.
  var command: String { "\(announcement); \(wait)" }

  /// Shell that says that the job runs.
  var announcement: String {
    "echo \"$QUEUECTL_JOB_ID $QUEUECTL_ATTEMPT $$ $PPID\" > '\(startsPath)'"
  }

  /// Shell that waits to be let go on.
  var wait: String { "read _ < '\(gatePath)'" }

  /// Shell that says that the job runs, and goes on whatever TERM says.
  var stubbornCommand: String { "trap '' TERM; \(announcement); while :; do \(wait); done" }

  /// Waits for the next job to say that it runs.
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

  /// Whether no job has said that it runs since the last one.
  var isQuiet: Bool { !starts.isReadable(atMost: .zero) }

  /// Lets that many jobs go on, those that wait and those to come.
  func release(_ count: Int = 1) {
    let lines = [UInt8](repeating: 0x0A, count: count)
    _ = write(gate.number, lines, count)
  }
}
