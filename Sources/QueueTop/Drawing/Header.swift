import QueueCore
import QueueOperations

/// The lines above the lists, with the queue's figures.
extension Renderer {
  func header() -> [Line] { [title(), counts(isShort: false), flow(), times()] }

  /// The host, the database, the interval and the time.
  func title() -> Line {
    let isNarrow = state.layout.kind == .compact
    return line { line in
      if !isNarrow { line.put(" ") }
      line.put("queuectl top", .strong)
      line.put("  ")
      let right = rightOfTitle(isNarrow: isNarrow)
      let margin = isNarrow ? 0 : 1
      let setup = state.setup
      let whole = setup.host.isEmpty ? setup.database : "\(setup.host):\(setup.database)"
      let place = isNarrow ? fileName : whole
      let room = width - line.used - TextWidth.of(right.text) - margin - 2
      line.put(shortened(place, to: room), .faint)
      line.putRight(right.text, right.style, margin: margin)
    }
  }

  /// Shortens a path and keeps its end, which distinguishes it.
  func shortened(_ path: String, to columns: Int) -> String {
    let path = TerminalText.sanitized(path)
    guard TextWidth.of(path) > columns else { return path }
    var kept = path
    while !kept.isEmpty, TextWidth.of(kept) > columns - 1 { kept.removeFirst() }
    return columns > 0 ? "…" + kept : ""
  }

  private var fileName: String {
    state.setup.database.split(separator: "/").last.map(String.init) ?? state.setup.database
  }

  private func rightOfTitle(isNarrow: Bool) -> (text: String, style: Style) {
    let clock = LocalClock.text(now.wall, offsetSeconds: state.snapshot?.utcOffsetSeconds ?? 0)
    let readOnly = state.setup.isReadOnly ? (isNarrow ? "RO  " : "read-only  ") : ""
    if state.request.isPaused { return ("\(readOnly)FROZEN  \(clock)", .warning) }
    if let stale = state.staleness {
      return ("\(readOnly)STALE \(Format.age(stale))  \(clock)", .warning)
    }
    if let pace = state.snapshot?.pace {
      return ("\(readOnly)slowed to \(Format.span(pace))  \(clock)", .warning)
    }
    let interval = state.request.interval.text
    return (readOnly + (isNarrow ? "\(interval) \(clock)" : "every \(interval)  \(clock)"), .plain)
  }

  /// The job counts by state. Each is shown completely or not at all, because a cut number would be
  /// wrong.
  func counts(isShort: Bool) -> Line {
    let plain = counts(isShort: isShort, Format.grouped)
    return line { line in
      line.append((plain.isWhole ? plain : counts(isShort: isShort, Format.short)).row)
      let late = state.snapshot?.scheduleCounts.late ?? 0
      if late > 0 { line.putWhole("  late \(late)", .alarm) }
      guard isShort else { return putFiles(on: &line) }
      guard let health = state.snapshot?.health else { return }
      line.putWhole("   \(Format.rate(health.donePerSecond))/s", .accent)
      if let oldest = health.oldest { line.putWhole("  old \(Format.age(oldest))", .faint) }
    }
  }

  private func counts(
    isShort: Bool, _ text: (Int) -> String
  ) -> (row: Line, isWhole: Bool) {
    var isWhole = true
    let row = line { line in
      if !isShort { line.put(" ") }
      for state in [JobState.pending, .processing, .failed, .dead, .completed, .cancelled] {
        let number = self.state.summary.count(state)
        if state == .cancelled, number == 0 { continue }
        let gap = line.used <= 1 ? "" : isShort ? " " : "  "
        let name = (isShort ? Self.initial(of: state) : state.rawValue) + " "
        let isKnown = self.state.snapshot != nil
        let figure =
          isKnown ? text(number) + (state == .dead && number > 0 ? "!" : "") : "-"
        guard gap.count + name.count + figure.count <= line.room else {
          isWhole = false
          break
        }
        line.put(gap)
        line.put(name, number > 0 && state == .dead ? .alarm : .faint)
        let style = number > 0 ? state.style : .faint
        line.put(figure, state == .completed ? .plain : style)
      }
    }
    return (row, isWhole)
  }

  /// The file sizes and the host's uptime, if all of it fits.
  private func putFiles(on line: inout Line) {
    guard let snapshot = state.snapshot, width >= 98 else { return }
    let files = [("db", snapshot.files.database), ("wal", snapshot.files.log)]
    var figures = files.compactMap { name, size in size.map { (name, ByteCount.brief($0)) } }
    figures.append(("host up", Format.elapsed(now.uptime)))
    let columns = figures.reduce(0) { $0 + 3 + $1.0.count + $1.1.count }
    guard line.used + columns < width else { return }
    line.pad(to: width - columns)
    for (name, value) in figures {
      line.put(" \(name) ", .faint)
      line.put("\(value) ")
    }
  }

  private static func initial(of state: JobState) -> String {
    switch state {
    case .pending: "P"
    case .processing: "R"
    case .failed: "F"
    case .dead: "D"
    case .completed: "C"
    case .cancelled: "X"
    }
  }

  /// The throughput and the share of failures.
  private func flow() -> Line {
    line { line in
      line.put(" done ", .faint)
      guard let health = state.snapshot?.health else { return line.put("-", .faint) }
      let columns = min(40, max(10, width - 40))
      line.put(Sparkline.text(health.trend, columns: columns, theme: theme), .accent)
      line.put(" \(Format.rate(health.donePerSecond))/s", .strong)
      let failures = health.failureShare.map { Format.percent($0) } ?? "-"
      put("err", failures, at: 57, on: &line, (health.failureShare ?? 0) > 0.1 ? .warning : .plain)
      put("drain", health.drain.map { "~\(Format.elapsed($0))" } ?? "-", at: 67, on: &line)
      putWide("in ", health.addedPerSecond, "failed", health.failureTrend, .warning, on: &line)
    }
  }

  /// The wait and run times.
  private func times() -> Line {
    line { line in
      let health = state.snapshot?.health
      line.put(" wait", .faint)
      put("p50", health?.wait.map { Format.span($0.p50) } ?? "-", at: 6, on: &line)
      put("p95", health?.wait.map { Format.span($0.p95) } ?? "-", at: 16, on: &line)
      put("oldest", health?.oldest.map { Format.elapsed($0) } ?? "-", at: 26, on: &line)
      line.pad(to: 45)
      line.put("run", .faint)
      put("p50", health?.run.map { Format.span($0.p50) } ?? "-", at: 49, on: &line)
      put("p95", health?.run.map { Format.span($0.p95) } ?? "-", at: 59, on: &line)
      put("max", health?.run?.most.map { Format.span($0) } ?? "-", at: 69, on: &line)
      guard let health else { return }
      putWide("out", health.leftPerSecond, "backlog", health.backlogTrend, .accent, on: &line)
    }
  }

  /// The right part of a wide screen: a rate per minute and a trend.
  private func putWide(
    _ rateName: String, _ perSecond: Double, _ trendName: String, _ trend: [Double],
    _ style: Style, on line: inout Line
  ) {
    guard width >= 98 else { return }
    put(rateName, "\(Format.rate(perSecond * 60))/min", at: 82, on: &line)
    let start = 98
    let columns = min(trend.count, width - 1 - start - 8)
    guard columns >= 10 else { return }
    line.pad(to: start)
    line.put(trendName, .faint, in: 8)
    line.put(Sparkline.text(trend, columns: columns, theme: theme), style)
  }

  private func put(
    _ name: String, _ value: String, at column: Int, on line: inout Line, _ style: Style = .plain
  ) {
    line.pad(to: column)
    line.put("\(name) ", .faint)
    line.put(value, style)
  }
}
