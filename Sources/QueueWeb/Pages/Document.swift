import QueueCore
package import QueueHost
import QueueOperations

/// Facts about the site for every page.
package struct SiteFacts: Sendable {
  /// The database's host and path.
  package var place: String
  /// The program's version.
  package var version = ""
  /// The site's path; empty, or without a trailing slash.
  package var base = ""
  /// The forms' secret, against cross-site requests.
  package var formSecret = Secret()
  /// Identifies this start of the server; a restart invalidates ``formSecret``.
  package let server = String(Secret().text.prefix(8))
  /// Whether pages offer no actions.
  package var isReadOnly = false
  /// Whether pages have a logout.
  package var hasLogin = false
  /// The local offset from UTC in seconds, positive to the east.
  package var utcOffsetSeconds = 0

  package init(place: String) { self.place = place }
}

/// The pages of the navigation bar, in order.
enum Tab: Equatable {
  case overview
  case jobs(JobState?)
  case errors, queues, workers, schedules

  static let all: [Tab] = [
    .overview, .jobs(.processing), .jobs(.pending), .jobs(.failed), .jobs(.dead),
    .jobs(.completed), .jobs(nil), .errors, .queues, .workers, .schedules,
  ]

  /// Its key, as in `top`.
  var key: String? {
    switch self {
    case .overview: "0"
    case .jobs(.processing): "1"
    case .jobs(.pending): "2"
    case .jobs(.failed): "3"
    case .jobs(.dead): "4"
    case .jobs(.completed): "5"
    case .jobs(nil): "6"
    case .jobs(.cancelled): nil
    case .errors: "e"
    case .schedules: "9"
    case .queues: "7"
    case .workers: "8"
    }
  }

  var name: String {
    switch self {
    case .overview: "Overview"
    case .jobs(let state?): state.rawValue.prefix(1).uppercased() + state.rawValue.dropFirst()
    case .jobs(nil): "All jobs"
    case .errors: "Errors"
    case .schedules: "Schedules"
    case .queues: "Queues"
    case .workers: "Workers"
    }
  }

  var link: Link {
    switch self {
    case .overview: .overview
    case .jobs(let state): .jobs(state)
    case .errors: .errors
    case .schedules: .schedules
    case .queues: .queues
    case .workers: .workers
    }
  }

  /// Whether its count needs an operator.
  func isAlarming(_ frame: Frame) -> Bool {
    switch self {
    case .jobs(.dead): frame.count(.dead) > 0
    case .schedules: frame.schedules.faulty > 0
    default: false
    }
  }

  func figure(_ frame: Frame) -> Int? {
    switch self {
    case .overview, .errors: nil
    case .jobs(let state): frame.count(state)
    case .schedules: frame.schedules.all
    case .queues: frame.controls.queues.count
    case .workers: frame.present.count
    }
  }
}

/// A page's content without its frame.
struct Page {
  /// The title of window and heading.
  var title: String
  /// Whether the heading is an id.
  var isID = false
  var tab: Tab?
  /// Whether it is live.
  var isLive = true
  /// The reload interval without scripts, in seconds; nil for none.
  var refresh: Int?
  var hints: [(key: String, words: String)] = []
  var content: (inout HTML) -> Void

  /// Writes the whole document.
  func html(_ site: SiteFacts, _ frame: Frame?, leavesAgesOut: Bool = false) -> HTML {
    var html = HTML(base: site.base, leavesAgesOut: leavesAgesOut)
    html.append("<!doctype html>\n")
    html("html", .set(.lang, "en")) { html in
      head(site, &html)
      html("body", .set(.dataBase, site.base), isLive ? .flag("data-live") : nil) { html in
        html("a", .class("skip"), .href(.fragment("main")), text: "Skip to the content")
        header(site, frame, &html)
        html("main", .id("main"), .set(.tabindex, "-1")) { html in
          html("h1", isID ? .class("mono") : nil, text: title)
          if let frame { Self.alarms(frame, &html) }
          content(&html)
        }
        footer(&html)
      }
    }
    return html
  }

  private func head(_ site: SiteFacts, _ html: inout HTML) {
    html("head") { html in
      html.void("meta", .set(.charset, "utf-8"))
      html.void(
        "meta", .set(.name, "viewport"), .set(.content, "width=device-width, initial-scale=1"))
      html.void("meta", .set(.name, "color-scheme"), .set(.content, "light dark"))
      if let refresh {
        html("noscript") { html in
          html.void("meta", .refresh, .set(.content, "\(refresh)"))
        }
      }
      html("title", text: "\(title) · queuectl")
      html.void("link", .set(.rel, "stylesheet"), .href(.asset(Assets.style.name)))
      html.void("link", .set(.rel, "icon"), .href(.asset(Assets.icon.name)))
      html(
        "script", .set(.type, "module"), .src(.asset(Assets.script.name)), content: { _ in })
    }
  }

  private func header(_ site: SiteFacts, _ frame: Frame?, _ html: inout HTML) {
    html("header", .class("top")) { html in
      html("div", .class("title")) { html in
        html("a", .class("name"), .href(.overview), text: "queuectl")
        html("span", .class("place"), .set(.title, site.place), text: site.place)
        html("span", .class("right")) { html in
          if site.isReadOnly { html("span", .class("badge"), text: "read-only") }
          if let frame {
            let clock = LocalClock.text(frame.now.wall, offsetSeconds: site.utcOffsetSeconds)
            html("span", .id("live"), .class("live"), .set(.role, "status"), text: "as of \(clock)")
          }
          html("button", .id("theme"), .set(.type, "button"), .flag("hidden"), text: "Theme")
          html("button", .id("help"), .set(.type, "button"), .flag("hidden")) { html in
            html.append("Keys")
            html("kbd", text: "?")
          }
          if site.hasLogin, frame != nil {
            html("form", .set(.method, "post"), .action(.logout)) { html in
              Forms.secret(site, &html)
              html("button", text: "Log out")
            }
          }
        }
      }
      if let frame { navigation(frame, &html) }
    }
  }

  private func navigation(_ frame: Frame, _ html: inout HTML) {
    html("nav", .set(.ariaLabel, "Pages")) { html in
      html.part("ul", "tabs") { html in
        for entry in Tab.all {
          html("li") { html in
            html(
              "a", .href(entry.link), entry.key.map { .set(.dataKey, $0) },
              entry == tab ? .set(.ariaCurrent, "page") : nil
            ) { html in
              if let key = entry.key { html("kbd", .set(.ariaHidden, "true"), text: key) }
              html.text(entry.name)
              guard let figure = entry.figure(frame) else { return }
              let isAlarm = entry.isAlarming(frame)
              html.append(" ")
              html(
                "span", .class(isAlarm ? "figure bad" : "figure"),
                text: Format.short(figure) + (isAlarm ? "!" : ""))
            }
          }
        }
      }
    }
  }

  /// Warnings about the whole queue.
  private static func alarms(_ frame: Frame, _ html: inout HTML) {
    html.part("div", "alarms", .set(.ariaLive, "polite")) { html in
      if frame.controls.isEverythingPaused {
        html("p", .class("alarm")) { html in
          html.append("Everything is paused: no jobs start. ")
          Parts.shell("queuectl queue resume --all", &html)
        }
      }
      let waiting = frame.summary.unfinished()
      if frame.present.isEmpty, waiting > 0 {
        html("p", .class("alarm")) { html in
          html.text(
            "\(Format.grouped(waiting)) \(waiting == 1 ? "job waits" : "jobs wait"), "
              + "and no worker runs. ")
          Parts.shell("queuectl worker start", &html)
        }
      }
    }
  }

  private func footer(_ html: inout HTML) {
    guard !hints.isEmpty else { return }
    html("footer", .set(.ariaHidden, "true")) { html in
      for hint in hints {
        html("span") { html in
          html("kbd", text: hint.key)
          html.append(" ")
          html.text(hint.words)
        }
      }
    }
  }

  static let listHints = [
    ("0-9 e", "pages"), ("j k", "move"), ("Enter", "open"), ("/", "filter"), ("Space", "mark"),
    ("p", "hold"), ("?", "all keys"),
  ]
}
