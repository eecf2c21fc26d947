import FoundationEssentials
import Testing

@testable import QueueWeb

/// Refusals below `/api/` are JSON, whatever refuses.
@Suite struct RefusingPrograms {
  private struct Answer: Decodable {
    struct Failure: Decodable, Equatable {
      let code: String
      let message: String
    }
    let error: Failure
  }

  private func failure(_ reply: WebSite.Reply) throws -> (Response, Answer.Failure) {
    guard case .response(let response) = reply else {
      throw WebExample.Unexpected(text: "a stream")
    }
    #expect(response.type == .json, "\(response.text)")
    return (response, try JSONDecoder().decode(Answer.self, from: Data(response.body)).error)
  }

  /// A request, and how it is refused.
  struct Case: CustomTestStringConvertible, Sendable {
    var method = "GET"
    let path: String
    var fields: [String: String] = [:]
    let status: Int
    let code: String

    var testDescription: String { "\(method) \(path.prefix(40)) \(fields.keys.sorted())" }
  }

  static let cases: [Case] = [
    Case(path: "", status: 404, code: "not_found"),
    Case(path: "/nothing", status: 404, code: "not_found"),
    Case(path: "/jobs/a/runs/x/log", status: 404, code: "not_found"),
    Case(path: "/jobs/%ff", status: 404, code: "not_found"),
    Case(path: "/jobs/none", status: 404, code: "not_found"),
    Case(method: "DELETE", path: "/jobs", status: 405, code: "wrong_method"),
    Case(path: "/plans", status: 405, code: "wrong_method"),
    Case(path: "/jobs?q=%4", status: 400, code: "invalid"),
    Case(
      path: "/jobs?q=" + String(repeating: "a", count: 8193), status: 414, code: "too_long"),
    Case(
      path: "/jobs", fields: ["X": String(repeating: "a", count: 16 << 10)], status: 431,
      code: "too_long"),
    Case(path: "/jobs", fields: ["Host": "evil.example"], status: 421, code: "wrong_host"),
    Case(path: "/jobs", fields: ["Origin": "https://evil.example"], status: 403, code: "refused"),
    Case(method: "POST", path: "/plans", status: 415, code: "wrong_type"),
    Case(
      method: "POST", path: "/plans", fields: ["Content-Type": "application/json"], status: 400,
      code: "invalid"),
  ]

  @Test(arguments: cases) func `a refusal is JSON with its code`(_ one: Case) throws {
    let web = try WebExample()
    let (response, failure) = try failure(web.reply(one.method, "/api/v1\(one.path)", one.fields))
    #expect(response.status == one.status && failure.code == one.code)
    #expect(!failure.message.isEmpty && !failure.message.hasSuffix("\n"))
  }

  @Test func `the methods that a path takes are named`() throws {
    let web = try WebExample()
    let (response, failure) = try failure(web.reply("DELETE", "/api/v1/jobs"))
    #expect(response.value("Allow") == "GET, HEAD")
    #expect(failure.message == "this page takes GET, HEAD")
    #expect(try web.get("/ask").value("Allow") == "POST")
  }

  @Test func `a read-only server refuses with a code of its own`() throws {
    let web = try WebExample(isReadOnly: true)
    let json = ["Content-Type": "application/json"]
    let (response, failure) = try failure(
      web.reply("POST", "/api/v1/plans", json, body: #"{"do":"pause-all"}"#))
    #expect(response.status == 403 && failure.code == "read_only")
    let foreign = try self.failure(
      web.reply("POST", "/api/v1/plans", ["Origin": "https://evil.example"]))
    #expect(foreign.0.status == 403 && foreign.1.code == "refused")
  }

  @Test func `without the token, and after ten wrong ones`() throws {
    let web = try WebExample(needsToken: true)
    let (response, failure) = try failure(web.reply("GET", "/api/v1/status"))
    #expect(response.status == 401 && failure.code == "unauthorized")
    #expect(response.value("WWW-Authenticate") == "Bearer")
    let wrong = ["Authorization": "Bearer x"]
    for _ in 0..<10 { #expect(try web.get("/api/v1/status", wrong).status == 401) }
    let (late, reason) = try self.failure(web.reply("GET", "/api/v1/status", wrong))
    #expect(late.status == 429 && reason.code == "too_many_tries")
    #expect(late.value("Retry-After") == "60")
  }

  @Test func `beyond the most streams, a program may retry`() throws {
    let web = try WebExample()
    for _ in 0..<32 { _ = web.reply("GET", "/api/v1/events") }
    let (response, failure) = try failure(web.reply("GET", "/api/v1/events"))
    #expect(response.status == 503 && failure.code == "busy")
    #expect(response.value("Retry-After") == "1")
  }

  @Test func `behind a proxy, the API is below the site's path`() throws {
    let web = try WebExample(base: "/queue")
    let host = ["Host": "ci.example.org"]
    let (response, _) = try failure(web.reply("GET", "/queue/api/v1/nothing", host))
    #expect(response.status == 404)
    #expect(try web.get("/api/v1/nothing", host).type == .text)
  }

  @Test func `browsers get text`() throws {
    let web = try WebExample()
    let (page, host) = (try web.get("/nothing"), try web.get("/", ["Host": "evil.example"]))
    #expect(page.status == 404 && page.type == .text && page.text == "no such page\n")
    #expect(host.status == 421 && host.type == .text)
  }
}
