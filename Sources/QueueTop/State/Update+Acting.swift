import QueueCore
import QueueOperations

extension MonitorState {
  /// Opens the question that stands before an action. What is asked about is fixed here.
  mutating func ask(for key: Key) -> [Effect] {
    guard Self.actionKeys.contains(key) else { return [] }
    if setup.isReadOnly { return refuse("nothing can be changed here: top runs read-only") }
    if trouble?.forbidsActions == true { return refuse("nothing can be changed now") }
    if page == .lists, pane == .jobs, isAwaitingRows, !Self.keysForAll.contains(key) {
      return refuse("the jobs are still being read: nothing was done")
    }
    switch key {
    case .character("r"): return askToRetry()
    case .character("R"): return askAboutAll(.retry)
    case .character("d"): return askToDiscard()
    case .character("D"): return askAboutAll(.discard)
    case .character("x"): return askToCancel()
    case .character("P"): return askToPause()
    case .character("s"): return askToStop()
    case .character("S"): return askToStopAll()
    default: return []
    }
  }

  private static let actionKeys = Set("rRdDxPsS".map { Key.character($0) })
  /// They aren't about the rows that are shown.
  private static let keysForAll = Set("RDS".map { Key.character($0) })

  mutating func refuse(_ text: String) -> [Effect] {
    say(text, isWarning: true)
    return []
  }

  mutating func ask(_ dialog: Dialog) -> [Effect] {
    guard layout.hasRoomForQuestions else { return refuse("there is no room for a question here") }
    overlay = .dialog(dialog)
    notice = nil
    return [.dropInput]
  }

  /// The job of the page; the tagged jobs; else the one under the cursor.
  var targets: [Job] {
    if case .detail = page { return detail.map { $0.isGone ? [] : [$0.job] } ?? [] }
    guard pane == .jobs else { return [] }
    return list.tags.isEmpty ? selectedJob.map { [$0] } ?? [] : list.tags
  }

  // MARK: Jobs

  private mutating func askToRetry() -> [Effect] {
    let dead = targets.filter { $0.state == .dead }
    if !dead.isEmpty {
      return ask("Retry", dead, notes: [Self.retryNote], .retry(dead.map(\.id)))
    }
    let waiting = targets.filter { $0.state == .failed || $0.state == .cancelled }
    guard !waiting.isEmpty else {
      return refuse("retry", "retried", onlyFor: "dead, failed and cancelled")
    }
    let note = "The next run is as soon as a worker is free; a cancelled job starts at attempt 1."
    return ask("Retry", waiting, notes: [note], .hasten(waiting.map(\.id)))
  }

  private mutating func askToDiscard() -> [Effect] {
    let dead = targets.filter { $0.state == .dead }
    guard !dead.isEmpty else { return refuse("discard", "discarded", onlyFor: "dead") }
    return ask("Discard", dead, notes: [Self.discardNote], .discard(dead.map(\.id)))
  }

  private mutating func askToCancel() -> [Effect] {
    let open = targets.filter { $0.state.isUnfinished }
    guard !open.isEmpty else {
      return refuse("cancel", "cancelled", onlyFor: "pending, failed and running")
    }
    let running = open.count { $0.state == .processing }
    let note =
      running == 0
      ? "No run follows. r puts a cancelled job back."
      : "What runs gets TERM, with all that it started, and KILL after kill-grace."
    return ask(
      "Cancel", open, notes: [note], .cancel(open.map(\.id), evenRunning: running > 0))
  }

  /// Says what came of an action.
  mutating func noteActed(_ result: ActionResult) -> [Effect] {
    openActions = max(0, openActions - 1)
    progress = nil
    say(result.text, isWarning: result.isWarning)
    return isLeaving && openActions == 0 ? [.quit] : []
  }

  /// Has the tags be of the jobs as they are now. One that isn't among all rows of its list any more has left it.
  mutating func renewTags() {
    guard let rows = snapshot?.list, !isAwaitingRows, !list.tags.isEmpty else { return }
    var current: [JobID: Job] = [:]
    for job in rows.jobs { current[job.id] = job }
    let hasAll = !rows.hasMore && rows.searched == nil && !look.isFiltered
    list.tags = list.tags.compactMap { current[$0.id] ?? (hasAll ? nil : $0) }
  }

  private mutating func refuse(
    _ verb: String, _ participle: String, onlyFor states: String
  ) -> [Effect] {
    guard let job = targets.first else { return refuse("there is no job to \(verb) here") }
    return refuse("\(job.id) is \(job.state.rawValue): only \(states) jobs can be \(participle)")
  }

  private mutating func ask(
    _ verb: String, _ jobs: [Job], notes: [String], _ action: Action
  ) -> [Effect] {
    let states = Set(jobs.map(\.state))
    let adjective = states.count == 1 ? "\(jobs[0].state.rawValue) " : ""
    let isTagged = !list.tags.isEmpty && page == .lists
    let title =
      isTagged
      ? "\(verb) \(jobs.count, of: "tagged \(adjective)job")?"
      : "\(verb) \(adjective)job \(jobs[0].id)?"
    return ask(
      Dialog(
        title: title, rows: Self.described(jobs), notes: notes, proof: .yes, action: action))
  }

  private static let retryNote =
    "Runs begin at attempt 1 again. Earlier side effects are not undone."
  private static let discardNote =
    "History and logs go, too. This can't be undone."

  private static let mostDescribed = 6

  /// The first few of them, so that it can be seen what is meant.
  private static func described(_ jobs: [Job]) -> [[String]] {
    let rows = jobs.prefix(mostDescribed).map { job in
      let exit = RunResult.short(job.latestRun)
      return [
        job.id.text, job.command, exit.isEmpty ? "" : "exit \(exit)",
        RunResult.detail(job.latestRun),
      ]
    }
    let more = jobs.count - rows.count
    return more > 0 ? rows + [["… and \(more) more"]] : rows
  }

  // MARK: All dead jobs that match

  private mutating func askAboutAll(_ purpose: Gathering.Purpose) -> [Effect] {
    guard page == .lists, look.tab == .dead else {
      return refuse("this is for dead jobs: 4 shows them")
    }
    return gatherAll(Gathering(purpose: purpose, filter: look.filter, group: look.group))
  }

  /// Has all of them looked up, to ask about exactly those.
  mutating func gatherAll(_ gathering: Gathering) -> [Effect] {
    if setup.isReadOnly { return refuse("nothing can be changed here: top runs read-only") }
    say("looking for all of them…")
    return [.gather(gathering)]
  }

  /// Asks about all jobs that were found; the number has to be typed.
  mutating func askAboutAll(
    _ gathering: Gathering, _ ids: [JobID], isComplete: Bool
  ) -> [Effect] {
    // Whoever asks something else meanwhile isn't interrupted.
    guard overlay == nil else { return [] }
    let verb = gathering.purpose.rawValue
    guard isComplete else {
      return refuse(
        "more than \(Figures.grouped(Gathering.most)): use \"queuectl dlq \(verb) --all\"")
    }
    guard !ids.isEmpty else { return refuse("there is no such job") }
    var which = gathering.filter.isEmpty ? "" : " matching \"\(gathering.filter.text)\""
    if let group = gathering.group { which = " of \"\(group.exit) \(group.pattern)\"" }
    let isRetry = gathering.purpose == .retry
    return ask(
      Dialog(
        title:
          "\(isRetry ? "Retry" : "Discard") ALL \(Figures.grouped(ids.count)) dead \(ids.count == 1 ? "job" : "jobs")\(which)?",
        notes: [isRetry ? Self.retryNote : Self.discardNote],
        proof: .number(ids.count, typed: ""), action: isRetry ? .retry(ids) : .discard(ids)))
  }
}
