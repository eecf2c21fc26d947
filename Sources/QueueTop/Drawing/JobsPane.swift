import QueueCore
import QueueOperations

/// The jobs: the tabs, and a row each.
extension Renderer {
  /// A line across the screen, with something on it to the left and to the right.
  func rule(
    _ left: (inout Line) -> Void = { _ in }, right: (inout Line) -> Void = { _ in }
  ) -> Line {
    var end = Line(width, theme: theme)
    right(&end)
    return line { line in
      line.put("──", .faint)
      left(&line)
      line.pad(to: max(line.used, width - 2 - end.used), with: "─", .faint)
      line.append(end)
      line.pad(to: width, with: "─", .faint)
    }
  }

  /// The headings and the rows; or, where there are none, why.
  func jobsPane(rows: Int) -> [Line] {
    let jobs = state.jobs
    guard !jobs.isEmpty else { return emptyPane(rows: rows + 1) }
    let columns = jobColumns(jobs)
    var lines = [headings(columns)]
    let list = state.list
    let tagged = Set(list.tags.map(\.id))
    for (index, job) in jobs.enumerated().dropFirst(list.selection.top).prefix(rows) {
      let isSelected = index == list.selection.index && hasCursor
      let isTagged = tagged.contains(job.id)
      lines.append(
        line { line in
          line.put(isSelected ? ">" : " ")
          line.put(isTagged ? "* " : "  ", .strong)
          columns.put(job, on: &line, shift: state.shift, style: isTagged ? .strong : nil)
          if isSelected, state.pane == .jobs { line.reverse() }
        })
    }
    return filled(lines, to: rows + 1)
  }

  private func jobColumns(_ jobs: [Job]) -> Columns<Job> {
    let now = now
    let isCompact = state.layout.kind == .compact
    let isWide = width >= 110 || state.showsAllColumns
    let hasQueues = jobs.contains { $0.queue != NewJob.defaultQueue }
    let idWidth = jobs.reduce(9) { max($0, TextWidth.of(TerminalText.sanitized($1.id.text))) }
    let triesWidth = jobs.reduce(3) { max($0, Self.tries($1).count) }
    var all: [Column<Job>] = []
    if !isCompact || state.request.tab == .all {
      all.append(Column(title: "S", width: 1) { ($0.state.letter, $0.state.style) })
    }
    all.append(column(.job, min(idWidth, isWide ? 24 : 14)) { ($0.id.text, .plain) })
    if isWide, hasQueues {
      all.append(Column(title: "QUEUE", width: 10, dropRank: 2) { ($0.queue, .plain) })
    }
    if isWide {
      all.append(column(.priority, 4, isNumber: true, rank: 2) { ("\($0.priority)", .plain) })
    }
    all.append(column(.tries, triesWidth, isNumber: true) { (Self.tries($0), .plain) })
    all.append(column(.exit, 4, rank: 8) { (RunResult.short($0.latestRun), .plain) })
    all.append(
      column(.age, 5, isNumber: true) { job in
        (Format.age(now.wall - job.updatedAt), .plain)
      })
    if isWide {
      let offset = state.snapshot?.utcOffsetSeconds ?? 0
      all += [
        Column(title: state.request.tab == .dead ? "DIED" : "ENDED", width: 8, dropRank: 3) { job in
          (
            job.latestRun?.finishedAt.map { LocalClock.text($0, offsetSeconds: offset) } ?? "",
            .plain
          )
        },
        Column(title: "RUN", width: 5, isNumber: true, dropRank: 4) { job in
          (Self.runTime(job, at: now), .plain)
        },
      ]
    }
    all.append(column(.command, 0, isElastic: true) { ($0.command, Self.commandStyle($0)) })
    if jobs.contains(where: { !Self.note($0, at: now).isEmpty }) {
      all.append(column(.error, 0, isElastic: true, rank: 1) { (Self.note($0, at: now), .plain) })
    }
    return Columns(all, room: width - 4)
  }

  private func column(
    _ key: SortKey, _ width: Int, isNumber: Bool = false, isElastic: Bool = false,
    rank: Int? = nil, cell: @escaping (Job) -> (text: String, style: Style)
  ) -> Column<Job> {
    let mark = isOrdered(by: key) ? (state.request.sort.isReversed ? " ▲" : " ▼") : ""
    let title = key.title + mark
    return Column(
      title: title, width: isElastic ? width : max(width, title.count), isNumber: isNumber,
      isElastic: isElastic, dropRank: rank, cell: cell)
  }

  /// Whether the rows are in the order of that column. Jobs come as they were enqueued where the
  /// store doesn't keep the order of ages.
  private func isOrdered(by key: SortKey) -> Bool {
    guard state.request.sort.key == key else { return false }
    return key != .age || state.snapshot?.list.order?.key == .updated
  }

  private static func tries(_ job: Job) -> String { "\(job.attempts)/\(job.maxRetries + 1)" }

  private static func commandStyle(_ job: Job) -> Style {
    job.state == .completed || job.state == .cancelled ? .faint : .plain
  }

  private static func runTime(_ job: Job, at now: Moment) -> String {
    guard let run = job.latestRun else { return "" }
    return Format.span(run.elapsed ?? (run.finishedAt ?? now.wall) - run.startedAt)
  }

  private static func isWaiting(_ job: Job, at now: Moment) -> Bool {
    guard job.state == .pending || job.state == .failed, let runAt = job.runAt else { return false }
    return runAt > now.wall
  }

  /// The last error; before it, when a waiting job runs.
  private static func note(_ job: Job, at now: Moment) -> String {
    if job.state == .processing, let progress = job.progress { return progress.text }
    let error = RunResult.detail(job.latestRun)
    if let first = job.waitsFor.first {
      let more = job.waitsFor.count - 1 + job.morePrerequisites
      return "after \(first.job)" + (more > 0 ? " and \(more) more" : "")
    }
    guard isWaiting(job, at: now), let runAt = job.runAt else { return error }
    let wait = "in \(Format.elapsed(runAt - now.wall))"
    return error.isEmpty ? wait : "\(wait): \(error)"
  }
}
