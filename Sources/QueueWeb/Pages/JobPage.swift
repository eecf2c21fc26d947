import QueueCore
import QueueOperations

extension Page {
  static func job(_ view: JobView, _ frame: Frame, _ site: SiteFacts) -> Page {
    let job = view.job
    var page = Page(title: job.id.text, isID: true, tab: .jobs(job.state)) { html in
      html.part("div", "state", .class("why"), .set(.role, "status")) { state(view, &$0) }
      html.part("div", "acts", .class("job-acts")) { actions(view, site, &$0) }
      html("div", .class("grid")) { html in
        Parts.panel("Job", "", "panel half", &html) { html in
          html.part("dl", "facts", .class("facts")) { facts(view, frame, &$0) }
        }
        Parts.panel("Runs", "", "panel half", &html) { html in
          html.part("div", "runs", .class("scroll")) { runs(view, frame, &$0) }
        }
      }
      log(view, &html)
    }
    page.tab = nil
    page.hints = [
      ("r", "retry"), ("x", "cancel"), ("d", "discard"), ("f", "follow the log"), ("w", "wrap"),
      ("y", "copy the id"), ("q", "back"),
    ]
    return page
  }

  // MARK: Its state

  private static func state(_ view: JobView, _ html: inout HTML) {
    let job = view.job
    html("p") { html in
      Parts.state(job.state, &html)
      if let progress = job.progress, job.state == .processing {
        html.append(" ")
        html(
          "progress", .set(.max, "100"), .set(.value, "\(Int(progress.percent))"),
          .set(.ariaLabel, "Progress"), content: { _ in })
        html.append(" ")
        html.text(progress.text)
      }
    }
    html("ul") { html in
      for reason in view.explanation.reasons {
        html("li") { html in
          html.text(reason.text(for: job))
          guard let advice = reason.advice(for: job) else { return }
          html.append(" ")
          Parts.shell(advice, &html)
        }
      }
    }
  }

  private static func actions(_ view: JobView, _ site: SiteFacts, _ html: inout HTML) {
    let job = view.job
    Forms.asking([("job", job.id.text)], back: .job(job.id), site, &html) { html in
      switch job.state {
      case .dead:
        Forms.button("Retry", .retry, key: "r", &html)
        Forms.button("Discard", .discard, key: "d", &html)
      case .failed:
        Forms.button("Retry now", .retry, key: "r", &html)
        Forms.button("Cancel", .cancel, key: "x", &html)
      case .cancelled: Forms.button("Retry", .retry, key: "r", &html)
      case .pending, .processing: Forms.button("Cancel", .cancel, key: "x", &html)
      case .completed: break
      }
    }
  }

  private static func facts(_ view: JobView, _ frame: Frame, _ html: inout HTML) {
    let job = view.job
    fact("command", &html) { $0("code", .class("command"), text: job.command) }
    fact("queue", job.queue, &html)
    if job.priority != 0 { fact("priority", "\(job.priority)", &html) }
    fact("tries", "\(job.attempts) of \(job.maxRetries + 1)", &html)
    if let timeout = job.timeout { fact("timeout", timeout.text, &html) }
    if let directory = job.directory { fact("directory", directory, &html) }
    if let key = job.uniqueKey { fact("unique key", key, &html) }
    if let origin = job.origin {
      fact("schedule", &html) { html in
        html("a", .href(.schedules), text: origin.schedule)
        html.text(" for \(origin.time.iso8601)")
      }
    }
    fact("created", &html) { moment(job.createdAt, frame, &$0) }
    fact("last change", &html) { moment(job.updatedAt, frame, &$0) }
    if let runAt = job.runAt, job.state.isUnfinished, runAt > frame.now.wall {
      fact("runs", &html) { html in
        Parts.until(runAt, frame.now, &html)
      }
    }
    if !job.environment.isEmpty {
      // Values are often secrets: only names are sent.
      let names = job.environment.map { "\($0.name)=***" }.joined(separator: " ")
      fact("environment", names, &html)
    }
    fact("elsewhere", &html) { html in
      Parts.shell(ShellWords.command(["queuectl", "show", job.id.text]), &html)
    }
  }

  private static func moment(_ time: Timestamp, _ frame: Frame, _ html: inout HTML) {
    Parts.age(time, frame.now, &html)
    html.text(" ago, \(time.iso8601)")
  }

  private static func fact(_ name: String, _ value: String, _ html: inout HTML) {
    fact(name, &html) { $0.text(value) }
  }

  private static func fact(
    _ name: String, _ html: inout HTML, value: (inout HTML) -> Void
  ) {
    html("dt", text: name)
    html("dd", content: value)
  }

  // MARK: Its runs

  private static func runs(_ view: JobView, _ frame: Frame, _ html: inout HTML) {
    guard !view.runs.isEmpty else {
      return html("p", .class("quiet"), text: "It hasn't run yet.")
    }
    html("table", .class("rows")) { html in
      Parts.head(
        [
          ("run", true), ("try", true), ("began", false), ("waited", true), ("ran", true),
          ("cpu", true), ("memory", true), ("worker", false), ("end", false),
        ], &html)
      html("tbody") { html in
        for run in view.runs { row(run, view, frame, &html) }
      }
    }
    guard view.hasMoreRuns, let last = view.runs.last else { return }
    html("p") { html in
      html("a", .href(.runs(of: view.job.id, before: last.id)), text: "older runs")
    }
  }

  private static func row(_ run: Run, _ view: JobView, _ frame: Frame, _ html: inout HTML) {
    let isChosen = run.id == view.chosen?.id
    html("tr", .set(.dataID, "run-\(run.id)"), isChosen ? .class("chosen") : nil) { html in
      html("th", .set(.scope, "row"), .class("n")) { html in
        html(
          "a", .class("id"), .href(.job(view.job.id, run: run.id)),
          isChosen ? .set(.ariaCurrent, "true") : nil, text: "\(run.id)")
      }
      html("td", .class("n"), text: "\(run.attempt)")
      html("td") { Parts.age(run.startedAt, frame.now, &$0) }
      html("td", .class("n"), text: run.waited.map(Format.span) ?? "–")
      html("td", .class("n")) { html in
        if let elapsed = run.elapsed {
          html.text(Format.span(elapsed))
        } else {
          Parts.age(run.startedAt, frame.now, &html)
        }
      }
      html("td", .class("n"), text: run.cpuTime.map(Format.span) ?? "–")
      html("td", .class("n"), text: run.peakMemoryBytes.map { ByteCount.brief($0) } ?? "–")
      html("td", text: run.worker.description)
      html("td", .class("err")) { html in
        guard let end = run.end else { return html.append("running") }
        html("span", .class(end.isSuccess ? "good" : "bad"), text: end.summary)
        let detail = RunResult.detail(run)
        if !detail.isEmpty, detail != end.summary { html.text(" · \(detail)") }
      }
    }
  }

  // MARK: A log

  private static func log(_ view: JobView, _ html: inout HTML) {
    guard let run = view.chosen else { return }
    html("section", .class("logs"), .set(.ariaLabel, "Log")) { html in
      html("div", .class("bar")) { html in
        html("h2", text: "Log of run \(run.id)")
        if let log = view.log, log.start > 0 {
          html("span", .class("quiet"), text: "its end, \(ByteCount.brief(log.end)) in all")
        }
        html("span", .class("acts")) { html in
          button("follow", "Follow", key: "f", &html)
          button("wrap", "Wrap", key: "w", &html)
          html("a", .class("button"), .href(.log(of: view.job.id, run: run.id)), text: "Plain text")
        }
      }
      html.part("p", "newer", .class("quiet")) { html in
        guard let latest = view.job.latestRun, latest.id != run.id else { return }
        html("a", .href(.job(view.job.id)), text: "The latest run is \(latest.id).")
      }
      if view.log == nil { html("p", .class("quiet"), text: "There is no log of this run.") }
      html(
        "pre", .id("log"), .class("log"), .set(.tabindex, "0"), .set(.ariaLabel, "Log"),
        .set(.dataRun, "\(run.id)"), .set(.dataEnd, "\(view.log?.end ?? 0)")
      ) { html in
        html.lines(view.log?.text ?? "")
      }
      Parts.shell(
        ShellWords.command(["queuectl", "logs", view.job.id.text, "--run", "\(run.id)"]), &html)
    }
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
