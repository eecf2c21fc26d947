import QueueCore
import QueueOperations

/// The questions before actions on jobs. Their targets are fixed when the question appears; the
/// bindings have checked that there are some.
extension MonitorState {
  // MARK: What forbids actions

  /// The reason why all actions are disabled; nil if they aren't.
  var whyUnchangeable: String? {
    if setup.isReadOnly { return "nothing can be changed here: top runs read-only" }
    return trouble?.forbidsActions == true ? "nothing can be changed now" : nil
  }

  /// The reason against an action on rows of the lists.
  var whyNoRows: String? {
    page == .lists && pane == .jobs && isAwaitingRows
      ? "the jobs are still being read: nothing was done" : nil
  }

  /// The reason why none of the targets is in one of these states; nil if one is.
  func whyNone(_ verb: String, _ participle: String, _ states: [JobState]) -> String? {
    if let whyNoRows { return whyNoRows }
    if targets.contains(where: { states.contains($0.state) }) { return nil }
    guard !targets.isEmpty else { return "no job to \(verb) here" }
    let names = states.map { $0 == .processing ? "running" : $0.rawValue }
    return "only \(names.asAlternatives) jobs can be \(participle)"
  }

  /// The reason against an action on all jobs that match.
  var whyNotAll: String? { request.tab == .dead ? nil : "only for dead jobs: press 4 to list them" }

  var whyNoRetry: String? { whyNone("retry", "retried", [.dead, .failed, .cancelled]) }

  /// The rank of the other actions' hints: if the footer has room for one action only, retry wins.
  var rankBesideRetry: Int { page == .lists && whyNoRetry == nil ? 10 : 3 }

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

  /// The job of the page; else the marked jobs; else the job under the cursor.
  var targets: [Job] {
    if let frozenTargets { return frozenTargets }
    if case .detail = page { return detail.map { $0.isGone ? [] : [$0.job] } ?? [] }
    guard page == .lists, pane == .jobs else { return [] }
    return list.marks.isEmpty ? selectedJob.map { [$0] } ?? [] : list.marks
  }

  // MARK: Jobs

  mutating func askToRetry() -> [Effect] {
    let dead = targets.filter { $0.state == .dead }
    if !dead.isEmpty {
      return ask("Retry", dead, notes: [Self.retryNote], .retry)
    }
    let waiting = targets.filter { $0.state == .failed || $0.state == .cancelled }
    let isAnew = waiting.contains { $0.state == .cancelled }
    let note =
      "The next run starts when a worker is free"
      + (isAnew ? "; a cancelled job starts at attempt 1." : ".")
    return ask("Retry", waiting, notes: [note], .retryNow)
  }

  mutating func askToDiscard() -> [Effect] {
    let dead = targets.filter { $0.state == .dead }
    return ask("Discard", dead, notes: [Self.discardNote], .discard)
  }

  mutating func askToCancel() -> [Effect] {
    let open = targets.filter { $0.state.isUnfinished }
    let running = open.count { $0.state == .processing }
    let note =
      running == 0
      ? "No run follows. r requeues a cancelled job."
      : "Running jobs and their processes get TERM, then KILL after kill-grace."
    return ask(
      "Cancel", open, notes: [note], .cancel(evenRunning: running > 0))
  }

  /// Running jobs that aren't paused.
  var runsToPause: [Job] {
    targets.filter { $0.state == .processing && $0.latestRun?.freeze?.isWanted != true }
  }

  /// Pauses the jobs that run; if all are paused, resumes them.
  mutating func askToPauseRuns() -> [Effect] {
    let running = runsToPause
    guard running.isEmpty else {
      let note = "Processes stop where they are; a timeout stands still until z resumes its job."
      return ask("Pause", running, notes: [note], .pause)
    }
    return ask(
      "Resume", targets.filter { $0.state == .processing }, notes: ["The processes continue."],
      .resume)
  }

  private mutating func ask(
    _ verb: String, _ jobs: [Job], notes: [String], _ kind: JobAction
  ) -> [Effect] {
    guard let first = jobs.first else { return [] }
    let isUniform = jobs.allSatisfy { $0.state == first.state }
    let adjective = isUniform ? "\(first.state.rawValue) " : ""
    let isMarked = !list.marks.isEmpty && page == .lists
    let title =
      isMarked
      ? "\(verb) \(Format.grouped(jobs.count)) marked \(adjective)job\(jobs.count == 1 ? "" : "s")?"
      : "\(verb) \(adjective)job \(first.id)?"
    return ask(
      Dialog(
        title: title, rows: Self.described(jobs), notes: notes, confirmation: .of(jobs.count),
        action: .jobs(kind, jobs.map(\.id))))
  }

  private static let retryNote =
    "Runs begin at attempt 1 again. Earlier side effects are not undone."
  private static let discardNote =
    "History and logs are removed, too. This can't be undone."

  private static let mostDescribed = 6

  /// Returns rows for the first few jobs, and the number of the others.
  private static func described(_ jobs: [Job]) -> [[String]] {
    let rows = jobs.prefix(mostDescribed).map { job in
      let exit = RunResult.short(job.latestRun)
      return [
        job.id.text, job.command, exit.isEmpty ? "" : "exit \(exit)",
        RunResult.detail(job.latestRun),
      ]
    }
    let more = jobs.count - rows.count
    return more > 0 ? rows + [["… and \(Format.grouped(more)) more"]] : rows
  }

  // MARK: All dead jobs that match

  /// Looks up all dead jobs that match, to ask about exactly those.
  mutating func gatherMatching(_ purpose: BulkSelection.Purpose) -> [Effect] {
    gatherAll(
      BulkSelection(
        purpose: purpose, filter: request.filter, group: request.group, queue: request.queue))
  }

  mutating func gatherAll(_ bulk: BulkSelection) -> [Effect] {
    say("looking for matching jobs…")
    return [.gather(bulk)]
  }

  /// Asks about all jobs that were found.
  mutating func askAboutAll(
    _ bulk: BulkSelection, _ ids: [JobID], isComplete: Bool
  ) -> [Effect] {
    // Don't replace a dialog that was opened meanwhile.
    guard overlay == nil else { return [] }
    let verb = bulk.purpose.rawValue
    guard isComplete else {
      return refuse(
        "more than \(Format.grouped(BulkSelection.most)): use \"queuectl dlq \(verb) --all\"")
    }
    guard !ids.isEmpty else { return refuse("no job matches") }
    var which = bulk.group.map { " of \"\($0.title)\"" } ?? ""
    if let queue = bulk.queue { which += " of queue \(queue)" }
    if !bulk.filter.isEmpty { which += " matching \"\(bulk.filter.text)\"" }
    let isRetry = bulk.purpose == .retry
    let jobs = ids.count == 1 ? "the dead job" : "ALL \(Format.grouped(ids.count)) dead jobs"
    return ask(
      Dialog(
        title: "\(isRetry ? "Retry" : "Discard") \(jobs)\(which)?",
        notes: [isRetry ? Self.retryNote : Self.discardNote],
        confirmation: .of(ids.count), action: .jobs(isRetry ? .retry : .discard, ids)))
  }
}
