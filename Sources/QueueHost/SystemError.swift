import Glibc

/// A call to the system that failed: what was to be done, and why it wasn't.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The system's number for the reason.
  public let code: Int32
  private let action: String

  /// A failure of the last call.
  /// - Parameter action: what was to be done, after "can't".
  public init(_ action: String) {
    self.init(action, code: errno)
  }

  /// A failure with this reason.
  public init(_ action: String, code: Int32) {
    self.action = action
    self.code = code
  }

  /// The reason alone, in the system's words.
  public var reason: String { String(cString: strerror(code)) }

  /// What couldn't be done, and the reason.
  public var description: String { "can't \(action): \(reason)" }
}
