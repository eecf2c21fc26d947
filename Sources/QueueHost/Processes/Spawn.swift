import CLinux
import Glibc
package import QueueCore

/// Starts a program in a new process, which inherits only the values named here.
/// It shares our memory until exec, which saves 50 µs over posix_spawn (docs/decisions.md).
package struct Spawn {
  package var program: String
  /// The arguments, starting with the program's name.
  package var arguments: [String]
  package var inherited = CStrings.none
  /// `NAME=value` entries, which follow the inherited ones.
  package var environment: [String] = []
  /// The working directory; nil for ours.
  package var directory: String?
  /// Descriptors 0, 1 and 2; nil inherits ours.
  package var input: Int32?
  package var output: Int32?
  package var errors: Int32?
  /// Descriptor 3; nil for none.
  package var control: Int32?
  /// Whether to close descriptors that this program inherited. All others close on exec, so that a
  /// worker's lock is held until the new program runs and a starting job isn't overlooked.
  package var closesInherited = false
  /// Whether to create a session without a terminal; otherwise only a process group.
  package var inNewSession = true
  /// The niceness; nil for ours.
  package var niceness: Int?
  /// A descriptor of the cgroup to enter, from ``RunCgroup/entrance()``; nil for ours.
  package var cgroup: Int32?
  /// Whether to give up if the cgroup can't be entered.
  package var needsCgroup = false
  /// Where the process records its run; nil for nowhere.
  package var trail: (descriptor: Int32, offset: Int, run: RunID)?

  package init(
    program: String, arguments: [String], inherited: CStrings = .none, environment: [String] = [],
    directory: String? = nil, input: Int32? = nil, output: Int32? = nil, errors: Int32? = nil,
    control: Int32? = nil, closesInherited: Bool = false, inNewSession: Bool = true,
    niceness: Int? = nil, cgroup: Int32? = nil,
    needsCgroup: Bool = false,
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
    self.niceness = niceness
    self.cgroup = cgroup
    self.needsCgroup = needsCgroup
    self.trail = trail
  }

  package static let controlDescriptor: Int32 = 3

  /// Returns the new process's pid, and a pidfd that the caller closes.
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
            start.niceness = niceness.map(Int32.init) ?? Int32(CLINUX_OUR_NICENESS)
            start.cgroup = cgroup ?? -1
            start.needs_cgroup = needsCgroup ? 1 : 0
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
