import QueueCore
import QueueOperations

/// What a program reads as JSON, in the words of the commands' `--json`.
package enum APIRequest: Equatable, Sendable {
  case status
  case jobs
  /// A job; nil if the query names it.
  case job(String?)
  case queues
  case workers

  /// - Parameter words: the path behind `/api/v1`, decoded.
  init?(_ words: ArraySlice<String>) {
    switch (words.first, words.count) {
    case ("status", 1): self = .status
    case ("jobs", 1): self = .jobs
    case ("job", 1): self = .job(nil)
    case ("jobs", 2): self = .job(words[words.startIndex + 1])
    case ("queues", 1): self = .queues
    case ("workers", 1): self = .workers
    default: return nil
    }
  }
}

extension APIRequest {
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
        frame.workers.write(to: &json)
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
      let workers = try WorkerRow.all(in: store, host: host, at: now)
      workers.write(to: &writer)
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

  /// An error as JSON; one that isn't the store's is the caller's.
  static func answer(to error: StoreError) -> Response {
    var writer = JSONWriter()
    writer.object { json in
      json.key("error")
      json.object { $0.field("message", error.message) }
    }
    writer.lineEnd()
    let status = error.code == .other && error.cause == 0 ? 400 : WebSite.status(of: error)
    return Response(status, .json, writer.bytes)
  }
}

extension [WorkerRow] {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.array { json in
      for worker in self {
        worker.record.write(to: &json, as: worker.status, trouble: worker.trouble)
      }
    }
  }
}
