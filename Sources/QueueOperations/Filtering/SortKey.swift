package import QueueCore

/// The order of a list of jobs.
package struct JobSort: Equatable, Sendable {
  package var key = SortKey.age
  package var isReversed = false

  package init() {}
}

/// The column that jobs are sorted by.
package enum SortKey: Int, CaseIterable, Sendable {
  case age, job, tries, exit, priority, command, error

  /// Store orders that implement the key, best first; empty if the store can't sort by it. Age is
  /// the time in a state. Where the store has no index for it, creation order is used.
  package var orders: [JobOrder.Key] {
    switch self {
    case .age: [.updated, .created]
    case .tries: [.attempts]
    case .priority: [.priority]
    case .job, .exit, .command, .error: []
    }
  }

  /// The key `step` positions on, wrapping around.
  package func stepped(by step: Int) -> SortKey {
    let count = Self.allCases.count
    return Self.allCases[(rawValue + step + count) % count]
  }
}
