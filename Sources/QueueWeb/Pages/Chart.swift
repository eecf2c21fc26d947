import Glibc
import QueueCore
import QueueOperations

/// SVG charts with one path per colour. Labels are HTML, which keeps its size on narrow screens.
enum Chart {
  private static let (width, height, strip) = (960, 150, 40)

  /// Ended runs per minute, and below them the backlog on its own scale.
  static func throughput(_ minutes: [MinuteCounts], _ frame: Frame, _ html: inout HTML) {
    let done = minutes.map { $0[.completed] }
    let failed = minutes.map { $0[.failed] }
    let top = ceiling(zip(done, failed).map { $0 + $1 }.max() ?? 0)
    let backlog = QueueHealth.backlogTrend(minutes, now: frame.summary.unfinished()).map { Int($0) }
    let most = ceiling(backlog.max() ?? 0)
    let sum = (done.reduce(0, +), failed.reduce(0, +))
    let words =
      "In 2 hours \(Format.grouped(sum.0)) runs completed and \(Format.grouped(sum.1)) failed; "
      + "unfinished jobs now: \(Format.grouped(backlog.last ?? 0))."
    html("p", .class("key")) { html in
      html("span", .class("done"), text: "done")
      html("span", .class("fail"), text: "failed")
      html("span", .class("left"), text: "unfinished jobs, below")
    }
    html("div", .class("chart")) { html in
      picture(words, height: height, &html) { html in
        var (base, onTop) = (Path(), Path())
        for (index, count) in done.enumerated() {
          let (x, step) = place(index, of: minutes.count)
          let (low, high) = (count * height / top, failed[index] * height / top)
          base.bar(x: x, y: height - low, width: step, height: low)
          onTop.bar(x: x, y: height - low - high, width: step, height: high)
        }
        base.write("done", &html)
        onTop.write("fail", &html)
      }
      html("div", .class("scale"), .set(.ariaHidden, "true")) { html in
        html("span", text: Format.short(top))
        html("span", text: Format.short(top / 2))
        html("span", text: "0")
      }
      picture("", height: strip, &html) { html in
        var area = Path()
        for (index, count) in backlog.enumerated() {
          let (x, _) = place(index, of: minutes.count)
          let next = place(index + 1, of: minutes.count).x
          let size = count * strip / most
          area.bar(x: x, y: strip - size, width: next - x, height: size)
        }
        area.write("left", &html)
      }
      html("div", .class("scale"), .set(.ariaHidden, "true")) { html in
        html("span", text: Format.short(most))
        html("span", text: "0")
      }
      axis(&html)
    }
  }

  // MARK: Run times

  private static let rowHeight = 16
  private static let levels: [StaticString] = ["h1", "h2", "h3", "h4", "h5"]

  /// Run times by minute: a row per doubling, longest on top.
  static func heat(_ minutes: [Histogram], _ html: inout HTML) {
    let cells = minutes.map(RunLengths.counts)
    let present = cells.flatMap(\.keys)
    guard let least = present.min(), let most = present.max() else {
      return html("p", .class("quiet"), text: "No run ended in the last 2 hours.")
    }
    let rows = min(least, most - 3)...most
    let peak = cells.flatMap(\.values).max() ?? 1
    var paths = [Path](repeating: Path(), count: levels.count)
    for (index, counts) in cells.enumerated() {
      let (x, step) = place(index, of: minutes.count)
      for (row, count) in counts {
        paths[level(of: count, peak: peak)].bar(
          x: x, y: (most - row) * rowHeight, width: step, height: rowHeight - 1)
      }
    }
    html("div", .class("chart")) { html in
      picture(words(cells), height: rows.count * rowHeight, &html) { html in
        for (path, level) in zip(paths, levels) { path.write(level, &html) }
      }
      html("div", .class("scale"), .set(.ariaHidden, "true")) { html in
        for row in [rows.upperBound, (rows.lowerBound + rows.upperBound) / 2, rows.lowerBound] {
          html("span", text: "≤ \(Format.span(RunLengths.limit(of: row)))")
        }
      }
      axis(&html)
    }
    html("p", .class("key")) { html in
      html.text("runs a minute and length: ")
      for level in levels.indices {
        let least = (1...max(1, peak)).first { self.level(of: $0, peak: peak) == level }
        guard let least else { continue }
        html("span", .class(levels[level]), text: "from \(Format.short(least))")
      }
    }
  }

  /// Levels grow exponentially with the number of runs.
  private static func level(of count: Int, peak: Int) -> Int {
    let share = log(Double(max(1, count))) / log(Double(max(2, peak)))
    return min(levels.count - 1, Int(share * Double(levels.count)))
  }

  private static func words(_ cells: [[Int: Int]]) -> String {
    var sums: [Int: Int] = [:]
    for counts in cells { sums.merge(counts, uniquingKeysWith: +) }
    let total = sums.values.reduce(0, +)
    guard let usual = sums.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { return "" }
    let limit = Format.span(RunLengths.limit(of: usual.key))
    return
      "\(total, of: "run") ended in 2 hours; \(Format.grouped(usual.value)) took up to \(limit), "
      + "the most frequent length."
  }

  private static func axis(_ html: inout HTML) {
    html("p", .class("axis"), .set(.ariaHidden, "true")) { html in
      html("span", text: "2 h ago")
      html("span", text: "1 h")
      html("span", text: "now")
    }
  }

  /// The next round number, at least 1.
  static func ceiling(_ number: Int) -> Int {
    var unit = 1
    while unit < Int.max / 100 {
      for factor in [1, 2, 5] where unit * factor >= number { return unit * factor }
      unit *= 10
    }
    return number
  }

  private static func place(_ index: Int, of count: Int) -> (x: Int, step: Int) {
    let x = index * width / max(1, count)
    return (x, (index + 1) * width / max(1, count) - x - 1)
  }

  private static func picture(
    _ words: String, height: Int, _ html: inout HTML, content: (inout HTML) -> Void
  ) {
    html(
      "svg", .set(.viewBox, "0 0 \(width) \(height)"), .set(.preserveAspectRatio, "none"),
      .set(.height, "\(height)"), words.isEmpty ? .set(.ariaHidden, "true") : .set(.role, "img"),
      words.isEmpty ? nil : .set(.ariaLabel, words), content: content)
  }

  private struct Path {
    private var text = ""

    mutating func bar(x: Int, y: Int, width: Int, height: Int) {
      guard height > 0, width > 0 else { return }
      text += "M\(x),\(y)h\(width)v\(height)h-\(width)z"
    }

    func write(_ style: StaticString, _ html: inout HTML) {
      guard !text.isEmpty else { return }
      html("path", .class(style), .set(.path, text), content: { _ in })
    }
  }
}

/// Run times by doubling.
enum RunLengths {
  /// Runs under 16 ms share the lowest row.
  private static let lowest = 3

  /// The number of runs by row; row k has those under 2^(k+1) ms.
  static func counts(_ histogram: Histogram) -> [Int: Int] {
    var counts: [Int: Int] = [:]
    for (bucket, count) in histogram.counts {
      let milliseconds = max(1, Histogram.range(of: bucket).lowerBound.milliseconds)
      let exponent = Int64.bitWidth - 1 - milliseconds.leadingZeroBitCount
      counts[max(lowest, exponent), default: 0] += count
    }
    return counts
  }

  /// The limit of a row.
  static func limit(of row: Int) -> Duration {
    .milliseconds(Int64(1) << min(max(row + 1, 0), 50))
  }
}
