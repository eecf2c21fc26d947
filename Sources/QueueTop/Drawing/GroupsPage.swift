import QueueCore
import QueueOperations

/// The page of error groups.
extension Renderer {
  func groupsPage(_ selection: Selection<ErrorGroup.Key>) -> [Line] {
    let area = state.layout.groups
    let known = state.snapshot?.groups
    let groups = known ?? []
    var lines = [
      title(),
      rule { line in
        line.put(" ERROR GROUPS ", .strong)
        if known != nil { line.put("\(groups.count) ") }
      } right: { line in
        let dead = Format.grouped(state.count(of: .dead))
        line.put(countedGroups.map { " newest \($0) of \(dead) dead " } ?? " \(dead) dead ")
      },
    ]
    lines += table(
      groupColumns(), groups.dropFirst(selection.top).prefix(area.count), chosen: selection.index,
      shift: state.shift)
    if groups.isEmpty {
      let text = known == nil ? "   reading…" : "   no dead jobs"
      lines.append(line { $0.put(text, .faint) })
    } else if groups.indices.contains(selection.index) {
      lines += newest(of: groups[selection.index], rows: area.upperBound - lines.count)
    }
    return filled(lines, to: area.upperBound) + [status(), keys()]
  }

  /// The cursor's position, and a note if the counts are partial.
  func putGroups(_ selection: Selection<ErrorGroup.Key>, on line: inout Line) {
    guard state.snapshot?.groups != nil else { return }
    let count = state.groupKeys.count
    line.put("\(count == 0 ? 0 : selection.index + 1) of \(count, of: "group")")
    guard state.notice == nil, let counted = countedGroups else { return }
    let text = "   counts: newest \(counted) dead; Enter, r, d: the whole group"
    line.put(TextWidth.cut(text, to: line.room), .warning)
  }

  /// The number of dead jobs that the groups count; nil if all.
  private var countedGroups: String? {
    state.count(of: .dead) > ErrorGroup.mostJobs ? Format.grouped(ErrorGroup.mostJobs) : nil
  }

  /// The newest jobs of the group, if there is room below the groups.
  private func newest(of group: ErrorGroup, rows: Int) -> [Line] {
    guard rows >= 4 else { return [] }
    let now = now
    let columns = Columns<Job>(
      [
        Column(title: "JOB", width: 14, isName: true) { ($0.id.text, .plain) },
        Column(title: "ATT", width: 3, isNumber: true) { ("\($0.attempts)", .plain) },
        Column(title: "DIED", width: 5, isNumber: true) { job in
          (Format.age(now.wall - job.updatedAt), .plain)
        },
        Column(title: "COMMAND", width: 0, isElastic: true) { ($0.command, .plain) },
        Column(title: "LAST ERROR", width: 0, isElastic: true, dropRank: 1) { job in
          (RunResult.detail(job.latestRun), .plain)
        },
      ], room: width - 4)
    let jobs = group.jobs.prefix(rows - 3)
    let title = rule { line in
      line.put(" OF THIS GROUP ", .strong)
    } right: { line in
      if jobs.count < group.count { line.put(" \(jobs.count) of \(group.count) ") }
    }
    return [line { _ in }, title] + table(columns, jobs, shift: state.shift)
  }

  private func groupColumns() -> Columns<ErrorGroup> {
    let now = now
    let theme = theme
    return Columns(
      [
        Column(title: "JOBS", width: 6, isNumber: true) { (Format.grouped($0.count), .strong) },
        Column(title: "EXIT", width: 4) { ($0.key.exit, .plain) },
        Column(title: "FIRST", width: 5, isNumber: true, dropRank: 2) { group in
          (Format.age(now.wall - group.firstSeen), .plain)
        },
        Column(title: "LAST", width: 5, isNumber: true) { group in
          (Format.age(now.wall - group.lastSeen), .plain)
        },
        Column(title: "TREND", width: 12, dropRank: 1) { group in
          (Sparkline.text(group.trend, columns: 12, theme: theme), .accent)
        },
        Column(title: "ERROR", width: 0, isElastic: true) { group in
          (group.example.isEmpty ? "(no output)" : group.example, .plain)
        },
      ], room: width - 4)
  }
}
