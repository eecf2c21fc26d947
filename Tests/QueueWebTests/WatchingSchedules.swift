import QueueCore
import QueueTestSupport
import Testing

@testable import QueueWeb

/// The pages of schedules, and their actions.
@Suite struct WatchingSchedules {
  private let web: WebExample
  private let page = "/schedule?name=nightly"

  init() throws {
    web = try WebExample()
    try web.store.addSchedule("nightly", "every 3600000", at: web.now)
  }

  @Test func `a schedule's page has its next times and its history`() throws {
    web.clock.advance(by: .seconds(3600))
    try web.store.enqueueDue(at: web.now)
    let text = try web.get(page).text
    #expect(Markup(text).problems == [])
    #expect(text.contains("no worker runs") && text.contains("queuectl worker start"))
    #expect(text.contains("enqueued") && text.contains("1 enqueued, 0 skipped, 0 missed"))
    // The clock of the example's machine is an hour ahead of UTC.
    for time in ["Fri 2027-01-15 10:00", "Fri 2027-01-15 11:00", "Fri 2027-01-15 15:00"] {
      #expect(text.contains("<li>\(time)</li>") || text.contains(">\(time)</td>"), "\(time)")
    }
    let job = try #require(try web.store.allJobs(at: web.now).first)
    #expect(text.contains("href=\"\(Link.job(job.id).text)\""))
    #expect(try web.get(Link.job(job.id).text).text.contains("href=\"\(page)\""))
    #expect(try web.get("/schedule?name=none").status == 404)
  }

  @Test func `a schedule is run now, once per question`() throws {
    let question = try web.ask([("do", "run-schedule"), ("schedule", "nightly"), ("back", page)])
    let text = try web.get(question).text
    #expect(text.contains("Run schedule nightly now?"))
    #expect(text.contains("queuectl schedule run nightly"))
    #expect(try web.store.allJobs(at: web.now).isEmpty)
    #expect(try web.confirm(question).contains("schedule nightly enqueued"))
    #expect(try web.store.allJobs(at: web.now).count == 1)
    let again = try web.ask([("do", "run-schedule"), ("schedule", "nightly")])
    #expect(try web.confirm(again).contains("is pending"))
    #expect(try web.store.allJobs(at: web.now).count == 1)
  }

  @Test func `a schedule is paused and resumed`() throws {
    for (word, isPaused) in [("pause", true), ("resume", false)] {
      let question = try web.ask([("do", "\(word)-schedule"), ("schedule", "nightly")])
      #expect(try web.confirm(question).contains("\(word)d schedule nightly"))
      #expect(try (web.store.schedule("nightly").pausedAt != nil) == isPaused)
      let list = try web.get("/schedules").text
      #expect(list.contains("value=\"\(isPaused ? "resume" : "pause")-schedule\""))
    }
    #expect(
      try web.post("/ask", [("do", "pause-schedule"), ("schedule", "none")]).status == 404)
  }

  @Test func `a late schedule stands out in the bar and in the metrics`() throws {
    #expect(try web.get("/metrics").text.contains("queuectl_schedule_faults{fault=\"late\"} 0\n"))
    #expect(try !web.get("/").text.contains("1!"))
    web.clock.advance(by: .seconds(2 * 3600))
    #expect(try web.get("/metrics").text.contains("queuectl_schedule_faults{fault=\"late\"} 1\n"))
    #expect(try web.get("/").text.contains("<span class=\"figure bad\">1!</span>"))
    #expect(try web.get("/schedules").text.contains("late "))
  }

  @Test func `read-only pages of schedules have no buttons`() throws {
    let web = try WebExample(isReadOnly: true)
    try web.store.addSchedule("nightly", "every 3600000", at: web.now)
    for path in ["/schedules", page] {
      #expect(try !web.get(path).text.contains("<form"), "\(path)")
    }
  }
}
