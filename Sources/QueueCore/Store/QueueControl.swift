/// A named queue as its users have set it.
public struct QueueControl: Equatable, Sendable {
  /// Its name.
  public var name: String
  /// Whether no job of it is given out.
  public var isPaused: Bool
  /// How many jobs of it may run at once, over all workers; nil for any number.
  public var runningLimit: Int?

  /// Whether none of its jobs is given out: it is paused, or its limit is 0, which comes to the
  /// same.
  public var givesOutNothing: Bool { isPaused || runningLimit == 0 }

  /// A queue; by default as every new one is.
  public init(name: String, isPaused: Bool = false, runningLimit: Int? = nil) {
    self.name = name
    self.isPaused = isPaused
    self.runningLimit = runningLimit
  }
}

/// What users have set about queues.
public struct QueueControls: Equatable, Sendable {
  /// Whether no job of any queue is given out.
  public var isEverythingPaused: Bool
  /// Every queue that has or had jobs, or for which something was set, by name.
  public var queues: [QueueControl]

  /// Both parts.
  public init(isEverythingPaused: Bool = false, queues: [QueueControl] = []) {
    self.isEverythingPaused = isEverythingPaused
    self.queues = queues
  }

  /// Whether jobs of that queue are held back.
  public func isPaused(_ queue: String) -> Bool {
    isEverythingPaused || queues.contains { $0.name == queue && $0.givesOutNothing }
  }
}

/// Which queues are to be paused or resumed.
public enum QueueSelection: Equatable, Sendable {
  /// These; a name without jobs so far is fine.
  case named([String])
  /// Everything, whatever is set for single queues.
  case everything
}
