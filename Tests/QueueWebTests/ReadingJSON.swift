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

  private let web: WebExample

  init() throws { web = try WebExample() }

  private func jobs(_ query: String) throws -> Jobs {
    let response = try web.get("/api/v1/jobs\(query)")
    #expect(response.status == 200 && response.type == .json, "\(response.text)")
    return try JSONDecoder().decode(Jobs.self, from: Data(response.body))
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
    #expect(try jobs("?limit=1000000").jobs.count == 130)
  }

  @Test func `the filter is that of pages`() throws {
    try web.addDead(["a1", "a2"], "declined")
    try web.addDead(["b1"], "no such file")
    let page = try jobs("?state=dead&q=err:declined")
    #expect(page.jobs.map(\.id).sorted() == ["a1", "a2"] && page.found == 2)
    for query in ["?state=x", "?q=try:x"] {
      let response = try web.get("/api/v1/jobs\(query)")
      #expect(response.status == 400 && response.text.hasPrefix("{\"error\":{\"message\":\""))
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
}
