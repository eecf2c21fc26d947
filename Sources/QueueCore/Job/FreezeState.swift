/// How far the pause of a run has come; a run that isn't paused has none.
public enum FreezeState: Equatable, Sendable {
  /// Ordered; its worker hasn't frozen it yet.
  case requested
  case frozen(since: Timestamp)
  /// To be continued by its worker.
  case thawing

  /// Whether the run's processes must stand still.
  public var isWanted: Bool { self != .thawing }

  /// When it was frozen; nil unless it is.
  public var frozenSince: Timestamp? { if case .frozen(let time) = self { time } else { nil } }

  /// Returns the state after an operator's order.
  package static func ordered(_ isPaused: Bool, from state: FreezeState?) -> FreezeState? {
    switch (isPaused, state) {
    case (true, nil), (true, .thawing): .requested
    case (true, .requested), (true, .frozen): state
    case (false, nil), (false, .requested): nil
    case (false, .frozen), (false, .thawing): .thawing
    }
  }

  /// Returns the state after a report of the run's worker; nil if an order arrived meanwhile that
  /// the report doesn't follow.
  /// - Parameter time: when the worker froze the run; nil if it runs.
  package static func reported(_ time: Timestamp?, from state: FreezeState?) -> FreezeState?? {
    guard let time else {
      if state == .requested { return nil }
      return .some(nil)
    }
    guard state?.isWanted == true else { return nil }
    return .some(.frozen(since: time))
  }
}

extension FreezeState {
  /// The stored number: 0 requested, -1 thawing, else the time in milliseconds.
  package var stored: Int64 {
    switch self {
    case .requested: 0
    case .frozen(let time): max(1, time.milliseconds)
    case .thawing: -1
    }
  }

  /// Reads a stored number; nil for none.
  package init?(stored number: Int64?) {
    switch number {
    case nil: return nil
    case 0?: self = .requested
    case let time? where time > 0: self = .frozen(since: Timestamp(bounded: time))
    default: self = .thawing
    }
  }
}

/// The pause of the run in a worker's hands.
public struct FreezeOrder: Equatable, Sendable {
  /// The run.
  public var run: RunID
  /// Its state in the store.
  public var state: FreezeState

  /// Memberwise initializer.
  public init(run: RunID, state: FreezeState) {
    self.run = run
    self.state = state
  }

  /// Nil for a run that isn't paused.
  package init?(run: RunID, _ state: FreezeState?) {
    guard let state else { return nil }
    self.init(run: run, state: state)
  }
}
