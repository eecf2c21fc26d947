import Glibc

/// A process that outlives its parent.
public struct BackgroundProcess {
  /// The process ID.
  public let pid: Int32
  /// Its first message: `ready`, `stopped`, or `peerGone` if it exited before.
  public let answer: ControlChannel.Message

  /// Starts this program in a new session, prints to `log`, and waits for its first message.
  public static func start(
    arguments: [String], environment: [[UInt8]], log: String
  ) throws(SystemError) -> BackgroundProcess {
    let (pid, control) = try launch(arguments: arguments, environment: environment, log: log)
    while true {
      Poll.wait(for: [control.descriptor], atMost: nil)
      if let message = control.receive() {
        return BackgroundProcess(pid: pid, answer: message)
      }
    }
  }

  private static func launch(
    arguments: [String], environment: [[UInt8]], log: String
  ) throws(SystemError) -> (pid_t, ControlChannel) {
    let (ours, theirs) = try ControlChannel.pair()
    let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw SystemError("open /dev/null") }
    defer { close(input) }
    // O_RDWR, because opening a FIFO for writing only would block.
    let output = open(log, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw SystemError("write \(log)") }
    defer { close(output) }
    let spawn = Spawn(
      program: "/proc/self/exe", arguments: arguments, inherited: CStrings(environment),
      input: input, output: output, errors: output, control: theirs.descriptor,
      closesInherited: true)
    let (pid, descriptor) = try withExtendedLifetime(theirs) { () throws(SystemError) in
      try spawn.start()
    }
    close(descriptor)
    return (pid, ours)
  }
}
