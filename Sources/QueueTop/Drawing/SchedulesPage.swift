import QueueCore
import QueueOperations

/// The schedules, and the occurrences of one.
extension Renderer {
  func scheduleTable(rows: Int) -> [Line] {
    let schedules = state.sortedSchedules
    guard !schedules.isEmpty else {
      return emptyTable(
        "no schedules yet: \"queuectl schedule add --help\"", isRead: state.snapshot?.schedules)
    }
    let selection = state.scheduleTable.selection
    return table(
      scheduleColumns(schedules), schedules.dropFirst(selection.top).prefix(rows),
      chosen: selection.index, shift: state.shift)
  }

  private func scheduleColumns(_ schedules: [ScheduleLine]) -> Columns<ScheduleLine> {
    let now = now
    let nameWidth = schedules.reduce(8) {
      max($0, TextWidth.of(TerminalText.sanitized($1.schedule.name)))
    }
    return Columns(
      [
        Column(title: "S", width: 1) { line in
          if line.schedule.pausedAt != nil { return ("-", .warning) }
          if line.isAlarming(at: now.wall) { return ("x", .alarm) }
          return line.schedule.nextAt == nil ? ("+", .faint) : (".", .plain)
        },
        column(.name, min(nameWidth, width >= 80 ? 24 : 14)) { ($0.schedule.name, .plain) },
        column(.when, 12, rank: 4) { ($0.when, .plain) },
        column(.next, 9) { line in
          (
            line.next(at: now.wall, Format.elapsed),
            line.isLate(at: now.wall)
              ? .alarm : line.schedule.pausedAt == nil ? .plain : .warning
          )
        },
        column(.last, 0, isElastic: true, rank: 5) { line in
          (
            line.result,
            line.skippingJob != nil ? .warning : line.last?.job?.state.style ?? .plain
          )
        },
        column(.streak, 7, rank: 6) { line in
          let tally = line.schedule.tally
          return (line.streak, tally.skipsInRow + tally.failuresInRow > 0 ? .warning : .plain)
        },
        Column(title: "COMMAND", width: 0, isElastic: true, dropRank: 1) {
          ($0.schedule.spec.job.command, .plain)
        },
      ], room: width - 4)
  }

  private func column(
    _ sort: ScheduleSort, _ width: Int, isElastic: Bool = false, rank: Int? = nil,
    cell: @escaping (ScheduleLine) -> (text: String, style: Style)
  ) -> Column<ScheduleLine> {
    let mark =
      state.scheduleTable.sort == sort ? mark(isReversed: state.scheduleTable.isReversed) : ""
    let title = sort.title + mark
    return Column(
      title: title, width: max(width, title.count), isElastic: isElastic,
      isName: sort == .name, dropRank: rank, target: .schedules(sort), cell: cell)
  }

  /// The page of one schedule: its times, newest first.
  func occurrencesPage(_ page: OccurrencesState) -> [Line] {
    let rows = state.layout.groups
    let history = state.shownOccurrences
    var lines = [
      title(),
      rule { line in
        line.put(" SCHEDULE ", .strong)
        line.put("\(page.schedule) ", .strong)
        let known = state.snapshot?.schedules?.first { $0.schedule.name == page.schedule }
        if let known { line.put("\(known.when)   \(known.next(at: now.wall, Format.elapsed)) ") }
      },
    ]
    let shown = history.dropFirst(page.selection.top).prefix(rows.count)
    lines += table(
      occurrenceColumns(shown), shown, chosen: page.selection.index, shift: state.shift)
    if history.isEmpty {
      let text = state.snapshot?.occurrences == nil ? "   reading…" : "   no times yet"
      lines.append(line { $0.put(text, .faint) })
    }
    return filled(lines, to: rows.upperBound) + [status(), keys()]
  }

  private func occurrenceColumns(_ shown: ArraySlice<Occurrence>) -> Columns<Occurrence> {
    let timeWidth = shown.map { self.time($0.at).count }.max() ?? 0
    let idWidth = shown.map { TextWidth.of($0.job?.id.text ?? "") }.max() ?? 0
    return Columns(
      [
        Column(title: "TIME", width: max(4, timeWidth)) { (self.time($0.at), .plain) },
        Column(title: "FATE", width: 12) { entry in
          let times = entry.times > 1 ? " x\(entry.times)" : ""
          let isGood = entry.fate == .enqueued || entry.fate == .byHand
          return (entry.fate.rawValue + times, isGood ? .plain : .warning)
        },
        Column(title: "JOB", width: max(3, min(14, idWidth)), isName: true) {
          ($0.job?.id.text ?? "-", .plain)
        },
        Column(title: "RESULT", width: 0, isElastic: true) { entry in
          (
            entry.job.map { ScheduleLine.text(of: $0, Format.span) } ?? "-",
            entry.job?.state.style ?? .plain
          )
        },
      ], room: width - 4)
  }
}
