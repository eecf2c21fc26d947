import QueueOperations

/// The effect of a click on part of the frame.
enum ClickTarget: Hashable, Sendable {
  /// Press this key: a hint in the footer, or an answer.
  case key(Key)
  /// Sort by the column.
  case jobs(SortKey)
  case queues(QueueSort)
  case workers(WorkerSort)
  case schedules(ScheduleSort)
}

extension MonitorState {
  mutating func click(_ target: ClickTarget) -> [Effect] {
    switch target {
    case .key(let key): return receive(key)
    case .jobs(let sort): if overlay == nil { self.sort(by: sort) }
    case .queues(let sort): if overlay == nil { queueTable.choose(sort) }
    case .schedules(let sort): if overlay == nil { scheduleTable.choose(sort) }
    case .workers(let sort): if overlay == nil { workerTable.choose(sort) }
    }
    return []
  }
}
