import QueueCore
import QueueOperations

extension Page {
  static func jobs(_ list: JobList, _ frame: Frame, _ site: SiteFacts) -> Page {
    let choice = list.choice
    let tab = Tab.jobs(choice.state)
    let title = choice.state.map { "\(Tab.jobs($0).name) jobs" } ?? "All jobs"
    var page = Page(title: title, tab: tab) { html in
      filterForm(choice, &html)
      if site.isReadOnly {
        table(list, frame, site, &html)
      } else {
        html("form", .set(.method, "post"), .action(.ask)) { html in
          Forms.secret(site, &html)
          Forms.hidden("back", choice.link().text, &html)
          Forms.hidden("q", choice.filter.text, &html)
          table(list, frame, site, &html)
        }
      }
      html.part("p", "more", .class("pages")) { more(list, &$0) }
      if choice.filter.isEmpty { Parts.shell(shell(choice), &html) }
    }
    page.hints = Page.listHints
    return page
  }

  private static func table(
    _ list: JobList, _ frame: Frame, _ site: SiteFacts, _ html: inout HTML
  ) {
    html("div", .class("bar")) { html in
      html.part("p", "count", .class("quiet")) { $0.text(count(list, frame)) }
      if !site.isReadOnly { buttons(list.choice, &html) }
    }
    html.part("div", "rows", .class("panel scroll")) { rows(list, frame, site, &$0) }
  }

  private static func filterForm(_ choice: JobList.Choice, _ html: inout HTML) {
    html(
      "form", .class("filter"), .set(.role, "search"), .action(.jobs(choice.state))
    ) { html in
      html("label", .class("away"), .set(.forID, "q"), text: "Filter")
      html.void(
        "input", .id("q"), .set(.name, "q"), .set(.type, "search"),
        .set(.value, choice.filter.text), .set(.autocomplete, "off"), .set(.spellcheck, "false"),
        .set(
          .placeholder,
          "words, !word, id: cmd: err: exit:1 attempt:>1 age:>10m queue:mail tag:import is:blocked"
        ))
      html("button") { html in
        html.append("Filter")
        html("kbd", .set(.ariaHidden, "true"), text: "/")
      }
      if !choice.filter.text.isEmpty {
        html("a", .class("button"), .href(.jobs(choice.state)), text: "Clear")
      }
    }
    guard let problem = choice.filter.problem else { return }
    html("p", .class("alarm")) { html in
      html.text(problem)
      html.append(" This word was ignored.")
    }
  }

  private static func count(_ list: JobList, _ frame: Frame) -> String {
    if let problem = list.problem { return problem }
    let all = Format.grouped(frame.count(list.choice.state))
    guard let found = list.found else {
      let from = list.choice.after == nil ? "" : ", an older page"
      return "\(Format.grouped(list.jobs.count)) of \(all)\(from)"
    }
    let matches = "\(Format.grouped(found)) \(found == 1 ? "matches" : "match")"
    guard let searched = list.searched else { return "\(matches) of \(all)" }
    return "\(matches) among the \(Format.grouped(searched)) searched, of \(all)"
  }

  private static func buttons(_ choice: JobList.Choice, _ html: inout HTML) {
    html("div", .class("acts")) { html in
      let state = choice.state
      if state == nil || state == .dead || state == .failed || state == .cancelled {
        Forms.button("Retry marked", .retry, key: "r", &html)
      }
      if state == nil || state?.isUnfinished == true {
        Forms.button("Cancel marked", .cancel, key: "x", &html)
      }
      if state == nil || state == .processing {
        Forms.button("Pause marked", .pauseJob, key: "z", &html)
        Forms.button("Resume marked", .resumeJob, key: "Z", &html)
      }
      if state == nil || state == .dead {
        Forms.button("Discard marked", .discard, key: "d", &html)
      }
      guard state == .dead else { return }
      Forms.button("Retry all that match", .retryAll, key: "R", &html)
      Forms.button("Discard all that match", .discardAll, key: "D", &html)
    }
  }

  // MARK: Rows

  private static func rows(
    _ list: JobList, _ frame: Frame, _ site: SiteFacts, _ html: inout HTML
  ) {
    guard !list.jobs.isEmpty else {
      let words =
        list.choice.filter.isEmpty ? "No jobs." : "No jobs match."
      return html("p", .class("quiet"), text: list.problem == nil ? words : "")
    }
    html("table", .class("rows cards")) { html in
      html("caption", .class("away"), text: "Jobs")
      html("thead") { html in
        html("tr") { html in
          if !site.isReadOnly { title("mark", &html) }
          title("state", &html)
          title("job", &html)
          title("queue", &html)
          sortable(.priority, "priority", list, &html)
          sortable(.attempts, "attempt", list, &html)
          title("exit", &html)
          let age = list.choice.usualKey
          sortable(age, age == .created ? "age" : "ended", list, &html)
          title("command", &html)
          title("last error", &html)
        }
      }
      html("tbody") { html in
        for job in list.jobs { row(job, frame, site, by: list.choice.usualKey, &html) }
      }
    }
  }

  private static func title(_ text: String, _ html: inout HTML) {
    html("th", .set(.scope, "col"), text: text)
  }

  private static func sortable(
    _ key: JobOrder.Key, _ name: String, _ list: JobList, _ html: inout HTML
  ) {
    let choice = list.choice
    let isCurrent = choice.sort.key == key
    let order = isCurrent ? (choice.sort.isReversed ? "ascending" : "descending") : nil
    html("th", .set(.scope, "col"), .class("n"), order.map { .set(.ariaSort, $0) }) { html in
      var next = choice
      next.sort = JobOrder(key, isReversed: isCurrent && !choice.sort.isReversed)
      next.after = nil
      html("a", .href(next.link()), .set(.title, "Sort by \(name)")) { html in
        html.text(name)
        if isCurrent {
          html("span", .set(.ariaHidden, "true"), text: choice.sort.isReversed ? " ↑" : " ↓")
        }
      }
    }
  }

  private static func row(
    _ job: Job, _ frame: Frame, _ site: SiteFacts, by key: JobOrder.Key, _ html: inout HTML
  ) {
    let isPaused = job.state == .processing && job.latestRun?.freeze?.isWanted == true
    html("tr", .set(.dataID, job.id.text), isPaused ? .flag("data-frozen") : nil) { html in
      if !site.isReadOnly {
        html("td", .class("mark")) { html in
          html.void(
            "input", .set(.type, "checkbox"), .set(.name, "job"), .set(.value, job.id.text),
            .set(.ariaLabel, "Mark \(job.id.text)"))
        }
      }
      html("td") { Parts.state(job.state, &$0) }
      html("th", .set(.scope, "row")) { html in
        html("a", .class("id"), .href(.job(job.id)), text: job.id.text)
      }
      html("td", .class("extra"), text: job.queue)
      html("td", .class("n extra"), text: "\(job.priority)")
      html("td", .class("n attempt"), text: job.attemptText)
      html("td", text: RunResult.short(job.latestRun))
      html("td", .class("n")) { html in
        Parts.age(key == .created ? job.createdAt : job.updatedAt, frame.now, &html)
      }
      html("td", .class("long")) { html in
        Self.clipped(job.command, &html)
      }
      html("td", .class("err")) { html in
        let error = job.error == nil ? "" : RunResult.detail(job.latestRun)
        if let since = job.frozenSince {
          html.append("FROZEN ")
          Parts.age(since, frame.now, &html)
        } else if let progress = job.progress, job.state == .processing {
          html.text(progress.text)
        } else {
          Self.clipped(error, &html)
        }
      }
    }
  }

  /// Writes text that a narrow column may cut, with the full text as tooltip.
  static func clipped(_ text: String, _ html: inout HTML) {
    guard text.utf8.count > 30 else { return html.text(text) }
    html("span", .set(.title, text), text: shortened(text))
  }

  /// Shortens a command, which may have 128 KiB.
  static func shortened(_ command: String) -> String {
    command.unicodeScalars.dropFirst(200).isEmpty
      ? command : String(command.unicodeScalars.prefix(199)) + "…"
  }

  private static func more(_ list: JobList, _ html: inout HTML) {
    if list.choice.after != nil {
      var first = list.choice
      first.after = nil
      html("a", .class("button"), .href(first.link()), text: "First page")
    }
    guard let next = list.next else { return }
    var following = list.choice
    following.after = next
    let isSearch = list.searched != nil && (list.found ?? 0) <= list.choice.limit
    html(
      "a", .class("button"), .href(following.link()), .set(.rel, "next"),
      text: isSearch ? "Continue searching" : "Next page")
  }

  /// The equivalent command of a list without a filter, which can say more than options.
  private static func shell(_ choice: JobList.Choice) -> String {
    var words = ["queuectl", "list"]
    if let state = choice.state { words += ["--state", state.rawValue] }
    return ShellWords.command(words)
  }
}

extension JobList.Choice {
  /// The list's address.
  func link() -> Link {
    .jobs(
      state, filter: filter.text, sort: sort.key == usualKey ? nil : sort.key.rawValue,
      isReversed: sort.isReversed, after: after?.text)
  }
}
