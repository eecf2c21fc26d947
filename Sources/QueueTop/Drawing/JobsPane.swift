import QueueCore
import QueueOperations

/// The tabs and the list of jobs.
extension Renderer {
  /// A horizontal rule with text on the left and right.
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

  /// The headings and the rows, or the reason why the list is empty.
  func jobsPane(rows: Int) -> [Line] {
    let jobs = state.jobs
    guard !jobs.isEmpty, let snapshot = state.snapshot else { return emptyPane(rows: rows + 1) }
    let list = state.list
    let shown = jobs.dropFirst(list.selection.top).prefix(rows)
    let notes = JobNotes(snapshot, at: now, omitsTimes: state.request.tab == .later)
    let columns = jobColumns(Array(shown), notes)
    var lines = [headings(columns)]
    let marked = Set(list.marks.map(\.id))
    for index in shown.indices {
      let job = shown[index]
      let isSelected = index == list.selection.index && hasCursor
      let isMarked = marked.contains(job.id)
      lines.append(
        line { line in
          line.put(isSelected ? ">" : " ")
          line.put(isMarked ? "* " : "  ", .strong)
          columns.put(job, on: &line, shift: state.shift, style: isMarked ? .strong : nil)
          if isSelected, state.pane == .jobs { line.reverse() }
        })
    }
    return filled(lines, to: rows + 1)
  }

  /// The columns for the visible rows, except uniform ones.
  private func jobColumns(_ jobs: [Job], _ notes: JobNotes) -> Columns<Job> {
    let now = now
    let isCompact = state.layout.kind == .compact
    let idWidth = jobs.reduce(9) { max($0, TextWidth.of(TerminalText.sanitized($1.id.text))) }
    let attemptWidth = jobs.reduce(3) { max($0, $1.attemptText.count) }
    var all: [Column<Job>] = []
    if !isCompact || state.request.tab == .all {
      all.append(Column(title: "S", width: 1) { ($0.state.letter, $0.state.style) })
    }
    all.append(column(.job, min(idWidth, width < 60 ? 14 : 20)) { ($0.id.text, .plain) })
    if isWide, state.request.queue == nil, jobs.contains(where: { $0.queue != NewJob.defaultQueue })
    {
      all.append(
        Column(title: "QUEUE", width: 10, isName: true, dropRank: 2) { ($0.queue, .plain) })
    }
    if isWide, jobs.contains(where: { $0.priority != 0 }) {
      all.append(column(.priority, 4, isNumber: true, rank: 2) { ("\($0.priority)", .plain) })
    }
    if state.request.tab == .later {
      all.append(
        column(.turn, 5, isNumber: true) { job in
          (job.runAt.map { Format.elapsed(max(.zero, $0 - now.wall)) } ?? "", .plain)
        })
      all.append(
        Column(title: "AT", width: 19, dropRank: 9) { job in
          (job.runAt.map { self.time($0) } ?? "", .plain)
        })
    } else {
      all.append(column(.attempts, attemptWidth, isNumber: true) { ($0.attemptText, .plain) })
      if state.request.sort.key == .exit || jobs.contains(where: { $0.latestRun?.end != nil }) {
        all.append(column(.exit, 4, rank: 8) { (RunResult.short($0.latestRun), .plain) })
      }
    }
    all.append(
      column(.age, 5, isNumber: true) { job in
        (Format.age(now.wall - job.updatedAt), .plain)
      })
    if isWide, jobs.contains(where: { $0.latestRun != nil }) {
      all.append(
        Column(title: "RUN", width: 5, isNumber: true, dropRank: 4) { job in
          (Self.runTime(job, at: now), .plain)
        })
    }
    all.append(column(.command, 0, isElastic: true) { ($0.command, Self.commandStyle($0)) })
    if jobs.contains(where: { notes.note(of: $0) != .none }) {
      all.append(
        column(.error, 0, isElastic: true, rank: 1) { job in
          let note = notes.note(of: job)
          return (note.text, note.isWarning ? .warning : .plain)
        })
    }
    return Columns(all, room: width - 4)
  }

  /// Whether there is room for whole titles and the less important columns.
  var isWide: Bool { width >= 110 || state.showsAllColumns }

  private func column(
    _ key: SortKey, _ width: Int, isNumber: Bool = false, isElastic: Bool = false,
    rank: Int? = nil, cell: @escaping (Job) -> (text: String, style: Style)
  ) -> Column<Job> {
    let title =
      key.title(isWide: isWide)
      + (isOrdered(by: key) ? mark(isReversed: state.request.sort.isReversed) : "")
    return Column(
      title: title, width: isElastic ? width : max(width, title.count), isNumber: isNumber,
      isElastic: isElastic, isName: key == .job, dropRank: rank, target: .jobs(key), cell: cell)
  }

  /// Whether the rows are sorted by that column. Without an index for ages, jobs are in order of
  /// creation.
  private func isOrdered(by key: SortKey) -> Bool {
    guard state.request.sort.key == key else { return false }
    return key != .age || state.snapshot?.list.order?.key == .updated
  }

  private static func commandStyle(_ job: Job) -> Style {
    job.state == .completed || job.state == .cancelled ? .faint : .plain
  }

  private static func runTime(_ job: Job, at now: Moment) -> String {
    guard let run = job.latestRun else { return "" }
    return Format.span(run.elapsed ?? (run.finishedAt ?? now.wall) - run.startedAt)
  }
}
