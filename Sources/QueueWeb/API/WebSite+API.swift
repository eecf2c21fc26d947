import QueueCore
import QueueHost
import QueueOperations

/// Answers API requests.
extension WebSite {
  mutating func answer(
    _ api: APIRequest, _ fields: FormFields, _ request: Request
  ) throws(RequestError) -> Reply {
    let parameters = try APIParameters(fields, of: api)
    switch api {
    case .events: return try followStatus()
    case .plans:
      let name = try plan(PlanRequest(request.body).fields)
      return .response(try answer(200, plan: name))
    case .plan(let name):
      let found = try answer(200, plan: name)
      guard request.head.method == "POST" else { return .response(found) }
      try start(name, count: PlanRequest.count(request.body)) { number in
        "confirm this plan with {\"count\": \(number)}: it affects that many jobs or workers"
      }
      return .response(try answer(202, plan: name))
    default: return .response(try read(api, parameters))
    }
  }

  private mutating func read(
    _ api: APIRequest, _ parameters: APIParameters
  ) throws(RequestError) -> Response {
    let host = desk.host
    do throws(StoreError) {
      if case .log(let job, let run) = api {
        return try log(of: job ?? parameters.id, run, from: parameters.from)
      }
      return try desk.read { store, now throws(StoreError) in
        Response(200, .json, try api.answer(parameters, store, host: host, at: now))
      }
    } catch {
      throw RequestError(error)
    }
  }

  /// Returns the response head of a log; the server streams the log.
  private mutating func log(
    of job: String, _ run: RunID, from start: Int
  ) throws(StoreError) -> Response {
    let found = try desk.read { store, now throws(StoreError) in
      try store.run(run, of: store.job(job, at: now).id.text)
    }
    guard found != nil else {
      throw StoreError(.notFound, "job \(quoted: job) has no run \(run)")
    }
    guard let log = try? LogReader(path: desk.host.logs.log(of: run)) else {
      throw StoreError(.notFound, "the log of run \(run) is missing")
    }
    let end = log.size
    var response = Response(200, .bytes, [])
    response.log = LogSpan(run: run, bytes: min(start, end)..<end)
    response.fields = [RequestHead.Field("X-Queuectl-Next", "\(end)")]
    return response
  }

  private func answer(_ status: Int, plan name: String) throws(RequestError) -> Response {
    guard let plan = plans[name] else {
      throw RequestError(404, "there is no such plan, or no longer: make a new one")
    }
    var writer = JSONWriter()
    plan.write(to: &writer, name: name)
    writer.lineEnd()
    return Response(status, .json, writer.bytes)
  }
}
