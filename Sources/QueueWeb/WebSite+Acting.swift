import QueueCore
import QueueHost
import QueueOperations

/// Actions take two requests: one makes a plan, the next confirms it.
extension WebSite {
  mutating func post(_ route: Route, _ request: Request) -> Response {
    guard let text = String(validating: request.body, as: UTF8.self),
      let form = FormFields(text[...])
    else { return Response(400, text: "the form is malformed") }
    if route == .login { return login(form, request.head) }
    guard facts.formSecret.matches(form["secret"]) else {
      return document(
        403,
        .message("Not done", "The server has restarted since this page was loaded: reload it."),
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
    do throws(RequestError) {
      return .redirect(to: .plan(try plan(form)), base: facts.base)
    } catch {
      let title = error.status == 422 ? "Nothing to do" : "Nothing was done"
      return document(error.status, .message(title, error.message, back: back), nil)
    }
  }

  private mutating func confirm(_ name: String, _ form: FormFields) -> Response {
    do throws(RequestError) {
      let count = form["count"].flatMap { Int($0.filter { $0 != "," && $0 != " " }) }
      try start(name, count: count) { number in
        "Type \(number) to confirm: it affects that many jobs or workers."
      }
      return .redirect(to: .plan(name), base: facts.base)
    } catch {
      let back: Link? = error.status == 404 ? nil : .plan(name)
      return document(error.status, .message("Not done", error.message, back: back), nil)
    }
  }

  // MARK: Plans

  /// Makes a plan and returns its name.
  mutating func plan(_ fields: FormFields) throws(RequestError) -> String {
    guard let purpose = fields["do"].flatMap({ Purpose(rawValue: $0) }) else {
      throw RequestError(400, "the form names no action")
    }
    do {
      let host = desk.host
      let groups = fields["group"] == nil ? [] : try desk.groups(isFresh: true)
      let planned = try desk.read { store, now throws(StoreError) -> Result<Plan, any Error> in
        let frame = try Frame(store, host: host, at: now)
        let planner = Planner(store: store, frame: frame, groups: groups, fields: fields)
        return Result { try planner.plan(purpose) }
      }
      var plan = try planned.get()
      plan.file = desk.file
      return plans.add(plan, at: desk.host.now().uptime)
    } catch let error as RequestError {
      throw error
    } catch let error as StoreError {
      throw RequestError(error)
    } catch {
      throw RequestError(500, "\(error)")
    }
  }

  /// Begins a plan; a short one is done when this returns.
  /// - Parameters:
  ///   - count: the typed number, for plans that need it.
  ///   - asking: asks for the right number.
  mutating func start(
    _ name: String, count: Int?, asking: (_ number: Int) -> String
  ) throws(RequestError) {
    guard var plan = plans[name] else {
      throw RequestError(404, "This confirmation has expired: go back, and start over.")
    }
    guard case .open = plan.state else {
      throw RequestError(409, "This was already confirmed.")
    }
    guard !plan.asksNumber || count == plan.count else {
      throw RequestError(422, asking(plan.count))
    }
    var runner = ActionRunner(plan.action, dependencies: desk.host)
    runner.file = plan.file
    plan.state = .running(runner.progress)
    plans[name] = plan
    runners.append((name, runner))
    note(plan.title)
    advance()
  }

  // MARK: Running

  /// How long an action runs before the next request is answered.
  private static let piece = Duration.milliseconds(100)

  /// Whether an action is running.
  package var isActing: Bool { !runners.isEmpty }

  /// Continues actions for one interval.
  package mutating func advance() {
    let deadline = desk.host.now().uptime + Self.piece
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
}
