import Glibc
public import QueueCore

/// How a process of ours was started by another of ours: when the command began that the user
/// typed. It goes through the environment, as `ps` shows arguments.
public struct Descent {
  /// When the first command began, by the uptime of this boot.
  public let begun: Duration
  /// The line to the process that started this one; nil in the first.
  public let control: ControlChannel?

  package static let variable = "_queuectl_begun"

  /// Of this process.
  /// - Parameter environment: `NAME=value` each.
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

  /// The environment of a process that is started next.
  public func passedOn(_ environment: [[UInt8]]) -> [[UInt8]] {
    environment.filter { !$0.starts(with: Self.prefix) }
      + [Self.prefix + Array("\(begun.nanoseconds)".utf8)]
  }

  private static let prefix = Array("\(variable)=".utf8)
}
