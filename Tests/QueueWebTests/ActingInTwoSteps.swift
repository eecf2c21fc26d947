import QueueCore
import QueueHost
import QueueTestSupport
import Testing

@testable import QueueWeb

/// A form asks, a second one confirms; what is done is what was shown.
@Suite struct ActingInTwoSteps {
  private let web: WebExample

  init() throws { web = try WebExample() }

  @Test func `a dead job is retried after a yes, not before`() throws {
    try web.addDead(["a", "b"])
    let question = try web.ask([("do", "retry"), ("job", "a"), ("back", "/jobs/dead")])
    let page = try web.get(question).text
    #expect(page.contains("Retry dead job a?") && page.contains("queuectl dlq retry a"))
    #expect(web.state("a") == .dead)
    let result = try web.confirm(question)
    #expect(result.contains("retried 1 job") && result.contains("href=\"/jobs/dead\""))
    #expect(web.state("a") == .pending && web.state("b") == .dead)
    #expect(web.bell.take().contains(.work))
  }

  @Test func `a queue gets a limit, and loses it`() throws {
    try web.store.add("a", queue: "mail", at: web.now)
    for (typed, limit) in [("3", 3), ("0", 0), ("", nil)] {
      let question = try web.ask([("do", "limit"), ("queue", "mail"), ("limit", typed)])
      _ = try web.confirm(question)
      #expect(try web.store.queueControls().queues.first?.runningLimit == limit)
    }
    for typed in ["x", "-1", "1e3", "100001"] {
      let refused = try web.post("/ask", [("do", "limit"), ("queue", "mail"), ("limit", typed)])
      #expect(refused.status == 400 && refused.text.contains("from 0 to 100,000, or empty"))
    }
  }

  @Test func `a question is confirmed once`() throws {
    try web.addDead(["a"])
    let question = try web.ask([("do", "discard"), ("job", "a")])
    _ = try web.confirm(question)
    let again = try web.post(question, [])
    #expect(again.status == 409 && again.text.contains("This was already confirmed"))
    #expect(again.text.contains("href=\"\(question)\""), "it leads to the result")
    #expect(web.state("a") == nil)
  }

  @Test func `all that match are those that were shown`() throws {
    try web.addDead(["a1", "a2", "a3"], "declined")
    try web.addDead(["b1"], "no such file")
    let question = try web.ask([("do", "retry-all"), ("q", "err:declined")])
    #expect(try web.get(question).text.contains("Retry all 3 dead jobs matching"))
    try web.addDead(["a4"], "declined")
    try web.store.retry(["a2"], at: web.now)
    let refused = try web.post(question, [("count", "4")])
    #expect(refused.status == 422 && web.state("a1") == .dead)
    let result = try web.confirm(question, count: 3)
    #expect(result.contains("retried 2 jobs, skipped 1"))
    #expect(web.state("a1") == .pending && web.state("a4") == .dead && web.state("b1") == .dead)
  }

  @Test func `a group is retried without its neighbours`() throws {
    try web.addDead(["a1", "a2"], "timeout after 3 s")
    try web.addDead(["b1"], "timeout after 3 s of waiting")
    let groups = Markup(try web.get("/errors").text)
    let name = try #require(groups.values("data-id").first)
    let question = try web.ask([("do", "retry-all"), ("group", name)])
    #expect(try web.get(question).text.contains("Retry all 2 dead jobs with the error"))
    _ = try web.confirm(question, count: 2)
    #expect(web.state("a1") == .pending && web.state("b1") == .dead)
    let gone = try web.post("/ask", [("do", "retry-all"), ("group", name)])
    #expect(gone.status == 404)
  }

  @Test func `many marked jobs need their number`() throws {
    let ids = (10..<30).map { "a\($0)" }
    try web.addDead(ids)
    let question = try web.ask([("do", "discard")] + ids.map { ("job", $0) })
    #expect(try web.get(question).text.contains("Type 20 to confirm"))
    #expect(try web.post(question, []).status == 422)
    #expect(try web.confirm(question, count: 20).contains("discarded 20 jobs"))
  }

  @Test func `a running job is cancelled with a warning`() throws {
    let worker = try web.store.addWorker(at: web.now)
    try web.store.add("a", at: web.now)
    _ = try web.store.claim(for: worker, at: web.now)
    let question = try web.ask([("do", "cancel"), ("job", "a")])
    #expect(try web.get(question).text.contains("It runs: its processes get TERM"))
    #expect(try web.confirm(question).contains("running jobs are being ended"))
  }

  @Test func `questions about one and about several differ in number`() throws {
    func page(_ form: (String, String)...) throws -> String { try web.get(web.ask(form)).text }
    try web.addDead(["dead"])
    #expect(try page(("do", "retry-all")).contains("Retry the dead job?"))
    #expect(try page(("do", "retry-all"), ("q", "id:dead")).contains("Retry the dead job matching"))
    let worker = try web.store.addWorker(at: web.now)
    #expect(try page(("do", "stop-all")).contains("Stop the only worker?"))
    for id in ["a", "b", "c"] { try web.store.add(id, at: web.now) }
    let jobs = ["a", "b", "c"].map { ("job", $0) }
    #expect(try web.get(web.ask([("do", "cancel")] + jobs)).text.contains("No run follows."))
    _ = try web.store.claim(for: worker, at: web.now)
    let one = try web.get(web.ask([("do", "cancel")] + jobs)).text
    #expect(one.contains("1 of them runs: its processes"))
    #expect(try page(("do", "stop-all")).contains("It finishes a job first, then exits."))
    _ = try web.store.claim(for: web.store.addWorker(at: web.now), at: web.now)
    let two = try web.get(web.ask([("do", "cancel")] + jobs)).text
    #expect(two.contains("2 of them run: their processes"))
    let all = try page(("do", "stop-all"))
    #expect(all.contains("Stop all 2 workers?") && all.contains("2 of them finish a job first"))
    let refused = try web.post("/ask", [("do", "retry"), ("job", "a")])
    #expect(refused.text.contains("only failed, dead or cancelled jobs can be retried"))
  }

  @Test func `running jobs of a list are paused, and resumed`() throws {
    let worker = try web.store.addWorker(at: web.now)
    for id in ["a", "b"] { try web.store.add(id, at: web.now) }
    let run = try web.store.claim(for: worker, at: web.now).run
    let form = [("job", "a"), ("job", "b"), ("back", "/jobs/processing")]
    let pause = try web.ask([("do", "pause-job")] + form)
    let page = try web.get(pause).text
    #expect(page.contains("Pause processing job a?") && page.contains("queuectl pause a"))
    #expect(page.contains("1 of 2 jobs can"), "the other one is pending")
    let paused = try web.confirm(pause)
    #expect(paused.contains("paused 1 job") && paused.contains("href=\"/jobs/processing\""))
    #expect(try web.store.job("a", at: web.now).latestRun?.freeze?.isWanted == true)
    let again = try web.post("/ask", [("do", "pause-job")] + form)
    #expect(again.status == 422 && again.text.contains("These jobs are already paused"))

    _ = try web.store.setFrozen(web.now.wall, run)
    for path in ["/jobs", "/jobs/processing"] {
      let list = Markup(try web.get(path).text)
      let row = try #require(list.elements.first { $0.attributes["data-id"] == "a" })
      #expect(row.attributes["data-frozen"] != nil)
      #expect(list.values("data-act").filter { $0.lowercased() == "z" } == ["z", "Z"])
    }
    #expect(try web.get("/jobs").text.contains("FROZEN "))
    #expect(try !web.get("/jobs/pending").text.contains("pause-job"))

    #expect(try web.confirm(web.ask([("do", "resume-job")] + form)).contains("resumed 1 job"))
    #expect(try web.store.job("a", at: web.now).latestRun?.freeze?.isWanted != true)
    let late = try web.post("/ask", [("do", "resume-job")] + form)
    #expect(late.status == 422 && late.text.contains("These jobs aren"))
  }

  @Test func `what doesn't fit is refused with its reason`() throws {
    try web.store.add("a", at: web.now)
    let cases: [([(String, String)], Int, String)] = [
      ([("do", "retry"), ("job", "a")], 422, "is pending"),
      ([("do", "discard"), ("job", "a")], 422, "is pending"),
      ([("do", "retry")], 400, "No job is marked"),
      (
        [("do", "cancel")] + (1...257).map { ("job", "j\($0)") }, 422,
        "257 jobs are named, more than the limit of 256"
      ),
      ([("do", "retry"), ("job", "gone")], 404, "no longer exist"),
      ([("do", "retry-all"), ("q", "try:x")], 400, "attempt: takes a number"),
      ([("do", "retry-all")], 422, "No dead jobs match"),
      ([("do", "pause"), ("queue", "nowhere")], 404, "There is no such queue"),
      ([("do", "run-schedule"), ("schedule", "none")], 404, "There is no such schedule"),
      ([("do", "stop"), ("worker", "w9")], 404, "There is no such worker"),
      ([("do", "stop-all")], 422, "No worker runs"),
    ]
    for (form, status, words) in cases {
      let response = try web.post("/ask", form)
      #expect(response.status == status && response.text.contains(words), "\(form)")
    }
    #expect(try web.post("/ask", [("do", "enqueue")]).status == 400)
    #expect(try web.post("/ask", []).status == 400)
  }

  @Test func `queues pause and resume`() throws {
    try web.store.add("a", queue: "mail", at: web.now)
    _ = try web.confirm(try web.ask([("do", "pause"), ("queue", "mail")]))
    #expect(try web.store.queueControls().isPaused("mail"))
    _ = try web.confirm(try web.ask([("do", "resume"), ("queue", "mail")]))
    #expect(try !web.store.queueControls().isPaused("mail"))
    _ = try web.confirm(try web.ask([("do", "pause-all")]))
    #expect(try web.store.queueControls().isEverythingPaused)
    #expect(try web.get("/").text.contains("Everything is paused"))
    _ = try web.confirm(try web.ask([("do", "resume-all")]))
    #expect(try !web.store.queueControls().isEverythingPaused)
  }

  @Test func `workers stop, and all with their number`() throws {
    let first = try web.store.addWorker(at: web.now)
    _ = try web.store.addWorker(at: web.now)
    _ = try web.confirm(try web.ask([("do", "stop"), ("worker", first.description)]))
    #expect(try web.store.record(of: first).stop == .finishJob)
    let question = try web.ask([("do", "stop-all")])
    #expect(try web.post(question, []).status == 422)
    _ = try web.confirm(question, count: 2)
    #expect(try web.store.workers().allSatisfy { $0.stop == .finishJob })
  }

  @Test func `the job that was shown is ended, and no later one`() throws {
    let worker = try web.store.addWorker(at: web.now)
    try web.store.add("a", at: web.now)
    try web.store.add("b", at: web.now)
    let claimed = try web.store.claim(for: worker, at: web.now)
    let question = try web.ask([("do", "stop-now"), ("worker", worker.description)])
    try web.store.end(claimed, by: worker, .exited(0), claimingNext: true, at: web.now)
    #expect(try web.confirm(question).contains("skipped 1"))
    #expect(try web.store.record(of: worker).stop == nil)
  }

  @Test func `a form without the secret of this server does nothing`() throws {
    try web.addDead(["a"])
    for secret in ["", Secret().text] {
      let response = try web.post("/ask", [("do", "retry"), ("job", "a")], secret: secret)
      #expect(response.status == 403)
    }
    let question = try web.ask([("do", "retry"), ("job", "a")])
    #expect(try web.post(question, [], secret: Secret().text).status == 403)
    #expect(web.state("a") == .dead)
  }

  @Test func `a question closes after five minutes`() throws {
    try web.addDead(["a"])
    let question = try web.ask([("do", "retry"), ("job", "a")])
    web.clock.advance(by: .seconds(299))
    _ = try web.ask([("do", "discard"), ("job", "a")])
    #expect(try web.get(question).status == 200)
    web.clock.advance(by: .seconds(2))
    _ = try web.ask([("do", "discard"), ("job", "a")])
    #expect(try web.get(question).status == 404)
    #expect(try web.post(question, []).status == 404)
  }

  @Test func `more questions than there is room for close the oldest`() throws {
    try web.addDead(["a"])
    var questions: [String] = []
    for _ in 0..<17 {
      web.clock.advance(by: .seconds(1))
      questions.append(try web.ask([("do", "retry"), ("job", "a")]))
    }
    #expect(try web.get(questions[0]).status == 404)
    #expect(try web.get(questions[1]).status == 200)
  }

  @Test func `GET changes nothing`() throws {
    try web.addDead(["a"])
    #expect(try web.get("/ask?do=discard&job=a").status == 405)
    let question = try web.ask([("do", "discard"), ("job", "a")])
    _ = try web.get("\(question)?count=1")
    #expect(web.state("a") == .dead)
  }
}
