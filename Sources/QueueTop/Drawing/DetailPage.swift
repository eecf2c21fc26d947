import QueueCore
import QueueOperations

/// The page of a job: its definition, its runs, and the log of one run.
extension Renderer {
  func detailPage(_ page: DetailState) -> [Line] {
    guard let detail = state.detail else {
      return [pageTitle(page.job, nil)] + emptyPane(rows: state.size.height - 3) + [
        status(), keys(),
      ]
    }
    if let description = page.description { return describe(detail, from: description.top) }
    let layout = state.detailLayout(page)
    var lines = [pageTitle(page.job, detail)]
    lines += filled(facts(detail.job), to: layout.factRows)
    let chosen = detail.runs.first { $0.id == page.run } ?? detail.runs.first
    if layout.runRows > 0 { lines += runTable(detail, chosen, rows: layout.runRows) }
    lines += log(of: chosen, page, rows: layout.logRows)
    return lines + [status(), keys()]
  }

  func pageTitle(_ id: JobID, _ detail: JobDetail?) -> Line {
    line { line in
      line.put(" \(id) ", .strong)
      if let detail {
        line.put(" \(detail.job.state.rawValue)", detail.job.state.style)
        if detail.isGone { line.put("  removed meanwhile; this is its last known state", .warning) }
      }
      let clock = LocalClock.text(now.wall, offsetSeconds: state.snapshot?.utcOffsetSeconds ?? 0)
      line.put(" ")
      line.putRight(state.request.isPaused ? "FROZEN  \(clock)" : clock)
    }
  }
}
