import QueueCore
import QueueOperations

/// A run's log on the page of its job.
enum LogSection {
  static func write(_ view: JobView, _ html: inout HTML) {
    guard let run = view.chosen else { return }
    html("section", .id("found"), .class("logs"), .set(.ariaLabel, "Log")) { html in
      bar(view, run, &html)
      html.part("p", "neighbours", .class("acts")) { neighbours(view, run, &$0) }
      find(view, run, &html)
      if let matches = view.matches {
        lines(matches, view, run, &html)
      } else {
        text(view, run, &html)
      }
      Parts.shell(
        ShellWords.command(["queuectl", "logs", view.job.id.text, "--run", "\(run.id)"]), &html)
    }
  }

  private static func bar(_ view: JobView, _ run: Run, _ html: inout HTML) {
    html("div", .class("bar")) { html in
      html("h2", text: "Log of run \(run.id)")
      if view.matches == nil, let log = view.log, log.start > 0 || log.end < log.size {
        let all = ByteCount.brief(log.size)
        html(
          "span", .class("quiet"),
          text: log.end < log.size
            ? "\(ByteCount.brief(log.end - log.start)) from \(ByteCount.brief(log.start)) on, "
              + "\(all) in all"
            : "its end, \(all) in all")
      }
      html("span", .class("acts")) { html in
        if isFollowed(view) { button("follow", "Follow", key: "f", &html) }
        button("wrap", "Wrap", key: "w", &html)
        html("a", .class("button"), .href(.log(of: view.job.id, run: run.id)), text: "Plain text")
      }
    }
  }

  /// Whether the end of the log is shown, so new output follows it.
  private static func isFollowed(_ view: JobView) -> Bool {
    view.matches == nil && view.log?.before == nil
  }

  /// Links to the older, newer and latest runs.
  private static func neighbours(_ view: JobView, _ run: Run, _ html: inout HTML) {
    if let older = view.older { link("Older run", to: older, of: view, key: "[", &html) }
    if let newer = view.newer { link("Newer run", to: newer, of: view, key: "]", &html) }
    guard let latest = view.job.latestRun, latest.id != run.id, latest.id != view.newer?.id else {
      return
    }
    html("a", .href(.job(view.job.id)), text: "The latest run is \(latest.id).")
  }

  private static func link(
    _ label: String, to run: Run, of view: JobView, key: String, _ html: inout HTML
  ) {
    html(
      "a", .class("button"), .href(.job(view.job.id, run: run.id)), .set(.dataAct, key)
    ) { html in
      html.text("\(label) \(run.id)")
      html("kbd", .set(.ariaHidden, "true"), text: key)
    }
  }

  private static func find(_ view: JobView, _ run: Run, _ html: inout HTML) {
    html("form", .class("filter"), .set(.role, "search"), .action(.find(in: view.job.id))) { html in
      // A GET form replaces the query of its address.
      if Link.isInQuery(view.job.id) { Forms.hidden("id", view.job.id.text, &html) }
      Forms.hidden("run", "\(run.id)", &html)
      html("label", .class("away"), .set(.forID, "q"), text: "Find in the log")
      html.void(
        "input", .id("q"), .set(.name, "find"), .set(.type, "search"),
        .set(.value, view.pattern?.text ?? ""), .set(.autocomplete, "off"),
        .set(.spellcheck, "false"), .set(.placeholder, "find in the log"))
      html("button") { html in
        html.append("Find")
        html("kbd", .set(.ariaHidden, "true"), text: "/")
      }
      if view.matches == nil, let pattern = view.pattern {
        html(
          "a", .class("button"), .href(.job(view.job.id, run: run.id, find: pattern.text)),
          text: "All matches")
      }
      if view.pattern != nil || !isFollowed(view) {
        html("a", .class("button"), .href(.job(view.job.id, run: run.id)), text: "End of the log")
      }
    }
  }

  // MARK: Text

  private static func text(_ view: JobView, _ run: Run, _ html: inout HTML) {
    if view.log == nil { html("p", .class("quiet"), text: "There is no log of this run.") }
    let isFollowed = isFollowed(view)
    html(
      "pre", .id("log"), .class("log"), .set(.tabindex, "0"), .set(.ariaLabel, "Log"),
      isFollowed ? .set(.dataRun, "\(run.id)") : nil,
      isFollowed ? .set(.dataEnd, "\(view.log?.end ?? 0)") : nil
    ) { html in
      guard let log = view.log else { return }
      guard let before = log.before else { return marked(log.text, view.pattern, &html) }
      marked(before, view.pattern, &html)
      html("span", .id("place")) { marked(log.text, view.pattern, &$0) }
    }
  }

  /// The matching lines with links to their places.
  private static func lines(
    _ matches: LogMatches, _ view: JobView, _ run: Run, _ html: inout HTML
  ) {
    let more = matches.count > matches.lines.count ? "; the first \(matches.lines.count)" : ""
    let rest = matches.unsearched.map { "; \(ByteCount.brief($0)) not searched" } ?? ""
    let verb = matches.count == 1 ? "matches" : "match"
    html(
      "p", .class("quiet"), .set(.role, "status"),
      text: "\(matches.count, of: "line") \(verb)\(more)\(rest)")
    guard let pattern = view.pattern, !matches.lines.isEmpty else { return }
    html(
      "pre", .id("log"), .class("log"), .set(.tabindex, "0"), .set(.ariaLabel, "Matching lines")
    ) { html in
      for line in matches.lines {
        let place = Link.job(view.job.id, run: run.id, find: pattern.text, at: line.start)
        html("a", .href(place), .set(.dataID, "\(line.start)")) { html in
          marked(line.text, pattern, &html)
        }
      }
    }
  }

  /// Writes sanitized text with its matches marked.
  private static func marked(_ text: String, _ pattern: LogPattern?, _ html: inout HTML) {
    guard let pattern else { return html.lines(text) }
    let scalars = Array(text.unicodeScalars)
    func piece(_ range: Range<Int>) -> String {
      var piece = String.UnicodeScalarView()
      piece.append(contentsOf: scalars[range])
      return String(piece)
    }
    var end = 0
    for range in pattern.ranges(in: text) {
      html.lines(piece(end..<range.lowerBound))
      html("mark") { $0.lines(piece(range)) }
      end = range.upperBound
    }
    html.lines(piece(end..<scalars.count))
  }

  private static func button(
    _ id: StaticString, _ label: String, key: String, _ html: inout HTML
  ) {
    html(
      "button", .id(id), .set(.type, "button"), .set(.ariaPressed, "false"), .flag("hidden"),
      .flag("data-script")
    ) { html in
      html.text(label)
      html("kbd", .set(.ariaHidden, "true"), text: key)
    }
  }
}
