import QueueCore
import QueueHost
import QueueOperations

/// Elements of several pages.
enum Parts {
  /// A command line to copy.
  static func shell(_ command: String, _ html: inout HTML) {
    html("code", .class("shell"), text: command)
  }

  /// The age of a time. The page's script updates it, so it isn't sent again.
  static func age(_ time: Timestamp, _ now: Moment, _ html: inout HTML) {
    html(
      "time", .set(.datetime, time.iso8601), .set(.title, time.iso8601),
      text: html.leavesAgesOut ? "" : Format.age(now.wall - time))
  }

  /// A future time.
  static func until(_ time: Timestamp, _ now: Moment, _ html: inout HTML) {
    html(
      "time", .class("until"), .set(.datetime, time.iso8601), .set(.title, time.iso8601),
      text: html.leavesAgesOut ? "" : time > now.wall ? "in \(Format.age(time - now.wall))" : "now"
    )
  }

  /// A past time with its age.
  static func moment(_ time: Timestamp, _ frame: Frame, _ html: inout HTML) {
    age(time, frame.now, &html)
    html.text(" ago, \(time.iso8601)")
  }

  /// A name and value in a list of facts.
  static func fact(_ name: String, _ value: String, _ html: inout HTML) {
    fact(name, &html) { $0.text(value) }
  }

  static func fact(_ name: String, _ html: inout HTML, value: (inout HTML) -> Void) {
    html("dt", text: name)
    html("dd", content: value)
  }

  /// A state as a word and colour; the stylesheet adds the letter of `top`.
  static func state(_ state: JobState, _ html: inout HTML) {
    let name: StaticString =
      switch state {
      case .pending: "state pending"
      case .processing: "state processing"
      case .failed: "state failed"
      case .dead: "state dead"
      case .completed: "state completed"
      case .cancelled: "state cancelled"
      }
    html("span", .class(name), .flag("data-letter"), text: state.rawValue)
  }

  static func status(_ status: WorkerStatus, _ html: inout HTML) {
    let name: StaticString =
      switch status {
      case .idle: "state idle"
      case .busy: "state processing"
      case .stopping: "state failed"
      case .lost: "state dead"
      }
    html("span", .class(name), text: status.rawValue)
  }

  /// The head of a table; numbers are right-aligned.
  static func head(_ titles: [(title: String, isNumber: Bool)], _ html: inout HTML) {
    html("thead") { html in
      html("tr") { html in
        for entry in titles {
          html("th", .set(.scope, "col"), entry.isNumber ? .class("n") : nil, text: entry.title)
        }
      }
    }
  }

  /// A number, coloured unless it is 0.
  /// - Parameter label: shown on cards, which have no headings; nil for none.
  static func number(
    _ number: Int, _ style: StaticString? = nil, label: String? = nil, _ html: inout HTML
  ) {
    html("td", .class("n"), label.map { .set(.dataLabel, $0) }) { html in
      guard let style, number > 0 else { return html.text(Format.grouped(number)) }
      html("span", .class(style), text: Format.grouped(number))
    }
  }

  /// A section with a heading.
  static func panel(
    _ title: String, _ note: String = "", _ width: StaticString, _ html: inout HTML,
    content: (inout HTML) -> Void
  ) {
    html("section", .class(width), .set(.ariaLabel, title)) { html in
      html("div", .class("head")) { html in
        html("h2", text: title)
        if !note.isEmpty { html("span", .class("quiet"), text: note) }
      }
      content(&html)
    }
  }
}

/// Forms and their buttons.
enum Forms {
  /// The secret of every form.
  static func secret(_ site: SiteFacts, _ html: inout HTML) {
    hidden("secret", site.formSecret.text, &html)
  }

  static func hidden(_ name: String, _ value: String, _ html: inout HTML) {
    html.void("input", .set(.type, "hidden"), .set(.name, name), .set(.value, value))
  }

  /// A button that requests an action.
  /// - Parameter key: its key; nil for none.
  static func button(
    _ label: String, _ purpose: Purpose, key: String? = nil, _ html: inout HTML
  ) {
    html(
      "button", .set(.name, "do"), .set(.value, purpose.rawValue),
      purpose.isHarsh ? .class("harsh") : nil, key.map { .set(.dataAct, $0) }
    ) { html in
      html.text(label)
      if let key { html("kbd", .set(.ariaHidden, "true"), text: key) }
    }
  }

  /// A form whose hidden fields name the action's target.
  static func asking(
    _ fields: [(String, String)], back: Link, _ site: SiteFacts, _ html: inout HTML,
    buttons: (inout HTML) -> Void
  ) {
    guard !site.isReadOnly else { return }
    html("form", .class("acts"), .set(.method, "post"), .action(.ask)) { html in
      secret(site, &html)
      hidden("back", back.text, &html)
      for (name, value) in fields { hidden(name, value, &html) }
      buttons(&html)
    }
  }
}
