import QueueCore
import QueueOperations

/// The tab of queues.
extension Renderer {
  func queueTable(rows: Int) -> [Line] {
    let queues = state.sortedQueues
    guard !queues.isEmpty else {
      return emptyTable("no queues yet", isRead: state.snapshot?.queues)
    }
    let selection = state.queueTable.selection
    return table(
      queueColumns(queues), queues.dropFirst(selection.top).prefix(rows), chosen: selection.index,
      shift: state.shift)
  }

  /// - Parameter rows: nil until they are read.
  func emptyTable(_ text: String, isRead rows: (some Sequence)?) -> [Line] {
    if let trouble = state.trouble, state.snapshot == nil {
      return emptyPane(rows: state.layout.tableRows.count, trouble)
    }
    return [line { _ in }, line { $0.put("   " + (rows == nil ? "reading…" : text), .faint) }]
  }

  private func queueColumns(_ queues: [QueueLine]) -> Columns<QueueLine> {
    let nameWidth = queues.reduce(12) { max($0, TextWidth.of(TerminalText.sanitized($1.name))) }
    let isEverythingPaused = state.isEverythingPaused
    return Columns(
      [
        column(.name, min(nameWidth, width >= 80 ? 32 : 16)) { ($0.name, .plain) },
        column(.state, 6) { queue in
          queue.control.givesOutNothing || isEverythingPaused
            ? ("PAUSED", .warning) : ("open", .faint)
        },
        column(.limit, 5, isNumber: true, rank: 3) { queue in
          (queue.control.runningLimit.map { "\($0)" } ?? "-", .plain)
        },
        column(.pending, 6, isNumber: true) { (Format.short($0.pending), .plain) },
        column(.running, 5, isNumber: true) { queue in
          let isFull = queue.control.runningLimit.map { $0 > 0 && queue.running >= $0 } ?? false
          return (Format.short(queue.running), isFull ? .warning : .plain)
        },
        column(.failed, 5, isNumber: true, rank: 2) { (Format.short($0.failed), .plain) },
        column(.dead, 5, isNumber: true, rank: 4) { queue in
          (Format.short(queue.dead), queue.dead > 0 ? .alarm : .plain)
        },
        column(.oldest, 6, isNumber: true, rank: 5) { queue in
          (queue.oldest.map { Format.elapsed($0) } ?? "-", .plain)
        },
        column(.rate, 6, isNumber: true, rank: 1) { queue in
          (Format.rate(queue.donePerSecond), .plain)
        },
      ], room: width - 4)
  }

  private func column(
    _ sort: QueueSort, _ width: Int, isNumber: Bool = false, rank: Int? = nil,
    cell: @escaping (QueueLine) -> (text: String, style: Style)
  ) -> Column<QueueLine> {
    let mark = state.queueTable.sort == sort ? mark(isReversed: state.queueTable.isReversed) : ""
    let title = sort.title + mark
    return Column(
      title: title, width: max(width, title.count), isNumber: isNumber,
      isName: sort == .name, dropRank: rank, target: .queues(sort), cell: cell)
  }

  /// The mark of the sort column.
  func mark(isReversed: Bool) -> String { isReversed ? " ▲" : " ▼" }
}
