import QueueCore
package import QueueHost
package import QueueOperations

/// Answers requests. Belongs to the store's thread.
package struct WebSite {
  package let facts: SiteFacts
  package let gate: Gate
  var desk: Desk
  var plans = PlanBook()
  var runners: [(plan: String, runner: ActionRunner)] = []
  var wrongTokens: [Duration] = []
  var streams: [StreamID: PageStream] = [:]
  var followers: [StreamID: StatusStream] = [:]
  var streamCount = 0
  /// Requests answered so far by status code, counted by the server.
  package var requests: [Int: Int] = [:]
  /// Returns the current token, which can change at run time; nil if none is needed.
  let token: () -> Secret?
  /// Called with one line for each requested change.
  let note: (String) -> Void

  package init(
    host: MonitorDependencies, facts: SiteFacts, gate: Gate, token: @escaping () -> Secret?,
    note: @escaping (String) -> Void = { _ in }
  ) {
    desk = Desk(host: host)
    self.facts = facts
    self.gate = gate
    self.token = token
    self.note = note
  }

  /// Answers requests that don't read the queue, on any thread; nil for others.
  package static func answerWithoutQueue(_ request: Request, _ gate: Gate) -> Response? {
    switch gate.verdict(on: request.head) {
    case .admit(.health): Response(200, text: "ok")
    case .admit(.asset(let name)): asset(name)
    default: nil
    }
  }

  /// A reply to a request.
  package enum Reply {
    case response(Response)
    /// A stream, fed by ``tick(_:)``.
    case stream(StreamID, Response)
  }

  package mutating func reply(to request: Request) -> Reply {
    do throws(RequestError) {
      return try admit(request)
    } catch {
      return .response(gate.response(to: request.head, error))
    }
  }

  private mutating func admit(_ request: Request) throws(RequestError) -> Reply {
    var gate = gate
    gate.token = token()
    switch gate.verdict(on: request.head) {
    case .refuse(let error): throw error
    case .challenge(let route, let wasWrong):
      if wasWrong, !mayTry() { throw Self.tooManyTries }
      return .response(try challenge(route, request))
    case .admit(let route):
      let query = request.head.target.drop { $0 != "?" }.dropFirst()
      guard let fields = FormFields(query) else {
        throw RequestError(400, "the query of this address is malformed")
      }
      switch route {
      case .events: return try stream(fields)
      case .api(let api): return try answer(api, fields, request)
      default: return .response(answer(route, fields, request))
      }
    }
  }

  private mutating func answer(
    _ route: Route, _ fields: FormFields, _ request: Request
  ) -> Response {
    switch route {
    case .health: Response(200, text: "ok")
    case .asset(let name): Self.asset(name)
    case _ where request.head.method == "POST": post(route, request)
    case .login: document(200, .login(next: .overview, problem: nil), nil)
    case .ready: ready()
    case .metrics: metrics(request.head)
    case .log: log(fields)
    default: page(route, fields)
    }
  }

  private static func asset(_ name: String) -> Response {
    guard let asset = Assets.named(name) else { return Response(404, text: "no such file") }
    var response = Response(200, asset.type, asset.bytes)
    response.isImmutable = true
    return response
  }
}
