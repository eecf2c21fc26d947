import QueueCore
import QueueOperations

extension Page {
  static func overview(_ overview: Overview, _ frame: Frame) -> Page {
    var page = Page(title: "Overview", tab: .overview) { html in
      html.part("dl", "figures", .class("figures")) { html in
        figures(overview, frame, &html)
      }
      html("div", .class("grid")) { html in
        Parts.panel("Throughput", "runs a minute, 2 hours", "panel wide", &html) { html in
          html.part("div", "throughput") { Chart.throughput(overview.trends.minutes, frame, &$0) }
        }
        Parts.panel("Waits and run times", "within 1/16", "panel narrow", &html) { html in
          html.part("div", "times", .class("scroll"), .set(.tabindex, "0")) { html in
            html("table") { times(overview, &$0) }
          }
        }
        Parts.panel("Run times", "runs by minute and length, 2 hours", "panel half", &html) {
          html in
          html.part("div", "heat") { Chart.heat(overview.trends.runTimes, &$0) }
        }
        Parts.panel("Dead jobs by error", "the newest \(ErrorGroup.mostJobs)", "panel half", &html)
        {
          html in
          html.part("div", "groups") { groups(overview.groups, frame, &$0) }
        }
        Parts.panel("Workers", "", "panel half", &html) { html in
          html.part("div", "workers", .class("scroll")) { workers(frame, nil, &$0) }
        }
        Parts.panel("Queues", "", "panel half", &html) { html in
          html.part("div", "queues", .class("scroll")) { queues(frame, nil, &$0) }
        }
      }
    }
    page.hints = [("0-9 e", "pages"), ("p", "hold"), ("?", "all keys")]
    return page
  }

  private static func figures(_ overview: Overview, _ frame: Frame, _ html: inout HTML) {
    let summary = frame.summary
    figure("pending", Format.grouped(summary.count(.pending)), nil, &html)
    figure("processing", Format.grouped(summary.count(.processing)), nil, &html)
    let failed = summary.count(.failed)
    figure("failed", Format.grouped(failed), failed > 0 ? "warn" : nil, &html)
    let dead = summary.count(.dead)
    figure("dead", Format.grouped(dead) + (dead > 0 ? "!" : ""), dead > 0 ? "bad" : nil, &html)
    let inPerMinute = overview.minute.perSecond(.enqueued) * 60
    figure("in", Format.rate(inPerMinute), nil, unit: "/min", &html)
    let donePerMinute = overview.minute.perSecond(.completed) * 60
    figure("done", Format.rate(donePerMinute), nil, unit: "/min", &html)
    let share = overview.trends.hour.failureRate
    figure("failed runs, 1 h", share.map(Format.percent) ?? "–", nil, &html)
    figure("first in line waits", overview.oldest.map(Format.span) ?? "–", nil, &html)
    let drain = overview.drain(of: summary)
    figure("done in about", drain.map(Format.span) ?? "–", nil, &html)
  }

  private static func figure(
    _ name: String, _ value: String, _ style: StaticString?, unit: String = "",
    _ html: inout HTML
  ) {
    html("div") { html in
      html("dt", text: name)
      html("dd", style.map { .class($0) }) { html in
        html.text(value)
        if !unit.isEmpty {
          html.append(" ")
          html("small", text: unit)
        }
      }
    }
  }

  private static func times(_ overview: Overview, _ html: inout HTML) {
    Parts.head(
      [("time", false), ("p50", true), ("p95", true), ("p99", true), ("max", true)], &html)
    html("tbody") { html in
      let windows = [
        ("1 min", overview.minute.total), ("1 h", overview.trends.hour),
        ("1 day", overview.trends.day),
      ]
      for (name, total) in windows {
        row("waited, \(name)", total.wait, &html)
        row("ran, \(name)", total.runTime, &html)
      }
    }
  }

  private static func row(_ name: String, _ histogram: Histogram, _ html: inout HTML) {
    html("tr") { html in
      html("th", .set(.scope, "row"), text: name)
      for share in [0.5, 0.95, 0.99] {
        html("td", .class("n"), text: histogram.percentile(share).map(Format.span) ?? "–")
      }
      html(
        "td", .class("n"), text: histogram.count > 0 ? Format.span(histogram.longest) : "–")
    }
  }

  private static func groups(_ groups: [ErrorGroup], _ frame: Frame, _ html: inout HTML) {
    guard !groups.isEmpty else { return html("p", .class("quiet"), text: "No dead jobs.") }
    html("table", .class("rows")) { html in
      Parts.head([("jobs", true), ("exit", false), ("error", false), ("last", false)], &html)
      html("tbody") { html in
        for group in groups.prefix(6) {
          html("tr", .set(.dataID, group.name)) { html in
            Parts.number(group.count, "bad", &html)
            html("td", text: group.key.exit)
            html("td", .class("long")) { html in
              html(
                "a", .href(.jobs(.dead, filter: group.filter)),
                text: group.key.pattern.isEmpty ? "no message" : group.key.pattern)
            }
            html("td") { Parts.age(group.lastSeen, frame.now, &$0) }
          }
        }
      }
    }
    if groups.count > 6 {
      html("p") { $0("a", .href(.errors), text: "all \(groups.count) groups") }
    }
  }
}
