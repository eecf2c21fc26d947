import QueueCore
import QueueOperations

/// The cursor and the order of a table.
struct TableState<Sort: TableSort, ID: Hashable & Sendable>: Equatable, Sendable {
  var selection = Selection<ID>()
  var sort: Sort
  var isReversed = false

  /// Sorts by the column `step` positions on.
  mutating func sort(by step: Int) {
    let all = Array(Sort.allCases)
    let index = all.firstIndex(of: sort) ?? 0
    choose(all[(index + step + all.count) % all.count])
  }

  /// Sorts by a column; reverses the order if it is the present one.
  mutating func choose(_ sort: Sort) {
    if sort == self.sort { isReversed.toggle() } else { (self.sort, isReversed) = (sort, false) }
    selection.followFirst()
  }

  /// Returns the rows in order; the sort is stable.
  func sorted(_ rows: [Sort.Row]) -> [Sort.Row] {
    let sorted = rows.enumerated().sorted { one, other in
      let (first, second) = isReversed ? (other.element, one.element) : (one.element, other.element)
      if sort.places(first, before: second) { return true }
      return sort.places(second, before: first) ? false : one.offset < other.offset
    }
    return sorted.map(\.element)
  }
}

/// The sort columns of a table.
protocol TableSort: CaseIterable, Equatable, Sendable {
  associatedtype Row
  /// Whether a row precedes another by that column alone.
  func places(_ one: Row, before other: Row) -> Bool
}

/// The sort columns of queues; largest figures first.
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

/// The sort columns of workers; lost or silent ones and the most runs first.
enum WorkerSort: String, TableSort {
  case worker, host, state, silence, job, elapsed, done, failed, age

  func places(_ one: WorkerView, before other: WorkerView) -> Bool {
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

/// The sort columns of schedules.
enum ScheduleSort: String, TableSort {
  case name, when, next, last, streak

  func places(_ one: ScheduleLine, before other: ScheduleLine) -> Bool {
    let (left, right) = (one.schedule, other.schedule)
    return switch self {
    case .name: left.name < right.name
    case .when: one.when < other.when
    case .next: (left.nextAt ?? .latest) < (right.nextAt ?? .latest)
    case .last: (one.last?.at ?? .earliest) > (other.last?.at ?? .earliest)
    case .streak: Self.rank(one) > Self.rank(other)
    }
  }

  private static func rank(_ line: ScheduleLine) -> Int {
    line.schedule.tally.failuresInRow + line.schedule.tally.skipsInRow
  }
}

/// The position on the page of a schedule's occurrences.
struct OccurrencesState: Equatable, Sendable {
  let schedule: String
  var selection = Selection<Int>()
}

extension MonitorState {
  /// The queues in the order of their table; empty until they are read.
  var sortedQueues: [QueueLine] { queueTable.sorted(snapshot?.queues ?? []) }

  /// The workers in the order of their table.
  var sortedWorkers: [WorkerView] { workerTable.sorted(workers) }

  var selectedQueue: QueueLine? {
    if let frozenQueue { return frozenQueue }
    let queues = sortedQueues
    let index = queueTable.selection.index
    return queues.indices.contains(index) ? queues[index] : nil
  }

  /// The schedules in the order of their table; empty until they are read.
  var sortedSchedules: [ScheduleLine] { scheduleTable.sorted(snapshot?.schedules ?? []) }

  var selectedSchedule: ScheduleLine? {
    if let frozenSchedule { return frozenSchedule }
    let (sorted, index) = (sortedSchedules, scheduleTable.selection.index)
    return sorted.indices.contains(index) ? sorted[index] : nil
  }

  /// The position on the page of occurrences; nil on other pages.
  var occurrencesPage: OccurrencesState? {
    get { if case .occurrences(let page) = page { page } else { nil } }
    set { if let newValue { page = .occurrences(newValue) } }
  }

  var shownOccurrences: [Occurrence] { occurrencesPage == nil ? [] : snapshot?.occurrences ?? [] }

  private var occurrenceIDs: [Int] { Array(shownOccurrences.indices) }

  var occurrenceJob: JobID? {
    guard let index = occurrencesPage?.selection.index, shownOccurrences.indices.contains(index)
    else { return nil }
    return shownOccurrences[index].job?.id
  }

  // MARK: Keys

  mutating func moveInTable(_ move: CursorMove) {
    switch page {
    case .queues: queueTable.selection.move(move, in: sortedQueues.map(\.name))
    case .workers: workerTable.selection.move(move, in: sortedWorkers.map(\.record.id))
    case .schedules:
      scheduleTable.selection.move(move, in: sortedSchedules.map(\.schedule.name))
    case .occurrences:
      let ids = occurrenceIDs
      occurrencesPage?.selection.move(move, in: ids)
    case .lists, .detail, .groups: break
    }
  }

  /// Shows the times of the schedule under the cursor.
  mutating func openOccurrences() {
    guard let schedule = selectedSchedule else { return }
    page = .occurrences(OccurrencesState(schedule: schedule.schedule.name))
    shift = 0
  }

  mutating func closeOccurrences() { page = .schedules }

  mutating func settleTables() {
    let rows = layout.tableRows.count
    if page == .queues, snapshot?.queues != nil {
      queueTable.selection.settle(in: sortedQueues.map(\.name), height: rows)
    }
    if page == .workers {
      workerTable.selection.settle(in: sortedWorkers.map(\.record.id), height: rows)
    }
    if page == .schedules, snapshot?.schedules != nil {
      scheduleTable.selection.settle(in: sortedSchedules.map(\.schedule.name), height: rows)
    }
    if snapshot?.occurrences != nil {
      let (ids, height) = (occurrenceIDs, layout.groups.count)
      occurrencesPage?.selection.settle(in: ids, height: height)
    }
  }

  mutating func sortTable(by step: Int) {
    switch page {
    case .queues: queueTable.sort(by: step)
    case .workers: workerTable.sort(by: step)
    case .schedules: scheduleTable.sort(by: step)
    case .lists, .detail, .groups, .occurrences: break
    }
  }

  mutating func reverseTable() {
    switch page {
    case .queues: queueTable.isReversed.toggle()
    case .workers: workerTable.isReversed.toggle()
    case .schedules: scheduleTable.isReversed.toggle()
    case .lists, .detail, .groups, .occurrences: break
    }
  }

  /// Shows only the jobs and figures of the queue under the cursor.
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
