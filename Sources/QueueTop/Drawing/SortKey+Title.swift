import QueueOperations

extension SortKey {
  /// The title of the column.
  var title: String {
    switch self {
    case .age: "AGE"
    case .job: "JOB"
    case .tries: "TRY"
    case .exit: "EXIT"
    case .priority: "PRI"
    case .command: "COMMAND"
    case .error: "NOTE"
    case .turn: "RUNS"
    }
  }
}
