package import QueueCore

/// The lists of jobs, in the order of the screen.
package enum JobTab: CaseIterable, Sendable {
  case later, processing, pending, failed, dead, completed, all, cancelled

  /// The state whose jobs it has; nil for all. ``later`` has only some of the pending ones.
  package var state: JobState? {
    switch self {
    case .later, .pending: .pending
    case .processing: .processing
    case .failed: .failed
    case .dead: .dead
    case .completed: .completed
    case .all: nil
    case .cancelled: .cancelled
    }
  }

  /// The adjective of its jobs, followed by a blank; empty for all.
  package var adjective: String {
    switch self {
    case .later: "scheduled "
    case .all: ""
    case .processing, .pending, .failed, .dead, .completed, .cancelled:
      state.map { "\($0.rawValue) " } ?? ""
    }
  }

  /// Whether its jobs have an order of turns, see ``SortKey/turn``.
  package var hasTurns: Bool { self == .later || self == .pending }
}
