import QueueCore
import QueueOperations

/// The content of an empty list.
extension Renderer {
  func emptyPane(rows: Int) -> [Line] { emptyPane(rows: rows, explanation()) }

  func emptyPane(rows: Int, _ trouble: Trouble) -> [Line] {
    emptyPane(rows: rows, explain(trouble))
  }

  private func emptyPane(rows: Int, _ texts: [(String, Style)]) -> [Line] {
    var lines = [line { _ in }]
    for (text, style) in texts {
      lines.append(
        line { line in
          line.put("   ")
          line.put(text, style)
        })
    }
    return filled(lines, to: rows)
  }

  private func explanation() -> [(String, Style)] {
    if let trouble = state.trouble { return explain(trouble) }
    guard let snapshot = state.snapshot, !state.isAwaitingRows else {
      return [("reading…", .faint)]
    }
    if let queue = state.request.queue, !state.request.hasConditions {
      return [("queue \(quoted: queue) has no \(state.request.tab.adjective)jobs", .faint)]
    }
    if state.request.isFiltered {
      let searched = snapshot.list.searched.map { " among the newest \(Format.short($0))" } ?? ""
      return [("no job matches the filter\(searched)", .faint)]
    }
    guard state.count(of: .all) > 0 || state.request.queue != nil else {
      return [
        ("Nothing is queued yet. In another terminal:", .plain), ("", .plain),
        ("  queuectl enqueue 'echo hello'", .strong), ("  queuectl worker start", .strong),
      ]
    }
    return [("no \(state.request.tab.adjective)jobs", .faint)]
  }

  private func explain(_ trouble: Trouble) -> [(String, Style)] {
    switch trouble {
    case .missing:
      let origin = state.setup.origin.isEmpty ? "" : " (\(state.setup.origin))"
      return [
        ("No queue exists yet\(origin) at", .warning),
        (shortened(state.setup.database, to: width - 4), .plain), ("", .plain),
        ("This creates one, which appears here at once:", .plain), ("", .plain),
        ("  queuectl enqueue 'echo hello'", .strong),
      ]
    case .failed(let error):
      return Wrapping.lines(TerminalText.sanitized(error.message), width: width - 4).map {
        ($0, .alarm)
      }
    }
  }
}
