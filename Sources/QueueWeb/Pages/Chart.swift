import QueueCore
import QueueOperations

/// Charts as SVG: one path for each colour, and the words beside it as HTML, so that they keep
/// their size on a narrow screen.
enum Chart {
  private static let (width, height, strip) = (960, 150, 40)

  /// Runs that ended in each minute, and below them the backlog on a scale of its own.
  static func throughput(_ minutes: [MinuteCounts], _ frame: Frame, _ html: inout HTML) {
    let done = minutes.map { $0[.completed] }
    let failed = minutes.map { $0[.failed] }
    let top = ceiling(zip(done, failed).map { $0 + $1 }.max() ?? 0)
    let backlog = QueueHealth.backlogTrend(minutes, now: frame.summary.unfinished()).map { Int($0) }
    let most = ceiling(backlog.max() ?? 0)
    let sum = (done.reduce(0, +), failed.reduce(0, +))
    let words =
      "In 2 hours \(Format.grouped(sum.0)) runs were done and \(Format.grouped(sum.1)) failed; "
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
    }
    html("p", .class("axis"), .set(.ariaHidden, "true")) { html in
      html("span", text: "2 h ago")
      html("span", text: "1 h")
      html("span", text: "now")
    }
  }

  /// How many runs took how long: one bar for each doubling.
  static func lengths(_ histogram: Histogram, _ html: inout HTML) {
    guard histogram.count > 0 else {
      return html("p", .class("quiet"), text: "No run ended in the last hour.")
    }
    var counts: [Int: Int] = [:]
    for (bucket, count) in histogram.counts {
      let milliseconds = max(1, Histogram.range(of: bucket).lowerBound.milliseconds)
      counts[Int64.bitWidth - 1 - milliseconds.leadingZeroBitCount, default: 0] += count
    }
    let shown = (counts.keys.min() ?? 0)...(counts.keys.max() ?? 0)
    let most = max(1, counts.values.max() ?? 1)
    html("table", .class("bars")) { html in
      html("thead") { html in
        html("tr") { html in
          html("th", .set(.scope, "col"), .class("n"), text: "up to")
          html("th", .set(.scope, "col"), .class("n"), text: "runs")
          html("th", .set(.scope, "col"), .class("share")) { html in
            html("span", .class("away"), text: "as a bar")
          }
        }
      }
      html("tbody") { html in
        for exponent in shown {
          let count = counts[exponent] ?? 0
          html("tr") { html in
            html(
              "th", .set(.scope, "row"), .class("n"),
              text: Format.span(.milliseconds(Int64(1) << min(exponent + 1, 50))))
            html("td", .class("n"), text: Format.grouped(count))
            html("td", .class("share")) { html in
              html(
                "progress", .set(.max, "\(most)"), .set(.value, "\(count)"),
                .set(.ariaHidden, "true"), content: { _ in })
            }
          }
        }
      }
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
