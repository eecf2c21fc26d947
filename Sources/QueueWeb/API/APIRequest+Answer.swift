import QueueCore
import QueueOperations

extension APIRequest {
  private static let mostRuns = 500
  private static let mostMinutes = 120

  /// Returns the JSON, in the format of the commands' `--json`.
  func answer(
    _ fields: FormFields, _ store: any JobStore, host: MonitorDependencies, at now: Moment
  ) throws(StoreError) -> [UInt8] {
    var writer = JSONWriter()
    switch self {
    case .status: try Frame(store, host: host, at: now).write(to: &writer)
    case .stats: try StatsReport(of: store, queue: fields["queue"], at: now).write(to: &writer)
    case .minutes:
      let count = try fields.number("count", in: 1...Self.mostMinutes) ?? Self.mostMinutes
      try Self.write(count, of: fields["queue"], store, at: now, to: &writer)
    case .jobs: try Self.write(fields, store, host, at: now, to: &writer)
    case .job(let id):
      let job = try store.job(id ?? fields["id"] ?? "", at: now)
      let runs = try store.runs(of: job.id.text, limit: Self.mostRuns, before: nil)
      job.write(to: &writer) { json in
        json.key("runs")
        json.array { json in runs.forEach { $0.write(to: &json, logs: host.logs) } }
      }
    case .runs(let id):
      let job = try store.job(id ?? fields["id"] ?? "", at: now)
      let limit = try fields.number("limit", in: 1...Self.mostRuns) ?? Self.mostRuns
      let before = try fields.number("before", in: 1...Int.max).map { RunID(Int64($0)) }
      // One more than wanted tells whether there are more.
      let found = try store.runs(of: job.id.text, limit: limit + 1, before: before)
      let runs = found.prefix(limit)
      writer.object { json in
        json.key("runs")
        json.array { json in runs.forEach { $0.write(to: &json, logs: host.logs) } }
        json.field("next", found.count > limit ? runs.last.map { Int($0.id.number) } : nil)
      }
    case .explain(let id):
      let job = try store.job(id ?? fields["id"] ?? "", at: now)
      let facts = try JobFacts(job, store, Frame(store, host: host, at: now), host: host)
      let supervisors = KnownSupervisors(host.supervisors)
      try JobExplanation(facts, in: store, at: now) { queue in
        supervisors.restart(serving: queue, at: now)
      }.write(to: &writer)
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
    case .log, .events, .plans, .plan: preconditionFailure("answered by the site")
    }
    writer.lineEnd()
    return writer.bytes
  }

  private static func write(
    _ fields: FormFields, _ store: any JobStore, _ host: MonitorDependencies, at now: Moment,
    to writer: inout JSONWriter
  ) throws(StoreError) {
    let choice = JobList.Choice(try state(fields["state"]), fields)
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
  }

  private static func state(_ text: String?) throws(StoreError) -> JobState? {
    guard let text else { return nil }
    guard let state = JobState(typed: text) else {
      let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")
      throw StoreError(.other, "state must be one of \(names), not \(quoted: text)")
    }
    return state
  }

  /// Writes the events and run times of the last minutes, oldest first.
  private static func write(
    _ count: Int, of queue: String?, _ store: any StatisticsReader, at now: Moment,
    to writer: inout JSONWriter
  ) throws(StoreError) {
    let minutes = try store.minutes(count, queue: queue, at: now)
    let runTimes = try store.runTimes(count, queue: queue, at: now)
    writer.object { json in
      json.key("minutes")
      json.array { json in
        for (minute, runTime) in zip(minutes, runTimes) {
          json.object { json in
            json.field("start", minute.start)
            for event in QueueEvent.allCases {
              json.key(text: event.rawValue)
              json.value(minute[event])
            }
            json.key("run_time")
            runTime.write(to: &json)
          }
        }
      }
    }
  }
}

extension FormFields {
  /// Returns a number of the query; nil if it is missing.
  func number(_ name: String, in range: ClosedRange<Int>) throws(StoreError) -> Int? {
    guard let text = self[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let bounds =
        range.upperBound == .max
        ? "\(range.lowerBound) or more" : "from \(range.lowerBound) to \(range.upperBound)"
      throw StoreError(.other, "\(name) must be a number \(bounds), not \(quoted: text)")
    }
    return number
  }
}

extension Frame {
  /// Writes the status as a JSON object.
  func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("at", now.wall)
      writeState(to: &json)
    }
  }

  /// Writes all members but the time.
  func writeState(to json: inout JSONWriter) {
    json.field("paused", controls.isEverythingPaused)
    json.key("jobs")
    summary.write(to: &json)
    json.key("workers")
    json.array { json in workers.forEach { $0.write(to: &json) } }
  }
}

extension ErrorGroup {
  /// Writes it as a JSON object, with its name for plans.
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
