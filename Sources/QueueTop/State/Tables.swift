import QueueCore
import QueueOperations

/// Where its user is in a table, and how its rows are ordered.
struct TableState<Sort: TableSort, ID: Hashable & Sendable>: Equatable, Sendable {
  var selection = Selection<ID>()
  var sort: Sort
  var isReversed = false

  /// Sorts by a column that many further.
  mutating func sort(by step: Int) {
    let all = Array(Sort.allCases)
    let index = all.firstIndex(of: sort) ?? 0
    choose(all[(index + step + all.count) % all.count])
  }

  /// Sorts by that column; the other way round if it is that already.
  mutating func choose(_ sort: Sort) {
    if sort == self.sort { isReversed.toggle() } else { (self.sort, isReversed) = (sort, false) }
    selection.followFirst()
  }

  /// The rows in order; equal ones stay as they are.
  func sorted(_ rows: [Sort.Row]) -> [Sort.Row] {
    let sorted = rows.enumerated().sorted { one, other in
      let (first, second) = isReversed ? (other.element, one.element) : (one.element, other.element)
      if sort.places(first, before: second) { return true }
      return sort.places(second, before: first) ? false : one.offset < other.offset
    }
    return sorted.map(\.element)
  }
}

/// The columns that a table can be sorted by.
protocol TableSort: CaseIterable, Equatable, Sendable {
  associatedtype Row
  /// Whether a row comes before another by that column alone.
  func places(_ one: Row, before other: Row) -> Bool
}

/// The columns of the queues. The largest figures come first.
enum QueueSort: String, TableSort {
  case name, state, limit, pending, running, failed, dead, oldest, rate

  func places(_ one: QueueLine, before other: QueueLine) -> Bool {
    switch self {
    case .name: one.name < other.name
    case .state: one.control.givesOutNothing && !other.control.givesOutNothing
    case .limit: (one.control.runningLimit ?? .max) < (other.control.runningLimit ?? .max)
    case .pending: one.pending > other.pending
    case .running: one.running > other.running
    case .failed: one.failed > other.failed
    case .dead: one.dead > other.dead
    case .oldest: (one.oldest ?? .zero) > (other.oldest ?? .zero)
    case .rate: one.donePerSecond > other.donePerSecond
    }
  }
}

/// The columns of the workers. What needs a look comes first: the longest silence, the most runs.
enum WorkerSort: String, TableSort {
  case worker, host, state, silence, job, elapsed, done, failed, age

  func places(_ one: WorkerLine, before other: WorkerLine) -> Bool {
    let (left, right) = (one.record, other.record)
    return switch self {
    case .worker: left.id.number < right.id.number
    case .host: (left.process.host, left.process.pid) < (right.process.host, right.process.pid)
    case .state: Self.rank(one.condition) < Self.rank(other.condition)
    case .silence: left.heartbeatAt < right.heartbeatAt
    case .job: (left.current?.job.text ?? "~") < (right.current?.job.text ?? "~")
    case .elapsed: (left.current?.since ?? .latest) < (right.current?.since ?? .latest)
    case .done: left.completed > right.completed
    case .failed: left.failed > right.failed
    case .age: left.startedAt < right.startedAt
    }
  }

  private static func rank(_ status: WorkerStatus) -> Int {
    switch status {
    case .lost: 0
    case .stopping: 1
    case .busy: 2
    case .idle: 3
    }
  }
}

extension MonitorState {
  /// The queues in the order of their table; empty until they are read.
  var sortedQueues: [QueueLine] { queueTable.sorted(snapshot?.queues ?? []) }

  /// The workers in the order of their table.
  var sortedWorkers: [WorkerLine] { workerTable.sorted(workers) }

  var selectedQueue: QueueLine? {
    if let frozenQueue { return frozenQueue }
    let queues = sortedQueues
    let index = queueTable.selection.index
    return queues.indices.contains(index) ? queues[index] : nil
  }

  // MARK: Keys

  mutating func moveInTable(_ move: CursorMove) {
    if page == .queues {
      queueTable.selection.move(move, in: sortedQueues.map(\.name))
    } else {
      workerTable.selection.move(move, in: sortedWorkers.map(\.record.id))
    }
  }

  mutating func settleTables() {
    request.wantsQueues = page == .queues
    let rows = layout.tableRows.count
    if page == .queues, snapshot?.queues != nil {
      queueTable.selection.settle(in: sortedQueues.map(\.name), height: rows)
    }
    if page == .workers {
      workerTable.selection.settle(in: sortedWorkers.map(\.record.id), height: rows)
    }
  }

  mutating func sortTable(by step: Int) {
    if page == .queues { queueTable.sort(by: step) } else { workerTable.sort(by: step) }
  }

  mutating func reverseTable() {
    if page == .queues { queueTable.isReversed.toggle() } else { workerTable.isReversed.toggle() }
  }

  /// Shows the jobs and the figures of the queue under the cursor alone.
  mutating func showQueue() {
    guard let queue = selectedQueue else { return }
    clearFilter()
    request.queue = queue.name
    let tabs: [(JobTab, Int)] = [
      (.dead, queue.dead), (.processing, queue.running), (.failed, queue.failed),
      (.pending, queue.pending),
    ]
    show(tabs.first { $0.1 > 0 }?.0 ?? .all)
  }
}
