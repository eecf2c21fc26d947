import CLinux
import Glibc

/// Starts a program in a new process, with nothing of ours left in it but what is named here.
///
/// By posix_spawn: it starts 1.5 times as many processes a second as a library around it, and lets us read what a child has
/// used (docs/decisions.md). All signals are at their defaults and unblocked.
struct Spawn {
  /// The program, by its path.
  var program: String
  /// Its arguments, the first being its own name.
  var arguments: [String]
  /// `NAME=value` each.
  var environment: [String]
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

  /// The descriptor that `control` becomes.
  static let controlDescriptor: Int32 = 3

  /// - Returns: the number of the new process, a child of ours.
  /// - Throws: ``SystemError`` for whatever kept the program from starting.
  func start() throws(SystemError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    prepare(&actions)
    prepare(&attributes)
    var pid: pid_t = 0
    let code = Self.withCStrings(arguments) { arguments in
      Self.withCStrings(environment) { environment in
        posix_spawn(&pid, program, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else { throw SystemError("start \(program)", code: code) }
    return pid
  }

  private func prepare(_ actions: inout posix_spawn_file_actions_t) {
    for (descriptor, target) in [(input, 0), (output, 1), (errors, 2), (control, 3)]
      as [(Int32?, Int32)]
    {
      if let descriptor { posix_spawn_file_actions_adddup2(&actions, descriptor, target) }
    }
    if closesInherited {
      clinux_spawn_close_from(&actions, Self.controlDescriptor + (control == nil ? 0 : 1))
    }
    if let directory { clinux_spawn_change_directory(&actions, directory) }
  }

  private func prepare(_ attributes: inout posix_spawnattr_t) {
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    let flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
    if inNewSession {
      clinux_spawn_in_new_session(&attributes, flags)
    } else {
      posix_spawnattr_setflags(&attributes, flags | Int16(POSIX_SPAWN_SETPGROUP))
    }
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = strings.map { strdup($0) } + [nil]
    defer { copies.forEach { free($0) } }
    return copies.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { preconditionFailure("the list ends with nil") }
      return body(start)
    }
  }
}
