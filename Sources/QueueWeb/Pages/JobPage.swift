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
      LogSection.write(view, &html)
    }
    page.tab = nil
    page.hints = [
      ("r", "retry"), ("x", "cancel"), ("z", "pause"), ("d", "discard"), ("f", "follow the log"),
      ("w", "wrap"),
      ("/", "find"), ("[ ]", "older, newer run"), ("y", "copy the id"), ("q", "back"),
    ]
    return page
  }

  // MARK: Its state

  private static func state(_ view: JobView, _ html: inout HTML) {
    let job = view.job
    html("p") { html in
      Parts.state(job.state, &html)
      if job.frozenSince != nil {
        html.append(" ")
        html("strong", text: "FROZEN")
      }
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
      case .pending: Forms.button("Cancel", .cancel, key: "x", &html)
      case .processing:
        Forms.button("Cancel", .cancel, key: "x", &html)
        job.latestRun?.freeze?.isWanted == true
          ? Forms.button("Resume", .resumeJob, key: "z", &html)
          : Forms.button("Pause", .pauseJob, key: "z", &html)
      case .completed: break
      }
    }
  }

  private static func facts(_ view: JobView, _ frame: Frame, _ html: inout HTML) {
    let job = view.job
    Parts.fact("command", &html) { $0("code", .class("command"), text: job.command) }
    Parts.fact("queue", job.queue, &html)
    if job.priority != 0 { Parts.fact("priority", "\(job.priority)", &html) }
    Parts.fact("attempt", job.attemptText.replacing("/", with: " of "), &html)
    if let timeout = job.timeout { Parts.fact("timeout", timeout.text, &html) }
    for rule in job.retryRules.described + job.limits.described {
      Parts.fact(rule.name, rule.value, &html)
    }
    if let directory = job.directory { Parts.fact("directory", directory, &html) }
    if !job.tags.isEmpty { Parts.fact("tags", job.tags.joined(separator: ", "), &html) }
    if let key = job.uniqueKey { Parts.fact("unique key", key, &html) }
    if let origin = job.origin {
      Parts.fact("schedule", &html) { html in
        html("a", .href(.schedule(origin.schedule)), text: origin.schedule)
        html.text(" for \(origin.time.iso8601)")
      }
    }
    Parts.fact("created", &html) { Parts.moment(job.createdAt, frame, &$0) }
    Parts.fact("last change", &html) { Parts.moment(job.updatedAt, frame, &$0) }
    if let runAt = job.runAt, job.state.isUnfinished, runAt > frame.now.wall {
      Parts.fact("runs", &html) { html in
        Parts.until(runAt, frame.now, &html)
      }
    }
    if !job.environment.isEmpty || job.inheritsEnvironment == true {
      // Only names are sent, because values may be secrets.
      let names = job.environment.map { "\($0.name)=***" }.joined(separator: " ")
      let origin = job.inheritsEnvironment == true ? "that of enqueue: " : "the worker's and "
      Parts.fact("environment", origin + names, &html)
    }
    Parts.fact("elsewhere", &html) { html in
      Parts.shell(ShellWords.command(["queuectl", "show", job.id.text]), &html)
    }
  }

  // MARK: Its runs

  private static func runs(_ view: JobView, _ frame: Frame, _ html: inout HTML) {
    guard !view.runs.isEmpty else {
      return html("p", .class("quiet"), text: "It hasn't run yet.")
    }
    html("table", .class("rows")) { html in
      Parts.head(
        [
          ("run", true), ("attempt", true), ("began", false), ("waited", true), ("ran", true),
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
}
