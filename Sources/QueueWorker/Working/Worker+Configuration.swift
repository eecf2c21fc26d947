public import QueueCore

extension Worker {
  /// The worker's parameters.
  public struct Configuration: Sendable {
    /// Its process.
    public var process: ProcessIdentity
    /// The queues it serves; empty for all.
    public var queues: [String]
    /// Whether it leaves when no job is left to run.
    public var drains: Bool
    /// When the user's command began, in uptime; nil for the time of registration.
    public var begun: Duration?
    /// The version of its program, for display.
    public var version: String?
    /// Whether the store may be out of reach while other hosts reach it.
    public var isOnServer: Bool

    /// Creates a configuration.
    public init(
      process: ProcessIdentity, queues: [String] = [], drains: Bool = false,
      begun: Duration? = nil, version: String? = nil, isOnServer: Bool = false
    ) {
      self.process = process
      self.queues = queues
      self.drains = drains
      self.begun = begun
      self.version = version
      self.isOnServer = isOnServer
    }
  }
}
