package import QueueCore

/// The order of a list of jobs.
package struct JobSort: Equatable, Sendable {
  package var key = SortKey.age
  package var isReversed = false

  package init() {}

  /// The order that a tab begins with.
  package init(of tab: JobTab) {
    if tab.hasTurns { key = .turn }
  }
}

/// The column that jobs are sorted by.
package enum SortKey: Int, CaseIterable, Sendable {
  case age, job, attempts, exit, priority, command, error
  /// The order in which pending jobs run.
  case turn

  /// Store orders that implement the key, best first; empty if the store can't sort by it. Age is
  /// the time in a state. Where the store has no index for it, creation order is used.
  package var orders: [JobOrder.Key] {
    switch self {
    case .age: [.updated, .created]
    case .attempts: [.attempts]
    case .priority: [.priority]
    case .job, .exit, .command, .error, .turn: []
    }
  }

  /// The key `step` positions on among those of a tab, wrapping around.
  package func stepped(by step: Int, in tab: JobTab) -> SortKey {
    let keys = Self.allCases.filter { $0 != .turn || tab.hasTurns }
    let index = keys.firstIndex(of: self) ?? 0
    return keys[(index + step + keys.count) % keys.count]
  }
}
