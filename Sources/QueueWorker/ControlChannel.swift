import Glibc

/// The line between a supervisor and one of its workers. Each side notices at once when the other is gone.
public final class ControlChannel {
  /// What is said.
  public enum Message: UInt8, Sendable {
    /// From the worker: it takes jobs now.
    case ready = 0x72
    /// From the worker: the queue isn't found under its name any more, and so it leaves.
    case displaced = 0x64
    /// To the worker: finish the job, then leave.
    case finishJob = 0x66
    /// To the worker: end the job, then leave.
    case endJob = 0x65
    /// Nobody said it: the other side is gone.
    case peerGone = 0
  }

  /// Polls readable once something was said.
  public let descriptor: Int32
  /// Whether ``receive()`` has said so.
  private(set) var isPeerGone = false

  /// Takes over a descriptor.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// The worker's end, as its supervisor left it.
  /// - Throws: ``SystemError`` in a process that no supervisor started.
  public static func inherited() throws(SystemError) -> ControlChannel {
    guard fcntl(Spawn.controlDescriptor, F_SETFD, FD_CLOEXEC) == 0 else {
      throw SystemError("find the supervisor of this worker")
    }
    return ControlChannel(descriptor: Spawn.controlDescriptor)
  }

  /// A line with two ends.
  static func pair() throws(SystemError) -> (ControlChannel, ControlChannel) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw SystemError("make a line to a worker")
    }
    return (ControlChannel(descriptor: ends[0]), ControlChannel(descriptor: ends[1]))
  }

  deinit { close(descriptor) }

  /// Says something; lost if the other side is gone, or has long stopped listening.
  public func send(_ message: Message) {
    var byte = message.rawValue
    Glibc.send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
  }

  /// The next thing that was said; nil when nothing is waiting.
  public func receive() -> Message? {
    guard !isPeerGone else { return nil }
    var byte: UInt8 = 0
    switch recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) {
    case 1: return Message(rawValue: byte)
    case 0:
      isPeerGone = true
      return .peerGone
    default: return nil
    }
  }
}
