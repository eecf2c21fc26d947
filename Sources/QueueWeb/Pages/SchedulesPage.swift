import QueueCore
import QueueOperations

extension Page {
  static func schedules(_ lines: [ScheduleLine], _ frame: Frame, _ site: SiteFacts) -> Page {
    var page = Page(title: "Schedules", tab: .schedules) { html in
      html.part("div", "schedules", .class("panel scroll"), .set(.tabindex, "0")) { html in
        guard !lines.isEmpty else {
          return html("p", .class("quiet")) { html in
            html.append("No schedules yet. ")
            Parts.shell("queuectl schedule add NAME --cron '30 2 * * *' COMMAND", &html)
          }
        }
        html("table", .class("rows cards")) { html in
          Parts.head(
            [
              ("schedule", false), ("when", false), ("next", false), ("last", false),
              ("result", false), ("streak", false), ("missed", true), ("command", false),
            ] + (site.isReadOnly ? [] : [("action", false)]), &html)
          html("tbody") { html in
            for line in lines { row(line, frame, site, &html) }
          }
        }
        if lines.count == ScheduleLine.most {
          html("p", .class("quiet"), text: "Only the first \(lines.count) are listed.")
        }
      }
      Parts.shell("queuectl schedule list", &html)
    }
    page.hints = [
      ("j k", "move"), ("Enter", "open"), ("r", "run now"), ("P", "pause, resume"),
      ("?", "all keys"),
    ]
    return page
  }

  private static func row(
    _ line: ScheduleLine, _ frame: Frame, _ site: SiteFacts, _ html: inout HTML
  ) {
    let schedule = line.schedule
    html("tr", .set(.dataID, schedule.name)) { html in
      html("th", .set(.scope, "row")) { html in
        html("a", .class("id"), .href(.schedule(schedule.name)), text: schedule.name)
      }
      html("td", text: line.when)
      html("td", .set(.dataLabel, "next")) { next(line, frame, &$0) }
      html("td", .set(.dataLabel, "last")) { html in
        guard let last = line.last else { return html.append("–") }
        Parts.age(last.at, frame.now, &html)
      }
      html("td") { result(line, &$0) }
      html("td", .set(.dataLabel, "streak")) { html in
        let isBad = schedule.tally.skipsInRow > 0 || schedule.tally.failuresInRow > 0
        html("span", isBad ? .class("warn") : nil, text: line.streak)
      }
      Parts.number(schedule.tally.missed, "warn", label: "missed", &html)
      html("td", .class("long")) { clipped(schedule.spec.job.command, &$0) }
      guard !site.isReadOnly else { return }
      html("td") { actions(on: schedule, back: .schedules, site, &$0) }
    }
  }

  private static func next(_ line: ScheduleLine, _ frame: Frame, _ html: inout HTML) {
    let schedule = line.schedule
    guard schedule.pausedAt == nil else {
      return html("span", .class("state failed"), text: "paused")
    }
    guard let next = schedule.nextAt else { return html("span", .class("quiet"), text: "ended") }
    if line.isLate(at: frame.now.wall) { html("span", .class("state dead"), text: "late ") }
    Parts.until(next, frame.now, &html)
  }

  private static func result(_ line: ScheduleLine, _ html: inout HTML) {
    if let problem = line.schedule.problem { html("span", .class("bad"), text: problem) }
    guard let job = line.last?.job else { return }
    html.append(" ")
    html("a", .href(.job(job.id))) { Parts.state(job.state, &$0) }
  }

  private static func actions(
    on schedule: Schedule, back: Link, _ site: SiteFacts, _ html: inout HTML
  ) {
    Forms.asking([("schedule", schedule.name)], back: back, site, &html) { html in
      Forms.button("Run now", .runSchedule, key: "r", &html)
      if schedule.pausedAt == nil {
        Forms.button("Pause", .pauseSchedule, key: "P", &html)
      } else {
        Forms.button("Resume", .resumeSchedule, key: "P", &html)
      }
    }
  }

  // MARK: One schedule

  static func schedule(_ detail: ScheduleDetail, _ frame: Frame, _ site: SiteFacts) -> Page {
    let schedule = detail.line.schedule
    var page = Page(title: schedule.name, isID: true) { html in
      html.part("div", "state", .class("why"), .set(.role, "status")) { html in
        html("p") { html in
          html.text("\(schedule.spec.words); next: ")
          next(detail.line, frame, &html)
        }
        reasons(detail, &html)
      }
      html.part("div", "acts", .class("job-acts")) { html in
        actions(on: schedule, back: .schedule(schedule.name), site, &html)
      }
      html("div", .class("grid")) { html in
        Parts.panel("Schedule", "", "panel half", &html) { html in
          html.part("dl", "facts", .class("facts")) { facts(detail, frame, &$0) }
        }
        Parts.panel(
          "History", "the newest \(Occurrence.keptCount) times", "panel half", &html
        ) { html in
          html.part("div", "history", .class("scroll"), .set(.tabindex, "0")) {
            history(detail, &$0)
          }
        }
      }
      Parts.shell(ShellWords.command(["queuectl", "schedule", "show", schedule.name]), &html)
    }
    page.hints = [("r", "run now"), ("P", "pause, resume"), ("q", "back"), ("?", "all keys")]
    return page
  }

  private static func reasons(_ detail: ScheduleDetail, _ html: inout HTML) {
    guard !detail.reasons.isEmpty else { return }
    html("ul") { html in
      for reason in detail.reasons {
        html("li") { html in
          html.text(reason.text)
          guard let advice = reason.advice else { return }
          html.append(" ")
          Parts.shell(advice, &html)
        }
      }
    }
  }

  private static func facts(_ detail: ScheduleDetail, _ frame: Frame, _ html: inout HTML) {
    let schedule = detail.line.schedule
    let (spec, tally) = (schedule.spec, schedule.tally)
    Parts.fact("command", &html) { $0("code", .class("command"), text: spec.job.command) }
    Parts.fact("queue", spec.job.queue, &html)
    Parts.fact("when", detail.line.when, &html)
    Parts.fact("zone", spec.zone, &html)
    Parts.fact("missed times", spec.missed.rawValue, &html)
    Parts.fact("while one is unfinished", spec.overlap.rawValue, &html)
    if let from = spec.from { Parts.fact("from", detail.clock(from), &html) }
    if let until = spec.until { Parts.fact("until", detail.clock(until), &html) }
    if let left = spec.timesLeft { Parts.fact("times left", "\(left)", &html) }
    Parts.fact("next times", &html) { html in
      guard !detail.next.isEmpty else { return html.append("–") }
      html("ul", .class("plain")) { html in
        for time in detail.next { html("li", text: detail.clock(time)) }
      }
    }
    Parts.fact(
      "so far",
      "\(tally.enqueued) enqueued, \(tally.skipped) skipped, \(tally.missed) missed", &html)
    if let success = tally.succeededAt {
      Parts.fact("last success", &html) { Parts.moment(success, frame, &$0) }
    }
    Parts.fact("created", &html) { Parts.moment(schedule.createdAt, frame, &$0) }
  }

  private static func history(_ detail: ScheduleDetail, _ html: inout HTML) {
    guard !detail.history.isEmpty else {
      return html("p", .class("quiet"), text: "It hasn't been due yet.")
    }
    html("table", .class("rows")) { html in
      Parts.head(
        [("time", false), ("fate", false), ("job", false), ("result", false)], &html)
      html("tbody") { html in
        for entry in detail.history {
          let isGood = entry.fate == .enqueued || entry.fate == .byHand
          html("tr", .set(.dataID, entry.job.map { "job-\($0.id)" } ?? "at-\(entry.at.iso8601)")) {
            html in
            html("td", text: detail.clock(entry.at))
            html("td") { html in
              let times = entry.times > 1 ? " × \(Format.grouped(entry.times))" : ""
              html("span", isGood ? nil : .class("warn"), text: entry.fate.rawValue + times)
            }
            html("td") { html in
              guard let job = entry.job else { return html.append("–") }
              html("a", .class("id"), .href(.job(job.id)), text: job.id.text)
            }
            html("td") { html in
              guard let job = entry.job else { return html.append("–") }
              Parts.state(job.state, &html)
              let text = ScheduleLine.text(of: job).dropFirst(job.state.rawValue.count)
              html.text(String(text))
            }
          }
        }
      }
    }
  }
}
