import QueueHost
import QueueTestSupport
import Testing

@testable import QueueWeb

/// From the token to the cookie.
@Suite struct LoggingIn {
  private let web: WebExample

  init() throws { web = try WebExample(needsToken: true) }

  @Test func `without the token there is the form for it, which leads back`() throws {
    let page = try web.get("/jobs/dead?q=a")
    #expect(page.status == 401)
    let form = Markup(page.text)
    #expect(form.elements.contains { $0.attributes["value"] == "/jobs/dead?q=a" })
    #expect(form.problems == [])
    #expect(!page.text.contains("data-part"), "nothing of the queue is told")
  }

  @Test func `the token becomes a cookie that no script and no other site gets`() throws {
    let response = try web.post("/login", [("token", web.token.text), ("next", "/jobs")])
    #expect(response.status == 303 && response.value("Location") == "/jobs")
    let cookie = try #require(response.value("Set-Cookie"))
    #expect(
      cookie == "queuectl_8377=\(web.token.text); Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax")
    let pair = String(cookie.prefix { $0 != ";" })
    #expect(try web.get("/", ["Cookie": pair]).status == 200)
    #expect(try web.get("/metrics", ["Authorization": "Bearer \(web.token.text)"]).status == 200)
  }

  @Test func `a form can't send the browser elsewhere`() throws {
    let response = try web.post("/login", [("token", web.token.text), ("next", "//evil.example")])
    #expect(response.value("Location") == "/")
  }

  @Test func `ten wrong tokens a minute are enough`() throws {
    for _ in 0..<10 {
      #expect(try web.post("/login", [("token", Secret().text)]).status == 401)
    }
    #expect(try web.post("/login", [("token", Secret().text)]).status == 429)
    #expect(try web.get("/", ["Authorization": "Bearer x"]).status == 429)
    #expect(try web.get("/", ["Authorization": "Bearer \(web.token.text)"]).status == 200)
    web.clock.advance(by: .seconds(61))
    #expect(try web.post("/login", [("token", Secret().text)]).status == 401)
  }

  @Test func `health and files are answered while the queue is busy`() throws {
    func answer(_ target: String, _ host: String = "localhost:8377") -> Response? {
      let head = RequestHead("GET", target, fields: [.init("Host", host)])
      return WebSite.answerWithoutQueue(Request(head), web.site.gate)
    }
    #expect(answer("/healthz")?.text == "ok\n")
    #expect(answer(Link.asset(Assets.style.name).text)?.status == 200)
    #expect(answer("/healthz", "evil.example") == nil && answer("/") == nil)
    #expect(answer("/login") == nil && answer("/metrics") == nil)
  }

  @Test func `programs are told how, not given a form`() throws {
    for path in ["/metrics", "/readyz", "/events?of=/", "/log?id=a&run=1"] {
      let response = try web.get(path)
      #expect(response.status == 401 && response.value("WWW-Authenticate") == "Bearer", "\(path)")
    }
    #expect(try web.get("/healthz").status == 200)
  }

  @Test func `logging out takes the cookie away`() throws {
    let fields = ["Cookie": "queuectl_8377=\(web.token.text)"]
    let body = "secret=\(web.site.facts.formSecret.text)"
    guard case .response(let response) = web.reply("POST", "/logout", fields, body: body) else {
      Issue.record("a stream")
      return
    }
    #expect(response.value("Set-Cookie")?.contains("queuectl_8377=; Path=/; Max-Age=0") == true)
  }

  @Test func `behind a proxy, addresses and cookies have its path`() throws {
    let web = try WebExample(needsToken: true, base: "/queue")
    let proxied = ["Host": "ci.example.org", "Origin": "https://ci.example.org"]
    guard
      case .response(let response) = web.reply(
        "POST", "/queue/login", proxied, body: "token=\(web.token.text)&next=/jobs")
    else {
      Issue.record("a stream")
      return
    }
    #expect(response.value("Location") == "/queue/jobs")
    let cookie = try #require(response.value("Set-Cookie"))
    #expect(cookie.contains("Path=/queue;") && cookie.hasSuffix("; Secure"))
    let pair = String(cookie.prefix { $0 != ";" })
    let page = Markup(
      try web.get("/queue/", ["Host": "ci.example.org", "Cookie": pair]).text)
    let links = page.elements.flatMap { element in
      ["href", "src", "action"].compactMap { element.attributes[$0] }
    }
    #expect(links.count > 15)
    #expect(links.allSatisfy { $0.hasPrefix("/queue/") || $0 == "#main" }, "\(links)")
  }
}
