import QueueCore
import QueueHost
import QueueOperations

/// Answers API requests.
extension WebSite {
  mutating func answer(
    _ api: APIRequest, _ fields: FormFields, _ request: Request
  ) -> Response {
    do {
      switch api {
      case .plans:
        let name = try plan(PlanRequest(request.body).fields)
        return try Self.answer(200, plan: name, in: plans)
      case .plan(let name):
        guard request.head.method == "POST" else {
          return try Self.answer(200, plan: name, in: plans)
        }
        try start(name, count: PlanRequest.count(request.body))
        return try Self.answer(202, plan: name, in: plans)
      case .log(let job, let run):
        let start = try fields.number("from", in: 0...Int.max) ?? 0
        return try log(of: job ?? fields["id"] ?? "", run, from: start)
      default:
        let host = desk.host
        return try desk.read { store, now throws(StoreError) in
          Response(200, .json, try api.answer(fields, store, host: host, at: now))
        }
      }
    } catch let error as StoreError {
      // An error that isn't the store's is the caller's.
      let isTheirs = error.code == .other && error.cause == 0
      return Self.refusal(
        isTheirs ? 400 : Self.status(of: error), error.message,
        code: isTheirs ? nil : error.code.word)
    } catch let error as Refused {
      return Self.refusal(error.status, error.message)
    } catch {
      return Self.refusal(400, "\(error)")
    }
  }

  private static func refusal(
    _ status: Int, _ message: String, code: String? = nil
  ) -> Response {
    var writer = JSONWriter()
    writer.object { json in
      json.key("error")
      json.object { json in
        json.field("code", code ?? word(of: status))
        json.field("message", message)
      }
    }
    writer.lineEnd()
    var response = Response(status, .json, writer.bytes)
    if status == 503 { response.fields = [RequestHead.Field("Retry-After", "1")] }
    return response
  }

  private static func word(of status: Int) -> String {
    switch status {
    case 400: "invalid"
    case 404: "not_found"
    case 409: "wrong_state"
    default: "refused"
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

  private static func answer(
    _ status: Int, plan name: String, in plans: PlanBook
  ) throws(Refused) -> Response {
    guard let plan = plans[name] else { throw Refused(status: 404, message: "no such plan") }
    var writer = JSONWriter()
    plan.write(to: &writer, name: name)
    writer.lineEnd()
    return Response(status, .json, writer.bytes)
  }
}

extension StoreError.Code {
  /// The word in JSON.
  fileprivate var word: String {
    switch self {
    case .duplicate: "duplicate"
    case .notFound: "not_found"
    case .tooMany: "too_many"
    case .wrongState: "wrong_state"
    case .busy: "busy"
    case .full: "full"
    case .readOnly: "read_only"
    case .cannotOpen: "cannot_open"
    case .foreign: "foreign"
    case .newer: "newer"
    case .corrupt: "corrupt"
    case .undurable: "undurable"
    case .other: "other"
    }
  }
}
