import Glibc

/// A socket pair between supervisor and worker; each side detects at once that the other exited.
public final class ControlChannel {
  /// The messages.
  public enum Message: UInt8, Sendable {
    /// From a worker: it claims jobs from now on.
    case ready = 0x72
    /// From a worker: it leaves because the database has moved.
    case displaced = 0x64
    /// From a background supervisor: it was stopped before its workers were ready.
    case stopped = 0x73
    /// To a worker: finish the job, then leave.
    case finishJob = 0x66
    /// To a worker: end the job, then leave.
    case endJob = 0x65
    /// Never sent: the other side has exited.
    case peerGone = 0
  }

  /// Polls readable on a message or the exit of the other side.
  public let descriptor: Int32
  package private(set) var isPeerGone = false

  /// Takes ownership of a descriptor.
  public init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Returns the inherited end; nil if descriptor 3 isn't half of a pair made by the parent.
  /// Source: <https://man7.org/linux/man-pages/man7/unix.7.html>, SO_PEERCRED
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

  package static func pair() throws(SystemError) -> (ControlChannel, ControlChannel) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw SystemError("open a channel to a worker")
    }
    return (ControlChannel(descriptor: ends[0]), ControlChannel(descriptor: ends[1]))
  }

  deinit { close(descriptor) }

  /// Sends a message; it is lost if the other side has exited or its buffer is full.
  public func send(_ message: Message) {
    var byte = message.rawValue
    Glibc.send(descriptor, &byte, 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
  }

  /// Returns the next message; nil if none.
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
