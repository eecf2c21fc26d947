import Glibc

/// The line between a supervisor and one of its workers. Each side notices at once when the other
/// is gone.
public final class ControlChannel {
  /// What is said.
  public enum Message: UInt8, Sendable {
    /// From the worker: it takes jobs now.
    case ready = 0x72
    /// From the worker: the queue isn't found under its name any more, and so it leaves.
    case displaced = 0x64
    /// From a supervisor in the background: it was asked to stop before its workers took jobs.
    case stopped = 0x73
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
  package private(set) var isPeerGone = false

  /// Takes over a descriptor.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// The end that this process got from its parent; nil in one that wasn't started by ``pair()``'s
  /// other end, whatever its descriptor 3 is. Source:
  /// <https://man7.org/linux/man-pages/man7/unix.7.html>, SO_PEERCRED: of a pair it is the process
  /// that made it.
  public static func inherited() -> ControlChannel? {
    let descriptor = Spawn.controlDescriptor
    var type: Int32 = 0
    var maker = PeerCredentials()
    guard option(SO_TYPE, of: descriptor, &type), type == Int32(SOCK_SEQPACKET.rawValue),
      option(SO_PEERCRED, of: descriptor, &maker), maker.pid == getppid(),
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { return nil }
    return ControlChannel(descriptor: descriptor)
  }

  /// `struct ucred`.
  private struct PeerCredentials: BitwiseCopyable {
    var pid: pid_t = 0
    var user: uid_t = 0
    var group: gid_t = 0
  }

  private static func option<Value: BitwiseCopyable>(
    _ name: Int32, of descriptor: Int32, _ value: inout Value
  ) -> Bool {
    var size = socklen_t(MemoryLayout<Value>.size)
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0
  }

  /// A line with two ends.
  package static func pair() throws(SystemError) -> (ControlChannel, ControlChannel) {
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
