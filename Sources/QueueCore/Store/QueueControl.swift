/// The controls of one queue.
public struct QueueControl: Equatable, Sendable {
  /// The queue's name.
  public var name: String
  /// Whether the queue is paused.
  public var isPaused: Bool
  /// The limit of its concurrent runs over all workers; nil for none.
  public var runningLimit: Int?

  /// The limits that users can set.
  public static let limits = 0...100_000

  /// Whether none of its jobs can be claimed: it is paused, or its limit is 0.
  public var givesOutNothing: Bool { isPaused || runningLimit == 0 }

  /// Creates controls; by default those of a new queue.
  public init(name: String, isPaused: Bool = false, runningLimit: Int? = nil) {
    self.name = name
    self.isPaused = isPaused
    self.runningLimit = runningLimit
  }
}

/// The controls of all queues.
public struct QueueControls: Equatable, Sendable {
  /// Whether all queues are paused.
  public var isEverythingPaused: Bool
  /// Every queue that has or had jobs or has controls, by name.
  public var queues: [QueueControl]

  /// Memberwise initializer.
  public init(isEverythingPaused: Bool = false, queues: [QueueControl] = []) {
    self.isEverythingPaused = isEverythingPaused
    self.queues = queues
  }

  /// Whether jobs of `queue` are held back.
  public func isPaused(_ queue: String) -> Bool {
    isEverythingPaused || queues.contains { $0.name == queue && $0.givesOutNothing }
  }
}

/// The queues to pause or resume.
public enum QueueSelection: Equatable, Sendable {
  /// These; a name without jobs is allowed.
  case named([String])
  /// All queues, regardless of their own controls.
  case everything
}
