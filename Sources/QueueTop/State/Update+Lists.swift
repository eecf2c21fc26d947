import QueueCore
import QueueOperations

/// The keys in the lists.
extension MonitorState {
  /// Whether the keys apply to workers.
  var isOnWorkers: Bool { page == .workers || page == .lists && pane == .workers }

  // MARK: Moving

  mutating func moveCursor(_ move: CursorMove) {
    switch pane {
    case .jobs: moveInJobs(move)
    case .workers: workerSelection.move(move, in: workers.map(\.record.id))
    }
  }

  /// The ends are those of the whole list, not of the rows read so far.
  private mutating func moveInJobs(_ move: CursorMove) {
    let hasMore = snapshot?.list.hasMore == true && !isAwaitingRows
    switch move {
    case .toFirst where request.isFromEnd && hasMore: readFrom(end: false)
    case .toLast where !request.isFromEnd && hasMore && canReadFromEnd: readFrom(end: true)
    case .by, .toFirst, .toLast: list.selection.move(move, in: jobs.map(\.id))
    }
    if move == .toFirst { list.newAbove = 0 }
  }

  /// Rows sorted after reading are the same from either end.
  private var canReadFromEnd: Bool { request.isInTurn || snapshot?.list.order != nil }

  private mutating func readFrom(end isEnd: Bool) {
    request.isFromEnd = isEnd
    request.limit = ViewRequest().limit
    list.selection.goOnce(isEnd ? .toLast : .toFirst)
  }

  mutating func move(columns: Int) { shift = max(0, min(shift + columns, 400)) }

  mutating func changePane() { pane = pane == .jobs ? .workers : .jobs }

  mutating func followFirst() {
    request.isFromEnd = false
    list.selection.followFirst()
    say("following the first row")
  }

  // MARK: Choosing what is shown

  mutating func show(_ tab: JobTab) {
    pane = .jobs
    page = .lists
    sorts[request.tab] = request.sort
    request.tab = tab
    request.sort = sorts[tab] ?? JobSort(of: tab)
    request.group = nil
    request.isFromEnd = false
    request.limit = ViewRequest().limit
    shift = 0
  }

  mutating func startFilter() {
    pane = .jobs
    overlay = .filter(TextField(request.filter.text), before: request.filter)
    notice = nil
  }

  mutating func clearFilter(keepingGroup: Bool = false) {
    request.filter = FilterText("")
    if !keepingGroup { (request.group, request.queue) = (nil, nil) }
    request.searchTime = ViewRequest.typingTime
  }

  /// Sorts by the column `step` positions on.
  mutating func sort(by step: Int) {
    request.sort.key = request.sort.key.stepped(by: step, in: request.tab)
    request.isFromEnd = false
    list.selection.followFirst()
  }

  mutating func reverse() {
    request.sort.isReversed.toggle()
    request.isFromEnd = false
  }

  /// Sorts by a column; reverses the order if it is the present one.
  mutating func sort(by key: SortKey) {
    if request.sort.key == key { return reverse() }
    request.sort = JobSort()
    request.sort.key = key
    request.isFromEnd = false
    list.selection.followFirst()
  }

  // MARK: Marks

  var whyNoMarks: String? {
    guard pane == .jobs else { return "only jobs can be marked: Tab goes to them" }
    return jobs.isEmpty && !mayHaveRows ? "there is no job here" : nil
  }

  /// Marks all jobs of the list, after reading the rest if necessary.
  mutating func markAll() -> [Effect] {
    if let list = snapshot?.list, !list.hasMore, list.searched == nil {
      self.list.marks = jobs
      return []
    }
    return gatherAll(
      BulkSelection(
        purpose: .mark, filter: request.filter, group: request.group, queue: request.queue,
        tab: request.tab))
  }

  mutating func mark(_ jobs: [Job], of bulk: BulkSelection, isComplete: Bool) {
    guard isComplete else {
      return say(
        "more than \(Format.grouped(BulkSelection.mostMarks)): narrow them down with a filter",
        isWarning: true)
    }
    lists[bulk.tab, default: JobList()].marks = jobs
    say("marked \(Format.grouped(jobs.count)) \(jobs.count == 1 ? "job" : "jobs")")
  }

  mutating func mark() {
    guard let job = selectedJob else { return }
    if let index = list.marks.firstIndex(where: { $0.id == job.id }) {
      list.marks.remove(at: index)
    } else {
      list.marks.append(job)
    }
    moveCursor(.by(1))
  }

  // MARK: Handing on

  /// The run whose log the pager shows; nil for none.
  var runWithLog: RunID? {
    if let detailPage { return detailPage.run ?? detail?.runs.first?.id }
    return isOnWorkers ? selectedWorker?.record.current?.run : selectedJob?.latestRun?.id
  }

  mutating func pageLog() -> [Effect] { runWithLog.map { [.page($0)] } ?? [] }

  /// The id or name of the row that the keys apply to.
  var shownID: String? {
    if let detailPage { return detailPage.job.text }
    if page == .queues { return selectedQueue?.name }
    if page == .schedules { return selectedSchedule?.schedule.name }
    if occurrencesPage != nil { return occurrenceJob?.text }
    return isOnWorkers ? selectedWorker?.record.id.description : selectedJob?.id.text
  }

  var shownCommand: String? {
    if detailPage != nil { return detail?.job.command }
    return isOnWorkers ? selectedWorker?.command : selectedJob?.command
  }

  mutating func copy(_ text: String?) -> [Effect] {
    guard let text else { return [] }
    say("copied \(quoted: text)")
    return [.copy(text)]
  }
}
