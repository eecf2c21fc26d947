import QueueOperations

/// The meaning of a click on a piece of the frame.
enum ClickTarget: Hashable, Sendable {
  /// That of a key, where its name or an answer is.
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
