import FoundationEssentials
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueWeb

/// `/api/v1/plans`: actions of programs, in the same two steps as on pages.
@Suite struct PlanningByProgram {
  private struct Plan: Decodable {
    let plan: String
    let title: String
    let notes: [String]
    let count: Int
    let asks_count: Bool
    let examples: [String]
    let command: String?
    let state: String
    let text: String?
  }

  private let web: WebExample

  init() throws { web = try WebExample() }

  private func send(_ body: String, to path: String = "/api/v1/plans") throws -> Response {
    let reply = web.reply("POST", path, ["Content-Type": "application/json"], body: body)
    guard case .response(let response) = reply else {
      throw WebExample.Unexpected(text: "\(path) is a stream")
    }
    return response
  }

  private func decode(_ response: Response) throws -> Plan {
    #expect([200, 202].contains(response.status) && response.type == .json, "\(response.text)")
    return try JSONDecoder().decode(Plan.self, from: Data(response.body))
  }

  @Test func `a plan is made, confirmed and followed`() throws {
    try web.addDead(["a1", "a2", "a3"], "declined")
    try web.addDead(["b1"], "no such file")
    let plan = try decode(send(#"{"do": "retry-all", "q": "err:declined"}"#))
    #expect(plan.count == 3 && plan.asks_count && plan.state == "open")
    #expect(plan.examples.sorted() == ["a1", "a2", "a3"])
    let path = "/api/v1/plans/\(plan.plan)"
    for body in ["", "{}", #"{"count": 4}"#] {
      let refused = try send(body, to: path)
      #expect(refused.status == 422 && web.state("a1") == .dead)
      #expect(refused.text.contains(#"confirm this plan with {\"count\": 3}"#), "\(refused.text)")
    }
    try web.addDead(["a4"], "declined")
    #expect(try send(#"{"count": 3}"#, to: path).status == 202)
    let done = try decode(web.get(path))
    #expect(done.state == "done" && done.text == "retried 3 jobs")
    #expect(web.state("a1") == .pending && web.state("a4") == .dead && web.state("b1") == .dead)
    let again = try send(#"{"count": 3}"#, to: path)
    #expect(again.status == 409, "a plan is used once")
    #expect(again.text.hasPrefix("{\"error\":{\"code\":\"wrong_state\","))
  }

  @Test func `jobs, queues, schedules and workers are named`() throws {
    try web.addDead(["a", "b"])
    try web.store.addSchedule("s", "every 60000", at: web.now)
    let worker = try web.store.addWorker(at: web.now)
    for (body, title) in [
      (#"{"do":"discard","jobs":["a","b"]}"#, "Discard 2 dead jobs?"),
      (#"{"do":"pause","queue":"default"}"#, "Pause queue default?"),
      (#"{"do":"limit","queue":"default","limit":3}"#, "Limit queue default to 3 running jobs?"),
      (#"{"do":"limit","queue":"default","limit":null}"#, "Remove the limit of queue default?"),
      (#"{"do":"run-schedule","schedule":"s"}"#, "Run schedule s now?"),
      (#"{"do":"pause-all"}"#, "Pause everything?"),
    ] {
      #expect(try decode(send(body)).title == title)
    }
    let stop = try decode(send(#"{"do":"stop","worker":"\#(worker)"}"#))
    #expect(stop.title.hasPrefix("Stop worker \(worker) ") && !stop.asks_count)
  }

  @Test func `named jobs that are left out are counted with the reason`() throws {
    func notes(_ purpose: String, _ jobs: String...) throws -> [String] {
      let plan = try decode(send(#"{"do":"\#(purpose)","jobs":\#(jobs)}"#))
      #expect(plan.count == 1)
      return Array(plan.notes.dropFirst())
    }
    try web.addDead(["dead"])
    let worker = try web.store.addWorker(at: web.now)
    try web.store.add("done", at: web.now)
    try web.store.runNext(for: worker, .exited(0), at: web.now)
    try web.store.add("waiting", at: web.now)
    #expect(try notes("retry", "dead") == [])
    #expect(try notes("retry", "dead", "dead") == [])
    #expect(
      try notes("retry", "dead", "none", "waiting") == [
        "1 of 3 jobs doesn't exist.", "1 of 3 jobs can't be retried: it is pending.",
      ])
    #expect(
      try notes("cancel", "waiting", "x", "y", "done", "dead") == [
        "2 of 5 jobs don't exist.", "2 of 5 jobs can't be cancelled: they are completed or dead.",
      ])
    _ = try web.store.cancel(["waiting"], at: web.now)
    #expect(
      try notes("retry", "dead", "waiting") == ["1 of 2 jobs isn't dead: retry it separately."])
  }

  @Test(arguments: [
    "", "[]", "{", #"{"do":"enqueue"}"#, #"{"jobs":["a"]}"#, #"{"do":"retry","jobs":"a"}"#,
    #"{"do":"discard-all","filter":"exit:1"}"#, #"{"do":"discard-all","jobs":["a"]}"#,
    #"{"do":"retry","jobs":["a"],"q":"b"}"#, #"{"do":"retry-all","q":true}"#,
    #"{"do":"pause-all"} x"#, #"{"do":"retry","do":"discard","jobs":["a"]}"#,
    #"{"do":"retry","jobs":["a"],"jobs":[]}"#,
  ])
  func `what could be meant otherwise is refused`(body: String) throws {
    try web.addDead(["a"])
    let response = try send(body)
    #expect(response.status == 400, "\(response.text)")
    #expect(response.text.hasPrefix("{\"error\":{\"code\":\"invalid\","))
    #expect(web.state("a") == .dead)
  }

  @Test func `a limit that is missing, negative or unreadable isn't taken for none`() throws {
    try web.store.add("a", at: web.now)
    for limit in ["", #","limit":-1"#, #","limit":"x""#, #","limit":1.5"#, #","limit":100001"#] {
      let response = try send(#"{"do":"limit","queue":"default"\#(limit)}"#)
      #expect(response.status == 400, "\(response.text)")
      #expect(response.text.hasPrefix("{\"error\":{\"code\":\"invalid\","))
    }
  }

  @Test(arguments: [
    (#"{"do":"retry"}"#, #"retry needs \"jobs\", an array of at least one id"#),
    (#"{"do":"retry","jobs":[]}"#, #"retry needs \"jobs\", an array of at least one id"#),
    (#"{"do":"retry","jobs":null}"#, #"\"jobs\" must be an array of ids, not null"#),
    (#"{"do":"retry","jobs":["a",1]}"#, #"\"jobs[]\" must be text, not 1"#),
    (#"{"do":"pause"}"#, #"pause needs \"queue\""#),
    (#"{"do":"pause","queue":5}"#, #"\"queue\" must be text, not 5"#),
    (#"{"do":"limit","queue":"default"}"#, #"limit needs \"limit\""#),
    (
      #"{"do":"limit","queue":"default","limit":-1}"#,
      #"\"limit\" must be a whole number from 0 to 100000, or null for none, not -1"#
    ),
    (#"{"do":"run-schedule"}"#, #"run-schedule needs \"schedule\""#),
    (#"{"do":"stop","worker":true}"#, #"\"worker\" must be text, not true or false"#),
    (#"{"do":"retry","id":"a"}"#, #"\"id\" isn't a field of retry: it takes do, jobs"#),
    (#"{"do":"pause","queue":"a","queue":"b"}"#, #"\"queue\" is given twice"#),
    (#"{"do":"retry-all","q":"attempt:x"}"#, "attempt: takes a number"),
  ])
  func `an invalid field is named in words for programs`(body: String, message: String) throws {
    try web.addDead(["a"])
    let response = try send(body)
    #expect(response.status == 400 && response.text.contains(message), "\(response.text)")
    #expect(response.text.hasPrefix("{\"error\":{\"code\":\"invalid\","))
  }

  @Test(arguments: [
    (#"{"count":null}"#, #"\"count\" must be a whole number, not null"#),
    (#"{"count":"3"}"#, #"\"count\" must be a whole number, not text"#),
    (#"{"count":1.5}"#, #"\"count\" must be a whole number, not 1.5"#),
    (#"{"number":3}"#, #"\"number\" isn't a field here: send {\"count\": NUMBER}"#),
  ])
  func `an invalid confirmation names its field`(body: String, message: String) throws {
    try web.addDead(["a"])
    let plan = try decode(send(#"{"do":"retry-all"}"#)).plan
    let response = try send(body, to: "/api/v1/plans/\(plan)")
    #expect(response.status == 400 && response.text.contains(message), "\(response.text)")
    #expect(web.state("a") == .dead)
  }

  @Test(arguments: [
    #"{"do":"retry","jobs":["none"]}"#, #"{"do":"pause","queue":"none"}"#,
    #"{"do":"limit","queue":"none","limit":1}"#, #"{"do":"run-schedule","schedule":"none"}"#,
    #"{"do":"stop","worker":"w9"}"#, #"{"do":"retry-all","group":"none"}"#,
  ])
  func `a target that doesn't exist isn't found`(body: String) throws {
    try web.addDead(["a"])
    let response = try send(body)
    #expect(response.status == 404, "\(response.text)")
    #expect(response.text.hasPrefix("{\"error\":{\"code\":\"not_found\","))
  }

  @Test func `a plan that doesn't exist is shown and confirmed alike`() throws {
    let (shown, confirmed) = (try web.get("/api/v1/plans/x"), try send("", to: "/api/v1/plans/x"))
    #expect(shown.status == 404 && confirmed.status == 404)
    #expect(shown.text == confirmed.text && shown.text.contains("\"code\":\"not_found\""))
  }

  @Test func `read-only, no plan is made`() throws {
    let web = try WebExample(isReadOnly: true)
    let reply = web.reply(
      "POST", "/api/v1/plans", ["Content-Type": "application/json"], body: #"{"do":"pause-all"}"#)
    guard case .response(let response) = reply else { return }
    #expect(response.status == 403)
    #expect(try web.get("/api/v1/plans").status == 405)
    #expect(try web.get("/api/v1/plans/x").status == 404)
  }
}
