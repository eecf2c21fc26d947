package import QueueCore

/// The lists of jobs, in the order of the screen.
package enum JobTab: CaseIterable, Sendable {
  case later, processing, pending, failed, dead, completed, all, cancelled

  /// The state of its jobs; nil for any. ``later`` has the pending jobs with a future start time.
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

  /// The adjective for its jobs with a trailing blank; empty for ``all``.
  package var adjective: String {
    switch self {
    case .later: "delayed "
    case .all: ""
    case .processing, .pending, .failed, .dead, .completed, .cancelled:
      state.map { "\($0.rawValue) " } ?? ""
    }
  }

  /// Whether its jobs can be sorted by when they run, see ``SortKey/turn``.
  package var hasTurns: Bool { self == .later || self == .pending }
}
