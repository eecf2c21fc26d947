import QueueCore
import QueueOperations

/// Draws a state; a pure function of state and theme.
struct Renderer {
  let state: MonitorState
  let theme: Theme
  /// Whether to draw a cursor: on a screen, not in text output.
  var hasCursor = true

  init(state: MonitorState, theme: Theme) {
    self.state = state
    self.theme = theme
  }

  var width: Int { state.size.width }
  var now: Moment { state.now }

  /// The whole screen.
  func frame() -> Frame {
    let layout = state.layout
    switch layout.kind {
    case .tooSmall: return Frame(state.size, [line { $0.put("too small") }])
    case .counts: return Frame(state.size, countsAlone())
    case .full, .compact: break
    }
    let lines =
      switch state.page {
      case .lists: lists(layout)
      case .detail(let page): detailPage(page)
      case .groups(let selection): groupsPage(selection)
      case .queues: tablePage(layout, queueTable(rows: layout.tableRows.count))
      case .workers: tablePage(layout, workerPage(rows: layout.tableRows.count))
      case .schedules: tablePage(layout, scheduleTable(rows: layout.tableRows.count))
      case .occurrences(let page): occurrencesPage(page)
      }
    var frame = Frame(state.size, lines, cursor: promptCursor)
    if let box = box() {
      let height = box.lines.count
      let place = Frame.Place(
        row: max(0, (state.size.height - height) / 2), column: max(0, (width - box.width) / 2))
      frame.overlay(box.lines, at: place)
      frame.cursor = box.cursor.map {
        Frame.Place(row: place.row + $0.row, column: place.column + $0.column)
      }
    }
    return frame
  }

  /// The smallest screens: the job counts, and whether they are current.
  private func countsAlone() -> [Line] {
    let lines = aged([counts(isShort: true)])
    guard state.trouble != nil || state.isSilent else { return lines }
    let age = state.staleness.map { "STALE \(Format.age($0))  " } ?? ""
    let words =
      state.snapshot == nil && state.trouble == .missing
      ? "there is no queue yet" : troubleWords ?? "db busy"
    let texts = Wrapping.lines(age + words, width: width)
    return lines + texts.map { text in line { $0.put(text, .warning) } }
  }

  /// A local time; with the date unless it is less than a day away.
  func time(_ time: Timestamp) -> String {
    let offset = state.snapshot?.utcOffsetSeconds ?? 0
    let distance = time > now.wall ? time - now.wall : now.wall - time
    return distance < .seconds(86_400)
      ? LocalClock.text(time, offsetSeconds: offset)
      : LocalClock.dateAndTime(time, offsetSeconds: offset)
  }

  /// A row of the screen's width.
  func line(_ write: (inout Line) -> Void) -> Line {
    var line = Line(width, theme: theme)
    write(&line)
    return line
  }

  /// Returns exactly `rows` rows: cuts the list, or appends blank rows.
  func filled(_ lines: [Line], to rows: Int) -> [Line] {
    lines.prefix(rows) + Array(repeating: line { _ in }, count: max(0, rows - lines.count))
  }

  private func lists(_ layout: Layout) -> [Line] {
    var lines: [Line]
    if layout.kind == .full {
      lines = header().dropFirst() + workersPane(rows: layout.workerRows)
      // The title is above all of them.
      lines = filled(lines, to: layout.tabRow - 1) + [tabs()]
      lines += jobsPane(rows: layout.jobRows)
      if layout.detailRows > 0 { lines += detailPane(rows: layout.detailRows) }
    } else {
      lines = [counts(isShort: true), tabs(isCompact: true)]
      lines +=
        state.pane == .jobs ? jobsPane(rows: layout.jobRows) : workerTable(rows: layout.jobRows)
    }
    return [title()] + aged(lines) + [status(), keys()]
  }

  /// A tab whose table fills the room below the header.
  private func tablePage(_ layout: Layout, _ table: [Line]) -> [Line] {
    let top =
      layout.kind == .full
      ? header().dropFirst() + [tabs()] : [counts(isShort: true), tabs(isCompact: true)]
    return [title()] + aged(top + filled(table, to: layout.tableRows.count + 1))
      + [status(), keys()]
  }

  /// Outdated content is dim.
  func aged(_ lines: [Line]) -> [Line] {
    guard state.staleness != nil else { return lines }
    return lines.map { line in
      var line = line
      line.dim()
      return line
    }
  }

  /// All workers and the first jobs, for text output.
  func plainText() -> [Line] {
    var text = self
    text.hasCursor = false
    switch state.page {
    case .queues: return text.header() + [text.tabs()] + text.queueTable(rows: .max)
    case .workers: return text.header() + [text.tabs()] + text.workerPage(rows: .max)
    case .schedules: return text.header() + [text.tabs()] + text.scheduleTable(rows: .max)
    case .lists, .detail, .groups, .occurrences:
      return text.header() + text.workersPane(rows: state.workers.count) + [text.tabs()]
        + text.jobsPane(rows: max(3, state.jobs.count))
    }
  }

  private func box() -> Box? {
    switch state.overlay {
    case .dialog(let dialog): dialogBox(dialog)
    case .menu(let menu): menuBox(menu)
    case .help(let topic, let top): helpBox(topic, top: top)
    case .filter, .logSearch, .limit, nil: nil
    }
  }
}

/// A box over the page, as wide as its lines.
struct Box {
  var lines: [Line]
  var cursor: Frame.Place?

  var width: Int { lines.first?.width ?? 0 }
}
