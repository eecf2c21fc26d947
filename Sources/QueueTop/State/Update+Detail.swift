import QueueCore
import QueueOperations

extension MonitorState {
  mutating func openDetail(isLogOnly: Bool) {
    let job = pane == .jobs ? selectedJob?.id : selectedWorker?.record.current?.job
    guard let job else { return }
    page = .detail(DetailState(job: job, isLogOnly: isLogOnly))
    look.detail = job
    look.run = nil
  }

  private mutating func closeDetail() {
    page = .lists
    look.detail = nil
    look.run = nil
  }

  /// What a key does on the page of one job.
  mutating func handle(_ key: Key, on page: DetailState) -> [Effect] {
    var page = page
    if scroll(&page, key) || lookFor(&page, key) {
      keepRun(&page)
      self.page = .detail(page)
      return []
    }
    switch key {
    case .character("q"), .escape, .enter, .function(10): closeDetail()
    case .character("l"): change { $0.isLogOnly.toggle() }
    case .character("w"): change { $0.wraps.toggle() }
    case .character("f"):
      page.top = page.isFollowing ? firstShown(of: page) : nil
      keepRun(&page)
      self.page = .detail(page)
    case .character("["): choose(1)
    case .character("]"): choose(-1)
    case .character("/"):
      overlay = .logSearch(TextField(page.search))
    case .character("L"):
      guard let run = page.run ?? detail?.runs.first?.run else {
        return refuse("there is no log here yet")
      }
      return [.page(run)]
    case .function(9): overlay = .menu(actionMenu())
    case .character("y"):
      return copy(page.job.text)
    case .character("Y"): return copy(detail?.job.command)
    default: return ask(for: key)
    }
    return []
  }

  private mutating func change(_ body: (inout DetailState) -> Void) {
    guard case .detail(var page) = page else { return }
    body(&page)
    self.page = .detail(page)
  }

  /// Goes to an older (1) or newer (-1) run.
  private mutating func choose(_ step: Int) {
    guard let runs = detail?.runs, !runs.isEmpty else { return }
    change { page in
      let index = runs.firstIndex { $0.run == page.run } ?? 0
      let wanted = max(0, min(runs.count - 1, index + step))
      page.run = wanted == 0 ? nil : runs[wanted].run
      page.top = nil
      page.shift = 0
    }
    if case .detail(let page) = page { look.run = page.run }
  }

  /// Who reads in the midst of a log stays with it when the job is run again; who follows the end, with the latest run.
  mutating func keepRun(_ page: inout DetailState) {
    guard let latest = detail?.runs.first?.run else { return }
    if page.isFollowing {
      if page.run == latest { page.run = nil }
    } else {
      page.run = page.run ?? latest
    }
    look.run = page.run
  }

  // MARK: The log

  /// The number of the first line on the screen while the end is followed.
  private func firstShown(of page: DetailState) -> Int {
    guard let log = detail?.log else { return 0 }
    return page.top ?? log.first + max(0, log.lines.count - detailLayout(page).logRows)
  }

  private func scroll(_ page: inout DetailState, _ key: Key) -> Bool {
    switch Motion(key == .character(" ") ? .pageDown : key, page: detailLayout(page).logRows) {
    case .by(let rows): scroll(&page, by: rows)
    case .toFirst: page.top = detail?.log?.first ?? 0
    case .toLast: page.top = nil
    case nil:
      switch key {
      case .left: page.shift = max(0, page.shift - 8)
      case .right: page.shift = min(4000, page.shift + 8)
      default: return false
      }
    }
    return true
  }

  /// Scrolling up lets go of the end; scrolling down to it takes it again.
  private func scroll(_ page: inout DetailState, by lines: Int) {
    guard let log = detail?.log else { return }
    let last = log.first + max(0, log.lines.count - detailLayout(page).logRows)
    let wanted = max(log.first, firstShown(of: page) + lines)
    page.top = wanted >= last && lines > 0 ? nil : min(wanted, last)
  }

  /// Goes to the next or the previous line that has what is looked for, around the ends.
  private mutating func lookFor(_ page: inout DetailState, _ key: Key) -> Bool {
    guard key == .character("n") || key == .character("N") else { return false }
    find(in: &page, forward: key == .character("n"))
    return true
  }

  mutating func find(in page: inout DetailState, forward: Bool) {
    guard let log = detail?.log, !page.search.isEmpty else { return }
    let wanted = page.search.lowercased()
    let start = firstShown(of: page) - log.first
    let count = log.lines.count
    for step in 0..<count {
      let index = ((start + (forward ? step + 1 : -step - 1)) % count + count) % count
      if log.lines[index].lowercased().contains(wanted) {
        page.top = log.first + index
        return
      }
    }
    let place = log.isCut ? "the part of the log that is here" : "this log"
    say("\(SafeText.quoted(page.search)) isn't in \(place)", isWarning: true)
  }
}
