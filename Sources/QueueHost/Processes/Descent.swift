import Glibc
public import QueueCore

/// When the user's command began, passed to child processes in the environment.
public struct Descent {
  /// When the first command began, in uptime.
  public let begun: Duration
  /// The channel to the parent; nil in the first process.
  public let control: ControlChannel?

  package static let variable = "_queuectl_begun"

  /// Reads the descent of this process; `environment` holds `NAME=value` entries.
  public init(_ environment: [[UInt8]], at now: Moment) {
    let mark = environment.last { $0.starts(with: Self.prefix) }?.dropFirst(Self.prefix.count)
    if let mark, let number = Int64(String(decoding: mark, as: UTF8.self)),
      let control = ControlChannel.inherited()
    {
      begun = .nanoseconds(number)
      self.control = control
    } else {
      begun = LocalHost.latestStart(at: now)
      control = nil
    }
  }

  /// Returns the environment for a child process.
  public func passedOn(_ environment: [[UInt8]]) -> [[UInt8]] {
    environment.filter { !$0.starts(with: Self.prefix) }
      + [Self.prefix + Array("\(begun.nanoseconds)".utf8)]
  }

  private static let prefix = Array("\(variable)=".utf8)
}
