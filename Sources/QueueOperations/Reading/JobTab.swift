package import QueueCore

/// The lists of jobs that there are, in the order of their keys.
package enum JobTab: Int, CaseIterable, Sendable {
  case processing, pending, failed, dead, completed, all

  /// The state whose jobs it has; nil for all.
  package var state: JobState? {
    switch self {
    case .processing: .processing
    case .pending: .pending
    case .failed: .failed
    case .dead: .dead
    case .completed: .completed
    case .all: nil
    }
  }

  /// The key that shows it.
  package var number: Int { rawValue + 1 }

  /// What its jobs are called.
  package var adjective: String { state.map { "\($0.rawValue) " } ?? "" }

  /// The next one, or the one before, around the ends.
  package func stepped(by step: Int) -> JobTab {
    let count = Self.allCases.count
    return Self.allCases[(rawValue + step + count) % count]
  }
}

extension QueueSummary {
  /// How many jobs a tab has.
  package func count(_ tab: JobTab) -> Int {
    tab.state.map { count($0) } ?? JobState.allCases.reduce(0) { $0 + count($1) }
  }
}
