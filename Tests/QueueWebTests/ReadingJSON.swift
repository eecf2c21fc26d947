import FoundationEssentials
import QueueCore
import QueueTestSupport
import Testing

@testable import QueueWeb

/// `/api/v1`, for programs.
@Suite struct ReadingJSON {
  private struct Jobs: Decodable {
    struct Job: Decodable {
      let id: String
      let state: String
    }
    let jobs: [Job]
    let next: String?
    let found: Int?
  }

  private struct Runs: Decodable {
    struct Run: Decodable { let run: Int }
    let runs: [Run]
    let next: Int?
  }

  private struct Minutes: Decodable {
    struct Minute: Decodable {
      let start: String
      let dead: Int
      let run_time: Times
    }
    struct Times: Decodable { let max: Double? }
    let minutes: [Minute]
  }

  private let web: WebExample

  init() throws { web = try WebExample() }

  private func jobs(_ query: String) throws -> Jobs {
    let response = try web.get("/api/v1/jobs\(query)")
    #expect(response.status == 200 && response.type == .json, "\(response.text)")
    return try JSONDecoder().decode(Jobs.self, from: Data(response.body))
  }

  private func minutes(_ query: String) throws -> [Minutes.Minute] {
    let response = try web.get("/api/v1/minutes\(query)")
    return try JSONDecoder().decode(Minutes.self, from: Data(response.body)).minutes
  }

  @Test func `jobs come by pages, each once`() throws {
    for number in 100..<230 { try web.store.add("job-\(number)", at: web.now) }
    var seen: [String] = []
    var next: String?
    repeat {
      let page = try jobs("?state=pending&limit=40" + (next.map { "&after=\($0)" } ?? ""))
      seen += page.jobs.map(\.id)
      next = page.next
    } while next != nil
    #expect(seen.count == 130 && Set(seen).count == 130)
    #expect(try jobs("?limit=500").jobs.count == 130)
    #expect(try jobs("").jobs.count == 50)
  }

  @Test func `a list has the order of its parameters`() throws {
    for (id, priority) in [("a", 2), ("b", 3), ("c", 1)] {
      try web.store.add(id, priority: priority, at: web.now)
    }
    let all = "?state=pending&sort=priority&limit=2&reverse="
    let first = try jobs("\(all)1")
    #expect(first.jobs.map(\.id) == ["c", "a"])
    let next = try #require(first.next)
    #expect(try jobs("\(all)1&after=\(next)").jobs.map(\.id) == ["b"])
    #expect(try jobs("\(all)0").jobs.map(\.id) == ["b", "a"])
  }

  @Test func `the filter is that of pages`() throws {
    try web.addDead(["a1", "a2"], "declined")
    try web.addDead(["b1"], "no such file")
    let page = try jobs("?state=dead&q=err:declined")
    #expect(page.jobs.map(\.id).sorted() == ["a1", "a2"] && page.found == 2)
    #expect(try jobs("?state=canceled").jobs.isEmpty)
    for query in ["?state=x", "?q=try:x"] {
      let response = try web.get("/api/v1/jobs\(query)")
      #expect(response.status == 400)
      #expect(response.text.hasPrefix("{\"error\":{\"code\":\"invalid\","))
    }
  }

  @Test func `a job has its runs, and its variables have no values`() throws {
    let variable = try EnvironmentVariable(name: "TOKEN", value: "s3cret")
    try web.store.add(
      [NewJob(id: JobID("a"), command: "true", environment: [variable])], at: web.now)
    let worker = try web.store.addWorker(at: web.now)
    try web.store.runNext(for: worker, .exited(0), at: web.now)
    let text = try web.get("/api/v1/jobs/a").text
    #expect(text.hasPrefix("{\"id\":\"a\"") && text.contains("\"runs\":[{\"run\":1,"))
    #expect(text.contains("TOKEN") && !text.contains("s3cret"))
    #expect(try web.get("/api/v1/job?id=a").text == text)
    let missing = try web.get("/api/v1/jobs/b")
    #expect(missing.status == 404 && missing.text.contains("no job is called"))
    #expect(missing.text.contains("\"code\":\"not_found\""))
  }

  @Test func `the rest is there, too, and nothing else`() throws {
    try web.addDead(["a"])
    _ = try web.store.addWorker(at: web.now)
    #expect(try web.get("/api/v1/status").text.contains("\"dead\":1"))
    #expect(try web.get("/api/v1/queues").text.hasPrefix("[{\"name\":\"default\""))
    #expect(try web.get("/api/v1/workers").text.hasPrefix("[{\"role\":\"worker\""))
    try web.store.addSchedule("s", "every 60000", at: web.now)
    #expect(try web.get("/api/v1/schedules").text.hasPrefix("[{\"name\":\"s\",\"every\":60"))
    let errors = try web.get("/api/v1/errors").text
    #expect(errors.contains("\"count\":1,\"exit\":\"1\"") && errors.contains("\"jobs\":[\"a\"]"))
    for path in ["", "/", "/x", "/jobs/a/b", "/status/x"] {
      #expect(try web.get("/api/v1\(path)").status == 404, "\(path)")
    }
  }

  @Test(arguments: [
    ("is:blocked", ["next"]), ("exit:137", ["bad"]), ("search:bad", ["bad"]),
    ("older-than:1h", []), ("newer-than:1h !is:blocked", ["bad"]),
  ])
  func `jobs are filtered as by the commands`(filter: String, expected: [String]) throws {
    let worker = try web.store.addWorker(at: web.now)
    try web.store.add("bad", maxRetries: 0, at: web.now)
    let next = try NewJob(
      id: JobID("next"), command: "true",
      prerequisites: [Prerequisite(reference: "bad", accepts: .success)])
    try web.store.add([next], at: web.now)
    try web.store.runNext(for: worker, .signaled(9), at: web.now)
    let text = try web.get("/api/v1/jobs?q=\(filter.replacing(" ", with: "+"))").text
    for id in ["bad", "next"] {
      #expect(text.contains("\"id\":\"\(id)\"") == expected.contains(id), "\(text)")
    }
  }

  @Test func `runs come by pages, newest first`() throws {
    let worker = try web.store.addWorker(at: web.now)
    try web.store.add("a", maxRetries: 9, at: web.now)
    for _ in 0..<5 {
      try web.store.runNext(for: worker, .exited(1), at: web.now)
      web.clock.advance(by: .seconds(3600))
    }
    var seen: [Int] = []
    var before = ""
    repeat {
      let text = try web.get("/api/v1/jobs/a/runs?limit=2\(before)")
      #expect(text.status == 200)
      let page = try JSONDecoder().decode(Runs.self, from: Data(text.body))
      seen += page.runs.map(\.run)
      before = page.next.map { "&before=\($0)" } ?? ""
    } while !before.isEmpty
    #expect(seen == [5, 4, 3, 2, 1])
    #expect(try web.get("/api/v1/job/runs?id=a").text.contains("\"last_line\":"))
    #expect(try web.get("/api/v1/jobs/b/runs").status == 404)
  }

  @Test func `a job's hindrances have the command that helps`() throws {
    try web.addDead(["a"])
    let after = [Prerequisite(reference: "a", accepts: .success)]
    try web.store.add([NewJob(id: JobID("b"), command: "true", prerequisites: after)], at: web.now)
    let text = try web.get("/api/v1/jobs/b/explain").text
    #expect(text.hasPrefix("{\"id\":\"b\",\"state\":\"pending\""), "\(text)")
    #expect(text.contains("\"try\":\"queuectl retry a\""), "\(text)")
    #expect(try web.get("/api/v1/job/explain?id=b").text == text)
  }

  @Test func `statistics and minutes are those of the queue`() throws {
    try web.addDead(["a"])
    let all = try web.get("/api/v1/stats").text
    #expect(all.hasPrefix("{\"windows\":[{\"window\":\"1m\"") && all.contains("\"dead\":1"))
    #expect(try !web.get("/api/v1/stats?queue=other").text.contains("\"dead\":1"))
    #expect(try minutes("").count == 120)
    let two = try minutes("?count=2")
    #expect(two.map(\.dead) == [0, 1] && two[0].start < two[1].start)
    #expect(two[0].run_time.max == nil && two[1].run_time.max != nil)
    #expect(try minutes("?count=1&queue=other").map(\.dead) == [0])
  }

  @Test(arguments: [
    ("minutes?count=0", "count must be a number from 1 to 120, not \\\"0\\\""),
    ("minutes?count=x", "count must be a number from 1 to 120, not \\\"x\\\""),
    ("jobs/a/runs?limit=501", "limit must be a number from 1 to 500, not \\\"501\\\""),
    ("jobs/a/runs?before=-1", "before must be a number 1 or more, not \\\"-1\\\""),
    ("jobs/a/runs/1/log?from=-1", "from must be a number 0 or more, not \\\"-1\\\""),
    ("jobs?limit=0", "limit must be a number from 1 to 500, not \\\"0\\\""),
    ("jobs?limit=501", "limit must be a number from 1 to 500, not \\\"501\\\""),
    ("jobs?limit=", "limit must be a number from 1 to 500, not \\\"\\\""),
    ("jobs?state=done", "state must be one of pending, processing, completed, failed, dead, "),
    ("jobs?sort=x", "sort must be one of created, updated, priority, runtime, attempts, not "),
    ("jobs?reverse=yes", "reverse must be 1 or 0, not \\\"yes\\\""),
    ("jobs?after=zzz", "after must be the \\\"next\\\" of a page, not \\\"zzz\\\""),
    ("jobs?state=dead&state=failed", "state is given twice"),
    ("jobs?stat=dead", "it takes state, q, sort, reverse, limit, after"),
    ("jobs/a?id=b", "\\\"id\\\" isn't a parameter of this path: it takes none"),
    ("jobs/a/runs?after=1", "\\\"after\\\" isn't a parameter of this path: it takes limit, before"),
    ("job", "this path needs id="), ("job/runs?limit=1", "this path needs id="),
    ("status?queue=a", "it takes none"), ("queues?x", "it takes none"),
    ("events?x=", "it takes none"), ("plans/x?y=1", "it takes none"),
  ])
  func `a parameter that is unknown or invalid is named`(path: String, message: String) throws {
    try web.addDead(["a"])
    let response = try web.get("/api/v1/\(path)")
    #expect(response.status == 400 && response.text.contains(message), "\(response.text)")
    #expect(response.text.hasPrefix("{\"error\":{\"code\":\"invalid\","))
  }

  @Test func `pages ignore parameters that they don't know`() throws {
    try web.addDead(["a"])
    #expect(try web.get("/jobs?limit=x&stat=dead&sort=x&after=x").text.contains("/job/a"))
  }

  @Test func `a log is sent from a byte on, with the place to go on at`() throws {
    try web.addDead(["a"])
    let run = try #require(try web.store.job("a", at: web.now).latestRun).id
    let path = "/api/v1/jobs/a/runs/\(run)/log"
    #expect(try web.get(path).status == 404, "there is no log yet")
    try web.write("one\ntwo\n", toLogOf: "a")
    let log = try web.get(path + "?from=4")
    #expect(log.status == 200 && log.type == .bytes && log.value("X-Queuectl-Next") == "8")
    #expect(log.log == LogSpan(run: run, bytes: 4..<8))
    #expect(try web.get(path + "?from=99").log?.bytes == 8..<8)
    for other in ["jobs/a/runs/99/log", "jobs/b/runs/\(run)/log", "jobs/a/runs/x/log"] {
      #expect(try web.get("/api/v1/\(other)").status == 404, "\(other)")
    }
  }
}
