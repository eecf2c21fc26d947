import QueueCore
import QueueOperations

/// Pages and texts without side effects.
extension WebSite {
  mutating func page(_ route: Route, _ fields: FormFields) -> Response {
    do throws(StoreError) {
      let (page, frame) = try read(route, fields)
      return document(200, page, frame)
    } catch {
      let title = error.code == .notFound ? "Not found" : "The queue can't be read"
      return document(error.code.status, .message(title, error.message), nil)
    }
  }

  /// Reads a page's content.
  mutating func read(
    _ route: Route, _ fields: FormFields
  ) throws(StoreError) -> (Page, Frame) {
    let (facts, host) = (facts, desk.host)
    let needsGroups = route == .overview || route == .errors
    let groups = needsGroups ? try desk.groups() : []
    let trends = route == .overview ? try desk.trends() : nil
    let scheduledJobs = route == .overview ? try desk.scheduledJobs() : 0
    let plans = plans
    return try desk.read { store, now throws(StoreError) in
      let frame = try Frame(store, host: host, at: now)
      switch route {
      case .overview:
        let trends = if let trends { trends } else { try Trends(store, at: now) }
        let overview = try Overview(
          store, groups: groups, trends: trends, scheduledJobs: scheduledJobs, at: now)
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
      case .schedules: return (.schedules(try ScheduleLine.read(from: store), frame, facts), frame)
      case .schedule:
        let detail = try ScheduleDetail(fields["name"] ?? "", store, frame, host: host)
        return (.schedule(detail, frame, facts), frame)
      case .ask(let name?):
        guard let plan = plans[name] else {
          throw StoreError(
            .notFound, "This confirmation has expired: go back, and start over.")
        }
        return (.plan(plan, name, facts), frame)
      default: throw StoreError(.notFound, "no such page")
      }
    }
  }

  func document(_ status: Int, _ page: Page, _ frame: Frame?) -> Response {
    var facts = facts
    facts.utcOffsetSeconds = desk.host.utcOffsetSeconds(desk.host.now().wall)
    return Response(status, .html, page.html(facts, frame).bytes)
  }

  // MARK: Texts

  mutating func ready() -> Response {
    text { site throws(StoreError) in
      _ = try site.desk.read { store, _ throws(StoreError) in try store.summary() }
      return Response(200, text: "ready")
    }
  }

  mutating func metrics(_ head: RequestHead) -> Response {
    let accepted = head.values(of: "accept").joined(separator: ",")
    let isOpen = accepted.contains("application/openmetrics-text")
    let format: MetricsText.Format = isOpen ? .openMetrics : .prometheus
    let (host, version) = (desk.host, facts.version)
    let web = QueueMetrics.Web(requests: requests, streams: openStreams)
    return text { site throws(StoreError) in
      let scheduled = try site.desk.measuredScheduledJobs()
      let metrics = try site.desk.read { store, now throws(StoreError) in
        try QueueMetrics(
          store, host: host, scheduled: scheduled, at: now, version: version, format: format,
          web: web)
      }
      return Response(200, .metrics(format), Array(metrics.text.utf8))
    }
  }

  /// Returns the response head of a log; the server streams the log.
  mutating func log(_ fields: FormFields) -> Response {
    guard let id = fields["id"], let number = fields["run"].flatMap({ Int64($0) }) else {
      return Response(400, text: "the address needs id= and run=")
    }
    return text { site throws(StoreError) in
      let found = try site.desk.read { store, _ throws(StoreError) in
        try store.run(RunID(number), of: id)
      }
      guard found != nil else { return Response(404, text: "no such run") }
      var response = Response(200, .text, [])
      response.log = LogSpan(run: RunID(number))
      response.fields = [
        RequestHead.Field("Content-Disposition", "attachment; filename=\"run-\(number).log\"")
      ]
      return response
    }
  }

  private mutating func text(
    _ body: (inout WebSite) throws(StoreError) -> Response
  ) -> Response {
    do throws(StoreError) {
      return try body(&self)
    } catch {
      return Response(RequestError(error))
    }
  }
}
