import QueueCore

/// What the dead jobs died of, and how many of each.
extension Renderer {
  func groupsPage(_ selection: Selection<ErrorGroup.Key>) -> [Line] {
    let rows = state.size.height - 5
    let groups = state.snapshot?.groups ?? []
    let columns = groupColumns()
    var lines = [
      title(),
      rule { line in
        line.put(" ERROR GROUPS ", .strong)
        line.put("\(groups.count) ")
      } right: { line in
        let dead = state.count(of: .dead)
        line.put(
          dead > ErrorGroup.mostJobs
            ? " of the newest \(ErrorGroup.mostJobs) dead " : " \(dead) dead ")
      },
      line { line in
        line.put("   ")
        columns.putTitles(on: &line)
      },
    ]
    for (index, group) in groups.enumerated().dropFirst(selection.top).prefix(rows) {
      lines.append(
        line { line in
          line.put(index == selection.index ? ">  " : "   ")
          columns.put(group, on: &line, shift: state.shift)
          if index == selection.index { line.reverse() }
        })
    }
    if groups.isEmpty {
      lines.append(
        line { $0.put(state.snapshot?.groups == nil ? "   reading…" : "   no dead jobs", .faint) })
    }
    while lines.count < rows + 3 { lines.append(line { _ in }) }
    return lines + [status(), keys()]
  }

  private func groupColumns() -> Columns<ErrorGroup> {
    let now = now
    let theme = theme
    return Columns(
      [
        Column(title: "JOBS", width: 6, isNumber: true) { (Figures.grouped($0.count), .strong) },
        Column(title: "EXIT", width: 4) { ($0.key.exit, .plain) },
        Column(title: "FIRST", width: 5, isNumber: true, dropRank: 2) { group in
          (Figures.age(now.wall - group.firstSeen), .plain)
        },
        Column(title: "LAST", width: 5, isNumber: true) { group in
          (Figures.age(now.wall - group.lastSeen), .plain)
        },
        Column(title: "TREND", width: 12, dropRank: 1) { group in
          (Sparkline.text(group.trend, columns: 12, theme: theme), .accent)
        },
        Column(title: "ERROR", width: 0, isElastic: true) { group in
          (group.example.isEmpty ? "(nothing said)" : group.example, .plain)
        },
      ], room: width - 4)
  }
}
