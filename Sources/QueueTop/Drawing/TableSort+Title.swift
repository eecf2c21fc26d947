extension QueueSort {
  /// The title of the column.
  var title: String {
    switch self {
    case .name: "QUEUE"
    case .state: "STATE"
    case .limit: "LIMIT"
    case .pending: "PEND"
    case .running: "RUN"
    case .failed: "FAIL"
    case .dead: "DEAD"
    case .oldest: "OLDEST"
    case .rate: "DONE/S"
    }
  }
}

extension WorkerSort {
  /// The title of the column.
  var title: String {
    switch self {
    case .worker: "WORKER"
    case .host: "HOST"
    case .state: "STATE"
    case .silence: "BEAT"
    case .job: "JOB"
    case .elapsed: "FOR"
    case .done: "DONE"
    case .failed: "FAIL"
    case .age: "UP"
    }
  }
}

extension ScheduleSort {
  /// The title of the column.
  var title: String {
    switch self {
    case .name: "NAME"
    case .when: "WHEN"
    case .next: "NEXT"
    case .last: "RESULT"
    case .streak: "STREAK"
    }
  }
}
