import Glibc

/// A failed system call.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The errno.
  public let code: Int32
  private let action: String

  /// Creates an error from `errno`; `action` completes "can't …".
  public init(_ action: String) {
    self.init(action, code: errno)
  }

  /// Creates an error from an errno value.
  public init(_ action: String, code: Int32) {
    self.action = action
    self.code = code
  }

  /// The reason alone, from strerror.
  public var reason: String { String(cString: strerror(code)) }

  /// The action and the reason.
  public var description: String { "can't \(action): \(reason)" }
}
