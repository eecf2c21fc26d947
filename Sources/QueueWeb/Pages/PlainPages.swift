import QueueCore

extension Page {
  /// The login form.
  /// - Parameter next: the page after login.
  static func login(next: Link, problem: String?) -> Page {
    Page(title: "Log in", isLive: false) { html in
      html("p") { html in
        html.append("The token opens this queue. This command prints it: ")
        Parts.shell("queuectl web --print-token", &html)
      }
      if let problem { html("p", .class("alarm"), .set(.role, "alert"), text: problem) }
      html("form", .id("login"), .class("acts"), .set(.method, "post"), .action(.login)) { html in
        Forms.hidden("next", next.text, &html)
        html("label", .set(.forID, "token"), text: "Token")
        html.void(
          "input", .id("token"), .set(.name, "token"), .set(.type, "password"),
          .set(.autocomplete, "current-password"), .set(.spellcheck, "false"))
        html("button", text: "Open")
      }
    }
  }

  /// A message instead of a page.
  static func message(_ title: String, _ text: String, back: Link? = nil) -> Page {
    Page(title: title, isLive: false) { html in
      html("p", .class("alarm"), .set(.role, "alert"), text: text)
      html("p") { html in
        html(
          "a", .class("button"), .href(back ?? .overview), text: back == nil ? "Overview" : "Back")
      }
    }
  }
}
