import QueueCore
import QueueHost
import Testing

@testable import QueueWeb

/// Which requests are answered, from their heads alone.
@Suite struct GateKeeping {
  private static let token = Secret()
  private let gate = Gate(token: token, cookie: "queuectl_8377")

  /// A head and what becomes of it.
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    var method = "GET"
    var target = "/"
    var host: String? = "queuectl.localhost:8377"
    var fields: [String] = []
    let verdict: Gate.Verdict

    var testDescription: String { name }

    var head: RequestHead {
      let all = (host.map { ["Host: \($0)"] } ?? []) + fields
      return RequestHead(
        method, target,
        fields: all.map { line in
          let parts = line.split(separator: ":", maxSplits: 1)
          return RequestHead.Field(String(parts[0]), String(parts[1].dropFirst()))
        })
    }
  }

  private static let cookie = "Cookie: queuectl_8377=\(token.text)"
  private static let bearer = "Authorization: Bearer \(token.text)"
  private static let own = "Origin: http://queuectl.localhost:8377"
  private static let form = "Content-Type: application/x-www-form-urlencoded"
  private static let json = "Content-Type: application/json"
  private static let otherName = Gate.Verdict.refusal(
    421, "this server has another name; open the address that it printed")
  private static let otherSite = Gate.Verdict.refusal(403, "this request comes from another site")

  static let hosts: [Case] = [
    Case(name: "the name that is printed", fields: [cookie], verdict: .admit(.overview)),
    Case(name: "localhost", host: "localhost:8377", fields: [cookie], verdict: .admit(.overview)),
    Case(name: "the address", host: "127.0.0.1:8377", fields: [cookie], verdict: .admit(.overview)),
    Case(name: "IPv6", host: "[::1]:8377", fields: [cookie], verdict: .admit(.overview)),
    Case(name: "IPv6, no port", host: "[::1]", fields: [cookie], verdict: .admit(.overview)),
    Case(
      name: "a tunnel's port", host: "localhost:9000", fields: [cookie],
      verdict: .admit(.overview)),
    Case(name: "no port", host: "localhost", fields: [cookie], verdict: .admit(.overview)),
    Case(name: "capitals", host: "LOCALHOST:8377", fields: [cookie], verdict: .admit(.overview)),
    Case(name: "no host", host: nil, fields: [cookie], verdict: otherName),
    Case(name: "two hosts", fields: ["Host: localhost:8377", cookie], verdict: otherName),
    Case(name: "another's name", host: "evil.example:8377", fields: [cookie], verdict: otherName),
    Case(name: "a name before", host: "evil.localhost:8377", fields: [cookie], verdict: otherName),
    Case(
      name: "a name behind", host: "localhost.evil.example", fields: [cookie], verdict: otherName),
    Case(name: "a user", host: "x@localhost:8377", fields: [cookie], verdict: otherName),
    Case(
      name: "a port that is none", host: "localhost:99999", fields: [cookie], verdict: otherName),
    Case(name: "two ports", host: "localhost:80:80", fields: [cookie], verdict: otherName),
    Case(name: "an empty port", host: "localhost:", fields: [cookie], verdict: otherName),
    Case(name: "the machine's address", host: "192.168.1.2:8377", verdict: otherName),
  ]

  static let sites: [Case] = [
    Case(
      name: "its own script", target: "/events?of=/",
      fields: [cookie, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"],
      verdict: .admit(.events)),
    Case(
      name: "typed by the user", fields: [cookie, "Sec-Fetch-Site: none"],
      verdict: .admit(.overview)),
    Case(
      name: "a link from elsewhere",
      fields: [
        cookie, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Dest: document",
      ], verdict: .admit(.overview)),
    Case(
      name: "a frame elsewhere",
      fields: [
        cookie, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe",
      ], verdict: otherSite),
    Case(
      name: "a picture elsewhere",
      fields: [
        cookie, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image",
      ], verdict: otherSite),
    Case(
      name: "another port of this name",
      fields: [cookie, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors"], verdict: otherSite),
    Case(
      name: "a script elsewhere, old browser",
      fields: [cookie, "Origin: https://evil.example"], verdict: otherSite),
  ]

  static let posts: [Case] = [
    Case(
      name: "its own form", method: "POST", target: "/ask", fields: [cookie, own, form],
      verdict: .admit(.ask(plan: nil))),
    Case(
      name: "with a charset", method: "POST", target: "/ask",
      fields: [cookie, own, form + "; charset=utf-8"], verdict: .admit(.ask(plan: nil))),
    Case(
      name: "a form elsewhere", method: "POST", target: "/ask",
      fields: [cookie, "Origin: https://evil.example", form], verdict: otherSite),
    Case(
      name: "a form elsewhere that navigates", method: "POST", target: "/ask",
      fields: [
        cookie, own, form, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Dest: document",
      ], verdict: otherSite),
    Case(
      name: "another port", method: "POST", target: "/ask",
      fields: [cookie, "Origin: http://queuectl.localhost:9999", form], verdict: otherSite),
    Case(
      name: "another scheme", method: "POST", target: "/ask",
      fields: [cookie, "Origin: https://queuectl.localhost:8377", form], verdict: otherSite),
    Case(
      name: "another of our names", method: "POST", target: "/ask",
      fields: [cookie, "Origin: http://localhost:8377", form], verdict: otherSite),
    Case(
      name: "origin null", method: "POST", target: "/ask", fields: [cookie, "Origin: null", form],
      verdict: otherSite),
    Case(
      name: "two origins", method: "POST", target: "/ask", fields: [cookie, own, own, form],
      verdict: otherSite),
    Case(
      name: "no origin", method: "POST", target: "/ask", fields: [cookie, form],
      verdict: .refusal(403, "a form has to name its origin")),
    Case(
      name: "a program", method: "POST", target: "/ask", fields: [bearer, form],
      verdict: .admit(.ask(plan: nil))),
    Case(
      name: "a program with a cookie", method: "POST", target: "/ask",
      fields: [bearer, cookie, form], verdict: .refusal(403, "a form has to name its origin")),
    Case(
      name: "plain text", method: "POST", target: "/ask",
      fields: [cookie, own, "Content-Type: text/plain"],
      verdict: .refusal(415, "send application/x-www-form-urlencoded")),
    Case(
      name: "no type", method: "POST", target: "/ask", fields: [cookie, own],
      verdict: .refusal(415, "send application/x-www-form-urlencoded")),
    Case(
      name: "a program's plan", method: "POST", target: "/api/v1/plans", fields: [bearer, json],
      verdict: .admit(.api(.plans))),
    Case(
      name: "a plan from elsewhere", method: "POST", target: "/api/v1/plans",
      fields: [cookie, "Origin: https://evil.example", json], verdict: otherSite),
    Case(
      name: "a plan by a cookie alone", method: "POST", target: "/api/v1/plans",
      fields: [cookie, json], verdict: .refusal(403, "a form has to name its origin")),
    Case(
      name: "a plan as a form", method: "POST", target: "/api/v1/plans", fields: [bearer, form],
      verdict: .refusal(415, "send application/json")),
    Case(
      name: "a form as JSON", method: "POST", target: "/ask", fields: [bearer, json],
      verdict: .refusal(415, "send application/x-www-form-urlencoded")),
    Case(
      name: "logging in", method: "POST", target: "/login", fields: [own, form],
      verdict: .admit(.login)),
    Case(
      name: "logging in from elsewhere", method: "POST", target: "/login",
      fields: ["Origin: https://evil.example", form], verdict: otherSite),
  ]

  static let tokens: [Case] = [
    Case(name: "none", verdict: .challenge(.overview, wasWrong: false)),
    Case(
      name: "a wrong cookie",
      fields: ["Cookie: queuectl_8377=\(String(repeating: "a", count: 26))"],
      verdict: .challenge(.overview, wasWrong: true)),
    Case(
      name: "another server's cookie", fields: ["Cookie: queuectl_9000=\(token.text)"],
      verdict: .challenge(.overview, wasWrong: false)),
    Case(
      name: "among other cookies", fields: ["Cookie: a=1; queuectl_8377=\(token.text); b=2"],
      verdict: .admit(.overview)),
    Case(
      name: "two different cookies", fields: [cookie, "Cookie: queuectl_8377=x"],
      verdict: .challenge(.overview, wasWrong: false)),
    Case(name: "bearer", target: "/metrics", fields: [bearer], verdict: .admit(.metrics)),
    Case(
      name: "a wrong bearer", target: "/metrics", fields: ["Authorization: Bearer x", cookie],
      verdict: .challenge(.metrics, wasWrong: true)),
    Case(
      name: "part of it", fields: ["Authorization: Bearer \(token.text.dropLast())"],
      verdict: .challenge(.overview, wasWrong: true)),
    Case(
      name: "in the query", target: "/?token=\(token.text)",
      verdict: .challenge(.overview, wasWrong: false)),
    Case(name: "health", target: "/healthz", verdict: .admit(.health)),
    Case(name: "readiness", target: "/readyz", verdict: .challenge(.ready, wasWrong: false)),
    Case(name: "the form for it", target: "/login", verdict: .admit(.login)),
    Case(name: "the style", target: "/assets/app.css", verdict: .admit(.asset("app.css"))),
    Case(
      name: "a question without it", method: "POST", target: "/ask", fields: [own, form],
      verdict: .challenge(.ask(plan: nil), wasWrong: false)),
  ]

  static let shapes: [Case] = [
    Case(name: "no such page", target: "/nothing", verdict: .refusal(404, "no such page")),
    Case(name: "no path", target: "*", verdict: .refusal(404, "no such page")),
    Case(
      name: "an absolute address", target: "http://localhost/",
      verdict: .refusal(404, "no such page")),
    Case(name: "a state that is none", target: "/jobs/x", verdict: .refusal(404, "no such page")),
    Case(
      name: "a path that isn't UTF-8", target: "/job/%FF", verdict: .refusal(404, "no such page")),
    Case(name: "half an escape", target: "/job/%4", verdict: .refusal(404, "no such page")),
    Case(name: "NUL", target: "/job/%00", verdict: .refusal(404, "no such page")),
    Case(
      name: "a changing GET", target: "/ask", fields: [cookie],
      verdict: .refusal(405, "this page takes POST", allow: "POST")),
    Case(
      name: "DELETE", method: "DELETE", target: "/job/a", fields: [cookie],
      verdict: .refusal(405, "this page takes GET, HEAD", allow: "GET, HEAD")),
    Case(
      name: "OPTIONS", method: "OPTIONS", target: "/", fields: [cookie],
      verdict: .refusal(405, "this page takes GET, HEAD", allow: "GET, HEAD")),
    Case(
      name: "a long address", target: "/jobs?q=" + String(repeating: "a", count: 8193),
      verdict: .refusal(414, "the address is too long")),
    Case(
      name: "many fields", fields: (0..<64).map { "X-\($0): a" },
      verdict: .refusal(431, "the header fields are too long")),
    Case(
      name: "a long field", fields: ["X: " + String(repeating: "a", count: 16 << 10)],
      verdict: .refusal(431, "the header fields are too long")),
    Case(
      name: "an encoded id", target: "/job/%3Cb%3E", fields: [cookie],
      verdict: .admit(.job("<b>"))),
    Case(
      name: "HEAD", method: "HEAD", target: "/jobs/dead", fields: [cookie],
      verdict: .admit(.jobs(.dead))),
  ]

  @Test(arguments: hosts) func `a request names this server`(_ one: Case) {
    #expect(gate.verdict(on: one.head) == one.verdict)
  }

  @Test(arguments: sites) func `other sites may only link here`(_ one: Case) {
    #expect(gate.verdict(on: one.head) == one.verdict)
  }

  @Test(arguments: posts) func `only own forms and programs change something`(_ one: Case) {
    #expect(gate.verdict(on: one.head) == one.verdict)
  }

  @Test(arguments: tokens) func `a token opens the site`(_ one: Case) {
    #expect(gate.verdict(on: one.head) == one.verdict)
  }

  @Test(arguments: shapes) func `paths, methods and sizes are checked`(_ one: Case) {
    #expect(gate.verdict(on: one.head) == one.verdict)
  }

  @Test func `read-only, the site takes no form but that for the token`() {
    let gate = Gate(token: Self.token, cookie: "queuectl_8377", isReadOnly: true)
    let refused = Gate.Verdict.refusal(
      403, "this server was started with --readonly: it changes nothing", code: "read_only")
    for one in Self.posts {
      let verdict = gate.verdict(on: one.head)
      guard case .admit(let route) = one.verdict else {
        #expect(verdict == one.verdict)
        continue
      }
      #expect(verdict == (route == .login ? one.verdict : refused))
    }
  }

  @Test func `behind a proxy, only the public address counts`() throws {
    let address = try #require(PublicAddress("https://CI.example.org/queue/"))
    let gate = Gate(token: nil, publicAddress: address)
    func verdict(_ method: String, _ target: String, _ host: String, _ fields: [String] = [])
      -> Gate.Verdict
    {
      gate.verdict(
        on: Case(
          name: "", method: method, target: target, host: host, fields: fields,
          verdict: Self.otherSite
        ).head)
    }
    #expect(verdict("GET", "/queue/", "ci.example.org") == .admit(.overview))
    #expect(verdict("GET", "/queue", "ci.example.org") == .admit(.overview))
    #expect(verdict("GET", "/queue/jobs/dead?q=a", "ci.example.org") == .admit(.jobs(.dead)))
    #expect(verdict("GET", "/jobs", "ci.example.org") == .refusal(404, "no such page"))
    #expect(verdict("GET", "/queuejobs", "ci.example.org") == .refusal(404, "no such page"))
    #expect(verdict("GET", "/queue/", "localhost:8377") == Self.otherName)
    #expect(
      verdict("GET", "/queue/", "localhost", ["X-Forwarded-Host: ci.example.org"])
        == Self.otherName)
    let fields = ["Origin: https://ci.example.org", Self.form]
    #expect(verdict("POST", "/queue/ask", "ci.example.org", fields) == .admit(.ask(plan: nil)))
    let plain = ["Origin: http://ci.example.org", Self.form]
    #expect(verdict("POST", "/queue/ask", "ci.example.org", plain) == Self.otherSite)
  }

  @Test(arguments: [
    "ci.example.org", "ftp://ci.example.org", "https://", "https:///queue", "https://a b/",
    "https://user@host/", "https://host/a?b", "https://host/#a", "https://host//a", "",
  ]) func `an address that browsers can't use is refused`(_ text: String) {
    #expect(PublicAddress(text) == nil)
  }

  @Test func `secrets differ, and only equal ones match`() {
    let secrets = Set((0..<100).map { _ in Secret().text })
    #expect(secrets.count == 100)
    #expect(secrets.allSatisfy { Secret($0) != nil })
    #expect(Self.token.matches(Self.token.text))
    #expect(!Self.token.matches(nil) && !Self.token.matches(""))
    #expect(!Self.token.matches(Self.token.text + "a"))
    #expect(Secret("short") == nil && Secret(String(repeating: "1", count: 26)) == nil)
  }
}

extension Gate.Verdict {
  fileprivate static func refusal(
    _ status: Int, _ message: String, code: String? = nil, allow: String? = nil
  ) -> Gate.Verdict {
    let fields = allow.map { [RequestHead.Field("Allow", $0)] } ?? []
    return .refuse(RequestError(status, message, code: code, fields: fields))
  }
}
