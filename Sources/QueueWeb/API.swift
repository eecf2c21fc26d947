import QueueCore
import QueueOperations

/// What a program asks for, in the words of the commands' `--json`.
package enum APIRequest: Equatable, Sendable {
  case status
  case jobs
  /// A job; nil if the query names it.
  case job(String?)
  case queues
  case workers
  case schedules
  /// Groups of dead jobs.
  case errors
  /// Makes a plan.
  case plans
  /// Confirms a plan, or shows how far it is.
  case plan(String)

  /// - Parameter words: the path behind `/api/v1`, decoded.
  init?(_ words: ArraySlice<String>) {
    switch (words.first, words.count) {
    case ("status", 1): self = .status
    case ("jobs", 1): self = .jobs
    case ("job", 1): self = .job(nil)
    case ("jobs", 2): self = .job(words[words.startIndex + 1])
    case ("queues", 1): self = .queues
    case ("workers", 1): self = .workers
    case ("schedules", 1): self = .schedules
    case ("errors", 1): self = .errors
    case ("plans", 1): self = .plans
    case ("plans", 2): self = .plan(words[words.startIndex + 1])
    default: return nil
    }
  }
}

extension APIRequest {
  /// The methods that it accepts.
  var methods: [String] {
    switch self {
    case .plans: ["POST"]
    case .plan: ["GET", "HEAD", "POST"]
    default: ["GET", "HEAD"]
    }
  }

  private static let mostRuns = 500

  /// Reads the answer.
  func answer(
    _ fields: FormFields, _ store: any JobStore, host: MonitorDependencies, at now: Moment
  ) throws(StoreError) -> [UInt8] {
    var writer = JSONWriter()
    switch self {
    case .status:
      let frame = try Frame(store, host: host, at: now)
      writer.object { json in
        json.field("at", now.wall)
        json.field("paused", frame.controls.isEverythingPaused)
        json.key("jobs")
        frame.summary.write(to: &json)
        json.key("workers")
        json.array { json in frame.workers.forEach { $0.write(to: &json) } }
      }
    case .jobs:
      let state = try Self.state(fields["state"])
      let choice = JobList.Choice(state, fields)
      if let problem = choice.filter.problem { throw StoreError(.other, problem) }
      let list = try JobList(choice, store, host: host, at: now)
      if let problem = list.problem { throw StoreError(.tooMany, problem) }
      writer.object { json in
        json.key("jobs")
        json.array { json in list.jobs.forEach { $0.write(to: &json) } }
        json.field("next", list.next?.text)
        json.field("found", list.found)
        json.field("searched", list.searched)
      }
    case .job(let id):
      let name = id ?? fields["id"] ?? ""
      let job = try store.job(name, at: now)
      let runs = try store.runs(of: job.id.text, limit: Self.mostRuns, before: nil)
      job.write(to: &writer) { json in
        json.key("runs")
        json.array { json in runs.forEach { $0.write(to: &json) } }
      }
    case .queues:
      let (controls, summary) = (try store.queueControls(), try store.summary())
      writer.array { json in
        for queue in controls.queues {
          json.object { json in
            json.field("name", queue.name)
            json.field("paused", controls.isEverythingPaused || queue.givesOutNothing)
            json.field("limit", queue.runningLimit)
            json.key("jobs")
            summary.write(to: &json, queue: queue.name)
          }
        }
      }
    case .workers:
      let workers = try WorkerView.all(in: store, host: host, at: now)
      writer.array { json in workers.forEach { $0.write(to: &json) } }
    case .schedules:
      let lines = try ScheduleLine.read(from: store)
      writer.array { json in
        for line in lines {
          let zone = try? host.zone(line.schedule.spec.zone)
          line.schedule.write(to: &json, in: zone, last: line.last)
        }
      }
    case .errors:
      let groups = try ErrorGroup.read(from: store, at: now)
      writer.array { json in groups.forEach { $0.write(to: &json) } }
    case .plans, .plan: throw StoreError(.notFound, "plans aren't in the queue")
    }
    writer.lineEnd()
    return writer.bytes
  }

  private static func state(_ text: String?) throws(StoreError) -> JobState? {
    guard let text else { return nil }
    guard let state = JobState(rawValue: text) else {
      let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")
      throw StoreError(.other, "state must be one of \(names), not \(quoted: text)")
    }
    return state
  }
}

/// Answers to programs.
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
      default:
        let host = desk.host
        return try desk.read { store, now throws(StoreError) in
          Response(200, .json, try api.answer(fields, store, host: host, at: now))
        }
      }
    } catch let error as StoreError {
      // An error that isn't the store's is the caller's.
      let isTheirs = error.code == .other && error.cause == 0
      return Self.refusal(isTheirs ? 400 : Self.status(of: error), error.message)
    } catch let error as Refused {
      return Self.refusal(error.status, error.message)
    } catch {
      return Self.refusal(400, "\(error)")
    }
  }

  private static func refusal(_ status: Int, _ message: String) -> Response {
    var writer = JSONWriter()
    writer.object { json in
      json.key("error")
      json.object { $0.field("message", message) }
    }
    writer.lineEnd()
    return Response(status, .json, writer.bytes)
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

extension ErrorGroup {
  /// Writes it as one object of JSON, with the name by which plans name it.
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("group", name)
      json.field("count", count)
      json.field("exit", key.exit)
      json.field("error", key.pattern)
      json.field("example", example)
      json.field("first_at", firstSeen)
      json.field("last_at", lastSeen)
      json.key("jobs")
      json.array { json in jobs.forEach { json.value($0.id.text) } }
    }
  }
}
