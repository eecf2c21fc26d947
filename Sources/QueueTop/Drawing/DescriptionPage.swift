import QueueCore
import QueueOperations

/// The page with all data of a job.
extension Renderer {
  func describe(_ detail: JobDetail, from top: Int) -> [Line] {
    guard let layout = state.descriptionLayout else { return [] }
    let first = layout.place(top)
    let shown = layout.rows.dropFirst(first).prefix(layout.height)
    let lines = shown.map { entry in
      line { line in
        line.put(" ")
        line.put(entry.label, .faint, in: DescriptionLayout.labelWidth)
        line.put(entry.text, entry.kind.style)
      }
    }
    return [pageTitle(detail.job.id, detail)] + filled(lines, to: layout.height)
      + [
        state.notice == nil ? position(first..<first + shown.count, of: layout) : status(), keys(),
      ]
  }

  private func position(_ shown: Range<Int>, of layout: DescriptionLayout) -> Line {
    guard layout.rows.count > layout.height else { return status() }
    return line {
      $0.put(" rows \(shown.lowerBound + 1)-\(shown.upperBound) of \(layout.rows.count)")
    }
  }
}

extension DescriptionEntry.Kind {
  fileprivate var style: Style {
    switch self {
    case .fact, .verbatim: .plain
    case .advice: .strong
    case .error: .alarm
    }
  }
}
