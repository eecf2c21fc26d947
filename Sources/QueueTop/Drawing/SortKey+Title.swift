import QueueOperations

extension SortKey {
  /// The title of the column, abbreviated where columns are scarce.
  func title(isWide: Bool) -> String {
    switch self {
    case .age: "AGE"
    case .job: "JOB"
    case .attempts: isWide ? "ATTEMPT" : "ATT"
    case .exit: "EXIT"
    case .priority: "PRI"
    case .command: "COMMAND"
    case .error: "NOTE"
    case .turn: "RUNS"
    }
  }
}
