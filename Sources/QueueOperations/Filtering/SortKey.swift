package import QueueCore

/// What jobs are ordered by.
package enum SortKey: Int, CaseIterable, Sendable {
  case age, job, tries, exit, priority, command, error

  /// In which order a store would have jobs to give them out so, the best first; empty for what it
  /// doesn't sort by.
  ///
  /// An age is the time in a state. Where a store doesn't keep that order, the newest come first.
  package var orders: [JobOrder.Key] {
    switch self {
    case .age: [.updated, .created]
    case .tries: [.attempts]
    case .priority: [.priority]
    case .job, .exit, .command, .error: []
    }
  }

  /// The one `step` further, around the ends.
  package func stepped(by step: Int) -> SortKey {
    let count = Self.allCases.count
    return Self.allCases[(rawValue + step + count) % count]
  }
}
