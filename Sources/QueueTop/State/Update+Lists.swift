import QueueCore
import QueueOperations

/// What keys do in the lists.
extension MonitorState {
  /// Whether the keys are about workers.
  var isOnWorkers: Bool { page == .lists && pane == .workers }

  // MARK: Moving

  mutating func moveCursor(_ motion: CursorMove) {
    switch pane {
    case .jobs: list.selection.move(motion, in: jobs.map(\.id))
    case .workers: workerSelection.move(motion, in: workers.map(\.record.id))
    }
  }

  mutating func move(columns: Int) { shift = max(0, min(shift + columns, 400)) }

  mutating func changePane() { pane = pane == .jobs ? .workers : .jobs }

  mutating func followFirst() {
    list.selection.followFirst()
    say("following the first row")
  }

  // MARK: Choosing what is shown

  mutating func show(_ tab: JobTab) {
    pane = .jobs
    sorts[request.tab] = request.sort
    request.tab = tab
    request.sort = sorts[tab] ?? JobSort()
    request.group = nil
    request.limit = ViewRequest().limit
    shift = 0
  }

  mutating func startFilter() {
    pane = .jobs
    overlay = .filter(TextField(request.filter.text), before: request.filter)
  }

  mutating func clearFilter(keepingGroup: Bool = false) {
    request.filter = FilterText("")
    if !keepingGroup { request.group = nil }
    request.searchTime = ViewRequest.typingTime
  }

  /// Sorts by a column that many further.
  mutating func sort(by step: Int) {
    request.sort.key = request.sort.key.stepped(by: step)
    list.selection.followFirst()
  }

  // MARK: Tags

  var whyNoTags: String? { pane == .jobs ? nil : "only jobs can be tagged: Tab goes to them" }

  mutating func tagAll() {
    list.tags = jobs
    guard snapshot?.list.hasMore == true else { return }
    let all = request.tab == .dead ? "; R and D are for all that match" : ""
    say("tagged the first \(Format.grouped(jobs.count)) rows\(all)")
  }

  mutating func tag() {
    guard let job = selectedJob else { return }
    if let index = list.tags.firstIndex(where: { $0.id == job.id }) {
      list.tags.remove(at: index)
    } else {
      list.tags.append(job)
    }
    moveCursor(.by(1))
  }

  // MARK: Handing on

  /// The run whose log a pager shows; nil when there is none.
  var runWithLog: RunID? {
    if let detailPage { return detailPage.run ?? detail?.runs.first?.id }
    return pane == .jobs ? selectedJob?.latestRun?.id : selectedWorker?.record.current?.run
  }

  mutating func pageLog() -> [Effect] { runWithLog.map { [.page($0)] } ?? [] }

  /// The id of the job or worker that the keys are about.
  var shownID: String? {
    if let detailPage { return detailPage.job.text }
    return pane == .jobs ? selectedJob?.id.text : selectedWorker?.record.id.description
  }

  var shownCommand: String? {
    if detailPage != nil { return detail?.job.command }
    return pane == .jobs ? selectedJob?.command : selectedWorker?.command
  }

  mutating func copy(_ text: String?) -> [Effect] {
    guard let text else { return [] }
    say("copied \(quoted: text)")
    return [.copy(text)]
  }
}
