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
    let condition = line { line in
      guard let detail else { return }
      line.put("  ")
      putCondition(of: detail.job, on: &line)
      if detail.isGone { line.put("  removed meanwhile; this is its last known state", .warning) }
    }
    let clock = LocalClock.text(now.wall, offsetSeconds: state.snapshot?.utcOffsetSeconds ?? 0)
    let right = state.request.isPaused ? "FROZEN  \(clock)" : clock
    return line { line in
      line.put(" ")
      put(id, on: &line, leaving: condition.used + right.count + 2)
      line.append(condition)
      line.put(" ")
      line.putRight(right)
    }
  }

  /// Writes a job's id, cut to leave so many columns for the text that follows.
  func put(_ id: JobID, on line: inout Line, leaving columns: Int) {
    let text = TerminalText.sanitized(id.text)
    let width = min(TextWidth.of(text), max(12, line.room - columns))
    line.put(TextWidth.cutMiddle(text, to: width), .strong, in: width)
  }

  /// Writes a job's state, and for a running one why it makes no progress.
  func putCondition(of job: Job, on line: inout Line) {
    line.put(job.state.rawValue, job.state.style)
    guard let note = state.snapshot.flatMap({ JobNotes($0, at: now).disturbance(of: job) }) else {
      return
    }
    line.put("  ")
    line.put(note.text, note.isWarning ? .warning : .plain)
  }
}
