import Glibc

/// A process that goes on when the one that started it has ended.
public struct BackgroundProcess {
  /// Its number.
  public let pid: Int32
  /// What it said first: that it is ready or was stopped, or nothing before it ended.
  public let answer: ControlChannel.Message

  /// Starts this program again in a session of its own, and waits until it says something or has
  /// ended.
  /// - Parameter log: the file that gets what it prints.
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
    // For reading, too: opening a FIFO in its place doesn't wait then.
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
