import QueueCore
import QueueOperations

extension Page {
  /// A plan's question, progress or result.
  static func plan(_ plan: Plan, _ name: String, _ site: SiteFacts) -> Page {
    var page = Page(title: plan.title, isLive: true) { html in
      html("div", .class("ask panel")) { html in
        html.part("div", "plan", .set(.ariaLive, "polite")) { html in
          switch plan.state {
          case .open: question(plan, name, site, &html)
          case .running(let progress): if let progress { running(progress, &html) }
          case .done(let result): done(result, plan, &html)
          }
        }
      }
    }
    if plan.isRunning { page.refresh = 1 }
    return page
  }

  private static func question(
    _ plan: Plan, _ name: String, _ site: SiteFacts, _ html: inout HTML
  ) {
    for note in plan.notes { html("p", text: note) }
    if !plan.examples.isEmpty {
      html("ul", .class("examples")) { html in
        for example in plan.examples {
          html("li") { html in
            html("a", .class("id"), .href(.job(example.id)), text: example.id.text)
            html.append(" ")
            html("code", text: shortened(example.command))
            if !example.error.isEmpty {
              html.append(" ")
              html("span", .class("quiet"), text: example.error)
            }
          }
        }
        let more = plan.count - plan.examples.count
        if more > 0 { html("li", .class("quiet"), text: "… and \(Format.grouped(more)) more") }
      }
    }
    html("form", .class("acts"), .set(.method, "post"), .action(.plan(name))) { html in
      Forms.secret(site, &html)
      if plan.asksNumber {
        html("label", .set(.forID, "number"), text: "Type \(plan.count) to confirm")
        html.void(
          "input", .id("number"), .set(.name, "count"), .set(.type, "text"),
          .set(.inputmode, "numeric"), .set(.pattern, "[0-9,]*"), .set(.autocomplete, "off"))
      }
      html("button", .class("sure"), .set(.dataAct, "y"), text: "Yes")
      html("a", .class("button"), .href(plan.back), .set(.dataAct, "n"), text: "No")
    }
    if let command = plan.command { Parts.shell(command, &html) }
  }

  private static func running(_ progress: ActionProgress, _ html: inout HTML) {
    html("p") { html in
      html(
        "progress", .set(.max, "\(progress.total)"), .set(.value, "\(progress.done)"),
        .set(.ariaLabel, "Progress"), content: { _ in })
      html.append(" ")
      html.text(progress.text)
    }
  }

  private static func done(_ result: ActionResult, _ plan: Plan, _ html: inout HTML) {
    html("p", .class(result.isWarning ? "said warn" : "said"), text: result.text)
    html("p") { $0("a", .class("button"), .href(plan.back), .set(.dataAct, "n"), text: "Back") }
  }
}
