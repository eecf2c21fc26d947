import QueueCore
import QueueHost
import QueueOperations

/// Login: a form or header brings the token; a cookie keeps it.
extension WebSite {
  private static let triesInAMinute = 10
  static let tooManyTries = RequestError(
    429, "too many wrong tokens: wait a minute", fields: [RequestHead.Field("Retry-After", "60")])

  /// Counts a wrong token; false beyond the limit per minute.
  mutating func mayTry() -> Bool {
    let now = desk.host.now().uptime
    wrongTokens = wrongTokens.filter { now - $0 < .seconds(60) }
    guard wrongTokens.count < Self.triesInAMinute else { return false }
    wrongTokens.append(now)
    return true
  }

  func challenge(_ route: Route, _ request: Request) throws(RequestError) -> Response {
    switch route {
    case .metrics, .ready, .events, .log, .api:
      throw RequestError(
        401, "send the token: queuectl web --print-token",
        fields: [RequestHead.Field("WWW-Authenticate", "Bearer")])
    default:
      let target = String(request.head.target.dropFirst(facts.base.count))
      let next = request.head.method == "GET" ? Link(returning: target) : nil
      return document(401, .login(next: next ?? .overview, problem: nil), nil)
    }
  }

  mutating func login(_ form: FormFields, _ head: RequestHead) -> Response {
    let next = form["next"].flatMap { Link(returning: $0) } ?? .overview
    guard let token = token() else { return .redirect(to: next, base: facts.base) }
    guard token.matches(form["token"]) else {
      guard mayTry() else { return Response(Self.tooManyTries) }
      return document(401, .login(next: next, problem: "That token is wrong."), nil)
    }
    var response = Response.redirect(to: next, base: facts.base)
    response.fields.append(cookie(token.text, seconds: 30 * 86_400))
    return response
  }

  func cookie(_ value: String, seconds: Int) -> RequestHead.Field {
    let path = facts.base.isEmpty ? "/" : facts.base
    let secure = gate.publicAddress?.isSecure == true ? "; Secure" : ""
    return RequestHead.Field(
      "Set-Cookie",
      "\(gate.cookie)=\(value); Path=\(path); Max-Age=\(seconds); HttpOnly; SameSite=Lax\(secure)")
  }
}
