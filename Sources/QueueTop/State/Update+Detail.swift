import QueueCore
import QueueOperations

/// The keys on a job's page.
extension MonitorState {
  /// The position on the page; nil on other pages.
  var detailPage: DetailState? {
    get { if case .detail(let page) = page { page } else { nil } }
    set { if let newValue { page = .detail(newValue) } }
  }

  /// The job under the cursor, or the job of the worker there.
  var jobToOpen: JobID? {
    if occurrencesPage != nil { return occurrenceJob }
    return isOnWorkers ? selectedWorker?.record.current?.job : selectedJob?.id
  }

  /// The reason why there is no job to open; nil if there is one.
  var whyNoJob: String? {
    if jobToOpen != nil { return nil }
    if occurrencesPage != nil { return "no job at this time" }
    guard isOnWorkers else { return mayHaveRows ? nil : "there is no job here" }
    return selectedWorker.map { "\($0.record.id) has no job" } ?? "there is no worker here"
  }

  /// The label of the key `l`.
  var wordForLog: String { detailPage?.isLogOnly == true ? "Runs too" : "Log alone" }

  mutating func openDetail(isLogOnly: Bool) {
    guard let job = jobToOpen else { return }
    listPage = page
    page = .detail(DetailState(job: job, isLogOnly: isLogOnly))
    request.detail = job
  }

  mutating func closeDetail() {
    page = listPage
    listPage = .lists
    request.explains = false
    request.detail = nil
  }

  /// Goes to an older (1) or newer (-1) run.
  mutating func chooseRun(older step: Int) {
    guard var page = detailPage, let runs = detail?.runs, !runs.isEmpty else { return }
    let index = runs.firstIndex { $0.id == page.run } ?? 0
    let wanted = max(0, min(runs.count - 1, index + step))
    page.run = wanted == 0 ? nil : runs[wanted].id
    (page.top, page.owed, page.shift) = (nil, 0, 0)
    (page.found, page.search, page.searched) = (nil, nil, nil)
    self.page = .detail(page)
  }
}
