import QueueCore
import QueueOperations

extension Page {
  static func queues(_ frame: Frame, _ site: SiteFacts) -> Page {
    var page = Page(title: "Queues", tab: .queues) { html in
      html.part("div", "queues", .class("panel scroll")) { html in
        queues(frame, site.isReadOnly ? nil : site, &html)
      }
      Forms.asking([], back: .queues, site, &html) { html in
        Forms.button("Pause everything", .pauseAll, &html)
        Forms.button("Resume everything", .resumeAll, &html)
      }
    }
    page.hints = [
      ("j k", "move"), ("P", "pause, resume"), ("Enter", "its jobs"), ("?", "all keys"),
    ]
    return page
  }

  /// - Parameter site: nil without buttons.
  static func queues(_ frame: Frame, _ site: SiteFacts?, _ html: inout HTML) {
    guard !frame.controls.queues.isEmpty else {
      return html("p", .class("quiet"), text: "No queue has had a job yet.")
    }
    let states: [JobState] = [.pending, .processing, .failed, .dead, .completed]
    html("table", .class("rows cards")) { html in
      Parts.head(
        [("queue", false), ("state", false), ("limit", true)]
          + states.map { ($0.rawValue, true) } + (site == nil ? [] : [("action", false)]),
        &html)
      html("tbody") { html in
        for queue in frame.controls.queues {
          html("tr", .set(.dataID, queue.name)) { html in
            html("th", .set(.scope, "row")) { html in
              html("a", .href(.jobs(nil, filter: FilterWord.queue(queue.name))), text: queue.name)
            }
            html("td") { html in
              html(
                "span", .class(queue.givesOutNothing ? "state failed" : "state idle"),
                text: queue.isPaused ? "paused" : queue.runningLimit == 0 ? "limit 0" : "open")
            }
            html(
              "td", .class("n"), .set(.dataLabel, "limit"),
              text: queue.runningLimit.map { "\($0)" } ?? "–")
            for state in states {
              let style: StaticString? =
                state == .dead ? "bad" : state == .failed ? "warn" : nil
              Parts.number(
                frame.summary.count(state, queue: queue.name), style, label: state.rawValue, &html)
            }
            guard let site else { return }
            html("td") { html in
              Forms.asking([("queue", queue.name)], back: .queues, site, &html) { html in
                Forms.button(
                  queue.isPaused ? "Resume" : "Pause", queue.isPaused ? .resume : .pause, key: "P",
                  &html)
              }
              Forms.asking([("queue", queue.name)], back: .queues, site, &html) { html in
                html.void(
                  "input", .set(.name, "limit"), .set(.type, "text"), .set(.inputmode, "numeric"),
                  .class("limit"), .set(.pattern, "[0-9]*"), .set(.autocomplete, "off"),
                  .set(.ariaLabel, "Limit of \(queue.name); empty for none"),
                  .set(.placeholder, "limit"))
                Forms.button("Set", .limit, &html)
              }
            }
          }
        }
      }
    }
  }

  static func workers(_ frame: Frame, _ site: SiteFacts) -> Page {
    var page = Page(title: "Workers", tab: .workers) { html in
      html.part("div", "workers", .class("panel scroll")) { html in
        workers(frame, site.isReadOnly ? nil : site, &html)
      }
      Forms.asking([], back: .workers, site, &html) { html in
        Forms.button("Stop all workers", .stopAll, key: "S", &html)
      }
    }
    page.hints = [("j k", "move"), ("s", "stop"), ("S", "stop all"), ("?", "all keys")]
    return page
  }

  /// - Parameter site: nil without buttons.
  static func workers(_ frame: Frame, _ site: SiteFacts?, _ html: inout HTML) {
    guard !frame.workers.isEmpty else {
      return html("p", .class("quiet")) { html in
        html.append("No worker is registered. ")
        Parts.shell("queuectl worker start", &html)
      }
    }
    // The overview has little room.
    let showsVersion = site != nil || Set(frame.workers.map(\.record.version)).count > 1
    html("table", .class("rows cards")) { html in
      Parts.head(
        [
          ("worker", false), ("state", false), ("host and pid", false), ("heartbeat", false),
          ("job", false), ("for", false), ("done", true), ("failed", true),
        ] + (showsVersion ? [("version", false)] : [])
          + (site == nil ? [] : [("action", false)]), &html)
      html("tbody") { html in
        for worker in frame.workers { row(worker, frame, site, showsVersion, &html) }
      }
    }
  }

  private static func row(
    _ worker: WorkerView, _ frame: Frame, _ site: SiteFacts?, _ showsVersion: Bool,
    _ html: inout HTML
  ) {
    let record = worker.record
    html("tr", .set(.dataID, record.id.description)) { html in
      html("th", .set(.scope, "row"), text: record.id.description)
      html("td") { html in
        Parts.status(worker.condition, &html)
        if let trouble = worker.trouble {
          html.append(" ")
          html("span", .class("bad"), text: trouble)
        }
      }
      html("td", text: "\(record.process.host) \(record.process.pid)")
      html("td", .set(.dataLabel, "heartbeat")) { Parts.age(record.heartbeatAt, frame.now, &$0) }
      html("td", .set(.dataLabel, "job")) { html in
        guard let current = record.current else { return html.append("–") }
        html("a", .class("id"), .href(.job(current.job)), text: current.job.text)
      }
      html("td", .set(.dataLabel, "for")) { html in
        guard let current = record.current else { return html.append("–") }
        Parts.age(current.since, frame.now, &html)
      }
      Parts.number(record.completed, label: "done", &html)
      Parts.number(record.failed, label: "failed", &html)
      if showsVersion {
        html("td", .set(.dataLabel, "version"), text: record.version ?? "–")
      }
      guard let site else { return }
      html("td") { html in
        guard worker.condition != .lost else { return html.append("–") }
        Forms.asking([("worker", record.id.description)], back: .workers, site, &html) { html in
          if worker.condition != .stopping { Forms.button("Stop", .stop, key: "s", &html) }
          if record.current != nil { Forms.button("End its job now", .stopNow, &html) }
        }
      }
    }
  }
}
