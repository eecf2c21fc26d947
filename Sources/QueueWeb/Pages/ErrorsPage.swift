import QueueCore
import QueueOperations

extension Page {
  static func errors(_ groups: [ErrorGroup], _ frame: Frame, _ site: SiteFacts) -> Page {
    var page = Page(title: "Dead jobs by error", tab: .errors) { html in
      html.part("p", "count", .class("quiet")) { html in
        let dead = frame.count(.dead)
        let most = ErrorGroup.mostJobs
        html.text(
          "\(dead, of: "dead job") in \(groups.count, of: "group")"
            + (dead > most ? "; only the newest \(Format.grouped(most)) are grouped" : ""))
      }
      html.part("div", "groups") { html in
        guard !groups.isEmpty else { return html("p", .class("quiet"), text: "No dead jobs.") }
        for group in groups { write(group, frame, site, &html) }
      }
    }
    page.hints = [
      ("j k", "move"), ("Enter", "its jobs"), ("r", "retry the group"), ("d", "discard it"),
      ("?", "all keys"),
    ]
    return page
  }

  private static func write(
    _ group: ErrorGroup, _ frame: Frame, _ site: SiteFacts, _ html: inout HTML
  ) {
    html("article", .class("group"), .set(.dataID, group.name)) { html in
      html("h2") { html in
        html("span", .class("bad"), text: Format.grouped(group.count))
        html.append(" ")
        html(
          "a", .href(.jobs(.dead, filter: group.filter)),
          text: group.key.pattern.isEmpty ? "no message" : group.key.pattern)
      }
      html("p", .class("quiet")) { html in
        if !group.key.exit.isEmpty { html.text("exit \(group.key.exit), ") }
        html.append("first ")
        Parts.age(group.firstSeen, frame.now, &html)
        html.append(" ago, last ")
        Parts.age(group.lastSeen, frame.now, &html)
        html.append(" ago")
      }
      html("p", .class("ids")) { html in
        for job in group.jobs.prefix(6) {
          html("a", .class("id"), .href(.job(job.id)), text: job.id.text)
          html.append(" ")
        }
        if group.count > 6 { html.append("…") }
      }
      Forms.asking([("group", group.name)], back: .errors, site, &html) { html in
        Forms.button("Retry the group", .retryAll, key: "r", &html)
        Forms.button("Discard the group", .discardAll, key: "d", &html)
      }
    }
  }
}
