import QueueCore
import QueueOperations

/// Scrolling and searching the log on the page of one job.
extension MonitorState {
  /// The log window to read; nil if no log is visible.
  var wantedLog: LogRequest? {
    switch page {
    case .lists:
      guard layout.detailRows > 0, let detail = snapshot?.detail,
        detail.job.id == selectedJob?.id, let run = detail.runs.first?.id
      else { return nil }
      return LogRequest(run: run, rows: layout.detailRows)
    case .detail(let page):
      guard page.description == nil, let run = page.run ?? detail?.runs.first?.id else {
        return nil
      }
      let place = page.top.map { LogRequest.Place.at($0.line) } ?? .end
      return LogRequest(run: run, place: place, rows: max(1, detailLayout(page).logRows))
    case .groups, .queues, .workers, .schedules, .occurrences: return nil
    }
  }

  /// The latest window of the visible log; nil until it is read.
  var shownLog: LogText? { log?.request.run == wantedLog?.run ? log : nil }

  func logLayout(_ text: LogText, _ page: DetailState, rows: Int) -> LogLayout {
    LogLayout(text, height: rows, columns: page.wraps ? max(1, size.width - 2) : nil)
  }

  private func logLayout(_ page: DetailState) -> LogLayout? {
    shownLog.map { logLayout($0, page, rows: detailLayout(page).logRows) }
  }

  // MARK: Moving

  /// Scrolling up stops following the end; scrolling down to the end resumes it.
  mutating func scrollLog(_ motion: CursorMove) {
    guard var page = detailPage else { return }
    switch motion {
    case .by(let rows):
      if page.isFollowing {
        guard rows < 0, let layout = logLayout(page) else { return }
        page.top = layout.lastTop
      }
      page.owed += rows
    case .toFirst: (page.top, page.owed) = (LogPlace(line: 0), 0)
    case .toLast: (page.top, page.owed) = (nil, 0)
    }
    keep(page)
  }

  mutating func toggleFollowing() {
    guard var page = detailPage else { return }
    (page.top, page.owed) = (page.isFollowing ? logLayout(page)?.lastTop : nil, 0)
    keep(page)
  }

  /// Scrolls within the window that was read; the rest follows with the next window.
  mutating func settleLog() {
    guard var page = detailPage, let top = page.top, let layout = logLayout(page),
      layout.holds(top) || layout.text.request == wantedLog
    else { return }
    let isGoingDown = page.owed > 0
    (page.top, page.owed) = layout.moved(top, by: page.owed)
    if isGoingDown, page.owed == 0, layout.text.isAtEnd, page.top == layout.lastTop {
      page.top = nil
    }
    self.page = .detail(page)
  }

  /// Shows a part of the log. In the middle of a log the page stays with that run when the job runs
  /// again; at the end it follows the latest run.
  private mutating func keep(_ page: DetailState) {
    var page = page
    if let latest = detail?.runs.first?.id {
      if page.isFollowing {
        if page.run == latest { page.run = nil }
      } else {
        page.run = page.run ?? latest
      }
    }
    self.page = .detail(page)
  }

  // MARK: Searching

  mutating func startLogSearch() { overlay = .logSearch(TextField("")) }

  /// Searches for a text, instead of a running search; an empty one repeats the previous search.
  mutating func findInLog(_ text: String) -> [Effect] {
    if !text.isEmpty {
      detailPage?.pattern = LogPattern(text)
      detailPage?.found = nil
      detailPage?.search = nil
    }
    return findInLog(forward: true)
  }

  /// Wraps long lines or cuts them; then the latest match stays visible.
  mutating func toggleWrapping() {
    guard var page = detailPage else { return }
    page.wraps.toggle()
    if !page.wraps, let found = page.found {
      page.reveal(found.scalar, columns: size.width - 2)
    }
    self.page = .detail(page)
  }

  /// Starts a search for the next or the previous match.
  mutating func findInLog(forward: Bool) -> [Effect] {
    guard var page = detailPage, let run = wantedLog?.run, let layout = logLayout(page),
      !page.pattern.isEmpty, page.search == nil
    else { return [] }
    let search = LogSearch(
      run: run, pattern: page.pattern, origin: origin(on: page, layout, forward: forward),
      isForward: forward)
    (page.search, page.searched) = (search, nil)
    self.page = .detail(page)
    return [.search(search)]
  }

  /// Returns the latest match if it is visible; else the top, which a forward search includes.
  private func origin(on page: DetailState, _ layout: LogLayout, forward: Bool) -> LogPlace {
    if let found = page.found, layout.shown(from: page.top).contains(where: { $0.contains(found) })
    {
      return found
    }
    var top = page.top ?? layout.lastTop
    if forward { top.scalar -= 1 }
    return top
  }

  /// Stops a running search; without one, closes the page.
  mutating func stopSearchOrClose() -> [Effect] {
    guard var page = detailPage, page.search != nil else {
      closeDetail()
      return []
    }
    (page.search, page.searched) = (nil, nil)
    self.page = .detail(page)
    say("search stopped")
    return [.search(nil)]
  }

  mutating func hear(_ match: LogSearch.Match?, of search: LogSearch) {
    guard var page = detailPage, page.search == search else { return }
    (page.search, page.searched) = (nil, nil)
    self.page = .detail(page)
    guard let match else {
      return say("\(quoted: search.pattern.text) isn't in this log", isWarning: true)
    }
    (page.found, page.top, page.owed) = (match.place, match.place, 0)
    if !page.wraps { page.reveal(match.place.scalar, columns: size.width - 2) }
    keep(page)
    if match.hasWrapped {
      say(search.isForward ? "search continued from the start" : "search continued from the end")
    }
  }
}
