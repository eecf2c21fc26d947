import CLinux
import Glibc
import QueueCore

/// Starts a program in a new process, with nothing of ours left in it but what is named here.
///
/// All signals are at their defaults and unblocked. The memory isn't copied: the child has ours until the program is in place, and costs 50 µs
/// less than one of posix_spawn (docs/decisions.md).
struct Spawn {
  /// The program, by its path.
  var program: String
  /// Its arguments, the first being its own name.
  var arguments: [String]
  /// What comes first in its environment.
  var inherited = CStrings.none
  /// What follows, `NAME=value` each.
  var environment: [String] = []
  /// The directory it starts in; nil for ours.
  var directory: String?
  /// What it gets as descriptors 0, 1 and 2; nil leaves ours.
  var input: Int32?
  var output: Int32?
  var errors: Int32?
  /// What it gets as descriptor 3; nil for none.
  var control: Int32?
  /// Whether descriptors that this program was itself started with are closed. Those that it opened always are, by the kernel and only
  /// once the new program is in place: a worker's lock is held until then, so a job is never overlooked while it starts.
  var closesInherited = false
  /// Whether it leads a session of its own, without a terminal; else it leads a process group of its own.
  var inNewSession = true
  /// Where it writes by what its run is known; nil for nowhere.
  var trail: (descriptor: Int32, offset: Int, run: RunID)?

  /// The descriptor that `control` becomes.
  static let controlDescriptor: Int32 = 3

  /// - Returns: the number of the new process, a child of ours, and a descriptor that polls readable once it has ended, to be closed by the
  ///   caller.
  /// - Throws: ``SystemError`` for whatever kept the program from starting.
  func start() throws(SystemError) -> (pid: pid_t, descriptor: Int32) {
    var descriptor: Int32 = -1
    let pid = CStrings.none.withList(followedBy: arguments) { arguments in
      inherited.withList(followedBy: environment) { environment in
        Self.withCString(directory) { directory in
          program.withCString { program in
            var start = clinux_start()
            start.program = program
            start.arguments = arguments
            start.environment = environment
            start.directory = directory
            start.descriptors = (input ?? -1, output ?? -1, errors ?? -1, control ?? -1)
            start.closes_from =
              closesInherited ? Self.controlDescriptor + (control == nil ? 0 : 1) : 0
            start.in_new_session = inNewSession ? 1 : 0
            start.trail_descriptor = trail?.descriptor ?? -1
            start.trail_offset = Int64(trail?.offset ?? 0)
            start.run = trail?.run.number ?? 0
            return clinux_start(&start, &descriptor)
          }
        }
      }
    }
    guard pid >= 0 else { throw SystemError("start \(program)") }
    return (pid, descriptor)
  }

  private static func withCString<Result>(
    _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
  ) -> Result {
    text?.withCString(body) ?? body(nil)
  }
}

/// Texts as C wants them, made once for all that are given them.
final class CStrings: @unchecked Sendable {
  static let none = CStrings([])

  private let pointers: [UnsafeMutablePointer<CChar>?]

  /// - Parameter texts: without NUL; any other byte is passed on.
  init(_ texts: [[UInt8]]) {
    pointers = texts.map { text in
      text.withUnsafeBufferPointer { bytes in
        bytes.withMemoryRebound(to: CChar.self) { bytes in
          bytes.baseAddress.map { strndup($0, bytes.count) } ?? strdup("")
        }
      }
    }
  }

  deinit { pointers.forEach { free($0) } }

  /// Gives `body` the list of these and of `texts`, with NULL at its end.
  func withList<Result>(
    followedBy texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var bytes: [CChar] = []
    bytes.reserveCapacity(texts.reduce(0) { $0 + $1.utf8.count + 1 })
    var starts: [Int] = []
    for var text in texts {
      starts.append(bytes.count)
      text.withUTF8 { $0.withMemoryRebound(to: CChar.self) { bytes.append(contentsOf: $0) } }
      bytes.append(0)
    }
    return bytes.withUnsafeMutableBufferPointer { bytes in
      var list = pointers
      for start in starts { list.append(bytes.baseAddress?.advanced(by: start)) }
      list.append(nil)
      return list.withUnsafeBufferPointer { list in
        guard let start = list.baseAddress else { preconditionFailure("the list ends with nil") }
        return body(start)
      }
    }
  }
}
