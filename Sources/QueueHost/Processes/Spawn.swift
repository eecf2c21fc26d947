import CLinux
import Glibc
package import QueueCore

/// Starts a program in a new process, with nothing of ours left in it but what is named here.
///
/// All signals are at their defaults and unblocked. The memory isn't copied: the child has ours
/// until the program is in place, and costs 50 µs less than one of posix_spawn (docs/decisions.md).
package struct Spawn {
  /// The program, by its path.
  package var program: String
  /// Its arguments, the first being its own name.
  package var arguments: [String]
  /// What comes first in its environment.
  package var inherited = CStrings.none
  /// What follows, `NAME=value` each.
  package var environment: [String] = []
  /// The directory it starts in; nil for ours.
  package var directory: String?
  /// What it gets as descriptors 0, 1 and 2; nil leaves ours.
  package var input: Int32?
  package var output: Int32?
  package var errors: Int32?
  /// What it gets as descriptor 3; nil for none.
  package var control: Int32?
  /// Whether descriptors that this program was itself started with are closed. Those that it opened
  /// always are, by the kernel and only once the new program is in place: a worker's lock is held
  /// until then, so a job is never overlooked while it starts.
  package var closesInherited = false
  /// Whether it leads a session of its own, without a terminal; else it leads a process group of
  /// its own.
  package var inNewSession = true
  /// Where it writes by what its run is known; nil for nowhere.
  package var trail: (descriptor: Int32, offset: Int, run: RunID)?

  package init(
    program: String, arguments: [String], inherited: CStrings = .none, environment: [String] = [],
    directory: String? = nil, input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil,
    control: Int32? = nil, closesInherited: Bool = false, inNewSession: Bool = true,
    trail: (descriptor: Int32, offset: Int, run: RunID)? = nil
  ) {
    self.program = program
    self.arguments = arguments
    self.inherited = inherited
    self.environment = environment
    self.directory = directory
    self.input = input
    self.output = output
    self.errors = errors
    self.control = control
    self.closesInherited = closesInherited
    self.inNewSession = inNewSession
    self.trail = trail
  }

  /// The descriptor that `control` becomes.
  package static let controlDescriptor: Int32 = 3

  /// - Returns: the number of the new process, a child of ours, and a descriptor that polls
  ///   readable once it has ended, to be closed by the caller.
  /// - Throws: ``SystemError`` for whatever kept the program from starting.
  package func start() throws(SystemError) -> (pid: Int32, descriptor: Int32) {
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
