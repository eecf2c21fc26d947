import QueueCore
import QueueOperations

/// What keys do on the page of one job.
extension MonitorState {
  /// Where its user is on the page; nil on other pages.
  var detailPage: DetailState? {
    get { if case .detail(let page) = page { page } else { nil } }
    set { if let newValue { page = .detail(newValue) } }
  }

  /// The job under the cursor, or the one that the worker there runs.
  var jobToOpen: JobID? {
    pane == .jobs ? selectedJob?.id : selectedWorker?.record.current?.job
  }

  /// What its key does with the log.
  var wordForLog: String { detailPage?.isLogOnly == true ? "Runs too" : "Log alone" }

  mutating func openDetail(isLogOnly: Bool) {
    guard let job = jobToOpen else { return }
    page = .detail(DetailState(job: job, isLogOnly: isLogOnly))
    look.detail = job
    look.run = nil
  }

  mutating func closeDetail() {
    page = .lists
    look.detail = nil
    look.run = nil
  }

  /// Goes to an older (1) or newer (-1) run.
  mutating func chooseRun(older step: Int) {
    guard var page = detailPage, let runs = detail?.runs, !runs.isEmpty else { return }
    let index = runs.firstIndex { $0.id == page.run } ?? 0
    let wanted = max(0, min(runs.count - 1, index + step))
    page.run = wanted == 0 ? nil : runs[wanted].id
    page.top = nil
    page.shift = 0
    look.run = page.run
    self.page = .detail(page)
  }

  /// Shows that part of the log. A user who reads in the middle of a log stays with its run when
  /// the job runs again; one who follows the end goes to the latest run.
  private mutating func keep(_ page: DetailState) {
    var page = page
    if let latest = detail?.runs.first?.id {
      if page.isFollowing {
        if page.run == latest { page.run = nil }
      } else {
        page.run = page.run ?? latest
      }
      look.run = page.run
    }
    self.page = .detail(page)
  }

  // MARK: The log

  /// The number of the first line on the screen while the end is followed.
  private func firstShown(of page: DetailState) -> Int {
    guard let log = detail?.log else { return 0 }
    return page.top ?? log.first + max(0, log.lines.count - detailLayout(page).logRows)
  }

  mutating func toggleFollowing() {
    guard var page = detailPage else { return }
    page.top = page.isFollowing ? firstShown(of: page) : nil
    keep(page)
  }

  /// Scrolling up lets go of the end; scrolling down to it takes it again.
  mutating func scrollLog(_ motion: Motion) {
    guard var page = detailPage else { return }
    switch motion {
    case .by(let rows):
      guard let log = detail?.log else { break }
      let last = log.first + max(0, log.lines.count - detailLayout(page).logRows)
      let wanted = max(log.first, firstShown(of: page) + rows)
      page.top = wanted >= last && rows > 0 ? nil : min(wanted, last)
    case .toFirst: page.top = detail?.log?.first ?? 0
    case .toLast: page.top = nil
    }
    keep(page)
  }

  mutating func startLogSearch() {
    overlay = .logSearch(TextField(detailPage?.search ?? ""))
  }

  /// Goes to the next or the previous line that contains the search text, around the ends.
  mutating func findInLog(forward: Bool) {
    guard var page = detailPage, let log = detail?.log, !page.search.isEmpty else { return }
    let wanted = page.search.lowercased()
    let start = firstShown(of: page) - log.first
    let count = log.lines.count
    for step in 0..<count {
      let index = ((start + (forward ? step + 1 : -step - 1)) % count + count) % count
      if log.lines[index].lowercased().contains(wanted) {
        page.top = log.first + index
        return keep(page)
      }
    }
    let place = log.isCut ? "the part of the log that is here" : "this log"
    say("\(quoted: page.search) isn't in \(place)", isWarning: true)
  }
}
