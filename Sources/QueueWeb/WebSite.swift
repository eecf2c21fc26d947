import QueueCore
package import QueueHost
package import QueueOperations

/// The site: a request goes in, an answer comes out. It belongs to the thread that owns the store.
package struct WebSite {
  package let facts: SiteFacts
  package let gate: Gate
  var desk: Desk
  var plans = PlanBook()
  private var runners: [(plan: String, runner: ActionRunner)] = []
  private var wrongTokens: [Duration] = []
  var streams: [StreamID: PageStream] = [:]
  private var streamCount = 0
  /// The current token, which may be replaced while the server runs; nil where none is needed.
  private let token: () -> Secret?
  /// Is told of each change that was asked for, in a line.
  private let note: (String) -> Void

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

  /// Answers what needs nothing of the queue, on any thread; nil for everything else.
  package static func answerWithoutQueue(_ request: Request, _ gate: Gate) -> Response? {
    switch gate.verdict(on: request.head) {
    case .admit(.health): Response(200, text: "ok")
    case .admit(.asset(let name)): asset(name)
    default: nil
    }
  }

  /// The answer to a request.
  package enum Reply {
    case response(Response)
    /// The changes of a page, from ``tick()``.
    case stream(StreamID, Response)
  }

  package mutating func reply(to request: Request) -> Reply {
    var gate = gate
    gate.token = token()
    switch gate.verdict(on: request.head) {
    case .refuse(let status, let message):
      var response = Response(status, text: message)
      if status == 405, let path = gate.path(of: request.head), let route = Route(path) {
        response.fields = [RequestHead.Field("Allow", route.methods.joined(separator: ", "))]
      }
      return .response(response)
    case .challenge(let route, let wasWrong):
      if wasWrong, !mayTry() { return .response(Self.tooManyTries) }
      return .response(challenge(route, request))
    case .admit(let route):
      let query = request.head.target.drop { $0 != "?" }.dropFirst()
      guard let fields = FormFields(query) else {
        return .response(Response(400, text: "the query of this address is malformed"))
      }
      if route == .events { return stream(fields) }
      return .response(answer(route, fields, request))
    }
  }

  // MARK: Logging in

  private static let triesInAMinute = 10
  private static let tooManyTries = Response(429, text: "too many wrong tokens: wait a minute")

  /// Whether another wrong token may be answered like the first.
  private mutating func mayTry() -> Bool {
    let now = desk.host.now().uptime
    wrongTokens = wrongTokens.filter { now - $0 < .seconds(60) }
    guard wrongTokens.count < Self.triesInAMinute else { return false }
    wrongTokens.append(now)
    return true
  }

  private func challenge(_ route: Route, _ request: Request) -> Response {
    switch route {
    case .metrics, .ready, .events, .log, .api:
      var response = Response(401, text: "send the token: queuectl web --print-token")
      response.fields = [RequestHead.Field("WWW-Authenticate", "Bearer")]
      return response
    default:
      let target = String(request.head.target.dropFirst(facts.base.count))
      let next = request.head.method == "GET" ? Link(returning: target) : nil
      return document(401, .login(next: next ?? .overview, problem: nil), nil)
    }
  }

  private mutating func login(_ form: FormFields, _ head: RequestHead) -> Response {
    let next = form["next"].flatMap { Link(returning: $0) } ?? .overview
    guard let token = token() else { return .redirect(to: next, base: facts.base) }
    guard token.matches(form["token"]) else {
      guard mayTry() else { return Self.tooManyTries }
      return document(401, .login(next: next, problem: "That isn't the token."), nil)
    }
    var response = Response.redirect(to: next, base: facts.base)
    response.fields.append(cookie(token.text, seconds: 30 * 86_400))
    return response
  }

  private func cookie(_ value: String, seconds: Int) -> RequestHead.Field {
    let path = facts.base.isEmpty ? "/" : facts.base
    let secure = gate.publicAddress?.isSecure == true ? "; Secure" : ""
    return RequestHead.Field(
      "Set-Cookie",
      "\(gate.cookie)=\(value); Path=\(path); Max-Age=\(seconds); HttpOnly; SameSite=Lax\(secure)")
  }

  // MARK: Answering

  private mutating func answer(
    _ route: Route, _ fields: FormFields, _ request: Request
  ) -> Response {
    if request.head.method == "POST" { return post(route, request) }
    switch route {
    case .health: return Response(200, text: "ok")
    case .asset(let name): return Self.asset(name)
    case .login:
      return document(200, .login(next: .overview, problem: nil), nil)
    case .api(let request):
      let host = desk.host
      do throws(StoreError) {
        return try desk.read { store, now throws(StoreError) in
          Response(200, .json, try request.answer(fields, store, host: host, at: now))
        }
      } catch {
        return APIRequest.answer(to: error)
      }
    case .ready, .metrics, .log:
      do throws(StoreError) {
        return try plain(route, fields, request.head)
      } catch {
        return Response(Self.status(of: error), text: error.message)
      }
    default:
      do throws(StoreError) {
        let (page, frame) = try page(route, fields)
        return document(200, page, frame)
      } catch {
        let title = error.code == .notFound ? "Not found" : "The queue can't be read"
        return document(Self.status(of: error), .message(title, error.message), nil)
      }
    }
  }

  private static func asset(_ name: String) -> Response {
    guard let asset = Assets.named(name) else { return Response(404, text: "no such file") }
    var response = Response(200, asset.type, asset.bytes)
    response.isImmutable = true
    return response
  }

  private mutating func plain(
    _ route: Route, _ fields: FormFields, _ head: RequestHead
  ) throws(StoreError) -> Response {
    switch route {
    case .log:
      guard let id = fields["id"], let number = fields["run"].flatMap({ Int64($0) }) else {
        return Response(400, text: "the address needs id= and run=")
      }
      let found = try desk.read { store, _ throws(StoreError) in
        try store.run(RunID(number), of: id)
      }
      guard found != nil else { return Response(404, text: "no such run") }
      var response = Response(200, .text, [])
      response.log = RunID(number)
      response.fields = [
        RequestHead.Field("Content-Disposition", "attachment; filename=\"run-\(number).log\"")
      ]
      return response
    case .metrics:
      let (host, facts) = (desk.host, facts)
      let accepted = head.values(of: "accept").joined(separator: ",")
      let isOpen = accepted.contains("application/openmetrics-text")
      let format: MetricsText.Format = isOpen ? .openMetrics : .prometheus
      let metrics = try desk.read { store, now throws(StoreError) in
        try QueueMetrics(store, host: host, at: now, version: facts.version, format: format)
      }
      return Response(200, .metrics(format), Array(metrics.text.utf8))
    default:
      _ = try desk.read { store, _ throws(StoreError) in try store.summary() }
      return Response(200, text: "ready")
    }
  }

  /// Reads what a page shows.
  mutating func page(
    _ route: Route, _ fields: FormFields
  ) throws(StoreError) -> (Page, Frame) {
    let (facts, host) = (facts, desk.host)
    let needsGroups = route == .overview || route == .errors
    let groups = needsGroups ? try desk.groups() : []
    let plans = plans
    return try desk.read { store, now throws(StoreError) in
      let frame = try Frame(store, host: host, at: now)
      switch route {
      case .overview:
        let overview = try Overview(store, groups: groups, at: now)
        return (.overview(overview, frame), frame)
      case .jobs(let state):
        let list = try JobList(JobList.Choice(state, fields), store, host: host, at: now)
        return (.jobs(list, frame, facts), frame)
      case .job(let id):
        guard let id = id ?? fields["id"] else {
          throw StoreError(.notFound, "the address needs id=")
        }
        let view = try JobView(JobView.Choice(id, fields), store, frame, host: host)
        return (.job(view, frame, facts), frame)
      case .errors: return (.errors(groups, frame, facts), frame)
      case .queues: return (.queues(frame, facts), frame)
      case .workers: return (.workers(frame, facts), frame)
      case .schedules: return (.schedules(try ScheduleRow.all(in: store), frame, facts), frame)
      case .ask(let name?):
        guard let plan = plans[name] else {
          throw StoreError(
            .notFound, "This question is no longer open: go back, and ask again.")
        }
        return (.plan(plan, name, facts), frame)
      default: throw StoreError(.notFound, "no such page")
      }
    }
  }

  private func document(_ status: Int, _ page: Page, _ frame: Frame?) -> Response {
    var facts = facts
    facts.utcOffsetSeconds = desk.host.utcOffsetSeconds(desk.host.now().wall)
    return Response(status, .html, page.html(facts, frame).bytes)
  }

  static func status(of error: StoreError) -> Int {
    switch error.code {
    case .notFound: 404
    case .wrongState, .duplicate: 409
    case .tooMany: 422
    case .readOnly: 403
    default: 503
    }
  }

  // MARK: Acting

  private mutating func post(_ route: Route, _ request: Request) -> Response {
    guard let text = String(validating: request.body, as: UTF8.self),
      let form = FormFields(text[...])
    else { return Response(400, text: "the form is malformed") }
    if route == .login { return login(form, request.head) }
    guard facts.formSecret.matches(form["secret"]) else {
      return document(
        403,
        .message("Not done", "This page is from before a restart of the server: load it again."),
        nil)
    }
    switch route {
    case .logout:
      var response = Response.redirect(to: .login, base: facts.base)
      response.fields.append(cookie("", seconds: 0))
      return response
    case .ask(let name?): return confirm(name, form)
    default: return ask(form)
    }
  }

  private mutating func ask(_ form: FormFields) -> Response {
    let back = form["back"].flatMap { Link(returning: $0) }
    guard let purpose = form["do"].flatMap({ Purpose(rawValue: $0) }) else {
      return Response(400, text: "the form names no action")
    }
    do {
      let host = desk.host
      let groups = form["group"] == nil ? [] : try desk.groups(isFresh: true)
      let planned = try desk.read { store, now throws(StoreError) -> Result<Plan, any Error> in
        let frame = try Frame(store, host: host, at: now)
        let planner = Planner(store: store, frame: frame, groups: groups, fields: form)
        return Result { try planner.plan(purpose) }
      }
      var plan = try planned.get()
      plan.file = desk.file
      let name = plans.add(plan, at: desk.host.now().uptime)
      return .redirect(to: .plan(name), base: facts.base)
    } catch let error as Unanswerable {
      return document(422, .message("Nothing to do", error.message, back: back), nil)
    } catch let error as StoreError {
      return document(
        Self.status(of: error), .message("Nothing was done", error.message, back: back), nil)
    } catch {
      return document(500, .message("Nothing was done", "\(error)", back: back), nil)
    }
  }

  private mutating func confirm(_ name: String, _ form: FormFields) -> Response {
    guard var plan = plans[name], case .open = plan.state else {
      return document(
        409, .message("Not done", "This question is no longer open: go back, and ask again."), nil)
    }
    if plan.asksNumber {
      let number = form["count"].flatMap { Int($0.filter { $0 != "," && $0 != " " }) }
      guard number == plan.count else {
        return document(
          422,
          .message(
            "Not done", "Type \(plan.count) to go on: that many jobs or workers it is about.",
            back: .plan(name)), nil)
      }
    }
    var runner = ActionRunner(plan.action, dependencies: desk.host)
    runner.file = plan.file
    plan.state = .running(runner.progress)
    plans[name] = plan
    runners.append((name, runner))
    note(plan.title)
    // Most are done at once, so that the next page shows the result.
    advance(until: desk.host.now().uptime + Self.piece)
    return .redirect(to: .plan(name), base: facts.base)
  }

  /// How long an action goes on until requests are answered again.
  private static let piece = Duration.milliseconds(100)

  /// Whether an action isn't over.
  package var isActing: Bool { !runners.isEmpty }

  /// Goes on with actions for a while.
  package mutating func advance() { advance(until: desk.host.now().uptime + Self.piece) }

  private mutating func advance(until deadline: Duration) {
    while let (name, runner) = runners.first {
      var runner = runner
      let result: ActionResult?
      do throws(StoreError) {
        let store = try desk.open()
        result =
          desk.file == runner.file
          ? runner.advance(on: store, until: deadline)
          : runner.broken(off: "the database was replaced by another")
      } catch {
        result = runner.broken(off: error.message)
      }
      if let result {
        runners.removeFirst()
        plans[name]?.state = .done(result)
        note(result.text)
      } else {
        runners[0].runner = runner
        plans[name]?.state = .running(runner.progress)
      }
      guard desk.host.now().uptime < deadline else { return }
    }
  }

  // MARK: Streams

  private mutating func stream(_ fields: FormFields) -> Reply {
    guard let of = fields["of"], of.hasPrefix("/") else {
      return .response(Response(400, text: "the address needs of="))
    }
    let path = of.prefix { $0 != "?" }
    guard let route = Route(path), let query = FormFields(of.dropFirst(path.count + 1)) else {
      return .response(Response(404, text: "no such page"))
    }
    guard streams.count < PageStream.most else {
      return .response(Response(503, text: "too many pages are open"))
    }
    streamCount += 1
    let id = StreamID(number: streamCount)
    var stream = PageStream(target: of, route: route, fields: query)
    if let run = fields["run"].flatMap({ Int64($0) }), let end = fields["from"].flatMap({ Int($0) })
    {
      stream.log = LogFollowing(run: RunID(run), from: max(0, end))
    }
    streams[id] = stream
    var response = Response(200, .events, [])
    response.fields = [RequestHead.Field("X-Accel-Buffering", "no")]
    return .stream(id, response)
  }
}
