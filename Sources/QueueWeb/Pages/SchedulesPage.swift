import QueueCore
import QueueOperations

extension Page {
  static func schedules(_ rows: [ScheduleRow], _ frame: Frame, _ site: SiteFacts) -> Page {
    var page = Page(title: "Schedules", tab: .schedules) { html in
      html.part("div", "schedules", .class("panel scroll"), .set(.tabindex, "0")) { html in
        guard !rows.isEmpty else {
          return html("p", .class("quiet")) { html in
            html.append("There is no schedule. ")
            Parts.shell("queuectl schedule add NAME --cron '30 2 * * *' COMMAND", &html)
          }
        }
        html("table", .class("rows cards")) { html in
          Parts.head(
            [
              ("schedule", false), ("when", false), ("next", false), ("last", false),
              ("result", false), ("missed", true), ("command", false),
            ], &html)
          html("tbody") { html in
            for row in rows { write(row, frame, &html) }
          }
        }
      }
      Parts.shell("queuectl schedule list", &html)
    }
    page.hints = [("j k", "move"), ("?", "all keys")]
    return page
  }

  private static func write(_ row: ScheduleRow, _ frame: Frame, _ html: inout HTML) {
    let schedule = row.schedule
    html("tr", .set(.dataID, schedule.name)) { html in
      html("th", .set(.scope, "row"), text: schedule.name)
      html("td", text: schedule.spec.words)
      html("td", .set(.dataLabel, "next")) { html in
        if schedule.pausedAt != nil {
          html("span", .class("state failed"), text: "paused")
        } else if let next = schedule.nextAt {
          Parts.until(next, frame.now, &html)
        } else {
          html("span", .class("quiet"), text: "ended")
        }
      }
      html("td", .set(.dataLabel, "last")) { html in
        guard let last = row.last else { return html.append("–") }
        Parts.age(last.at, frame.now, &html)
      }
      html("td") { html in
        if let problem = schedule.problem { html("span", .class("bad"), text: problem) }
        guard let job = row.last?.job else { return }
        html.append(" ")
        html("a", .href(.job(job.id))) { Parts.state(job.state, &$0) }
      }
      Parts.number(schedule.tally.missed, "warn", label: "missed", &html)
      html("td", .class("long")) { html in
        html(
          "span", .set(.title, schedule.spec.job.command),
          text: shortened(schedule.spec.job.command))
      }
    }
  }
}
