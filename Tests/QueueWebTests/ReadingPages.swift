import Foundation
import QueueCore
import QueueOperations
import QueueTestSupport
import Testing

@testable import QueueWeb

/// Pages of a queue, as a browser gets them.
@Suite struct ReadingPages {
  private static let paths = [
    "/", "/jobs", "/jobs/pending", "/jobs/processing", "/jobs/failed", "/jobs/dead",
    "/jobs/completed", "/jobs/cancelled", "/errors", "/queues", "/workers", "/schedules",
  ]
  private static let evil = "<script>alert(1)</script>"

  /// A queue of hostile ids, commands, queues and output.
  private func hostile() throws -> WebExample {
    let web = try WebExample()
    let worker = try web.store.addWorker(at: web.now)
    let names = ["<b>", "\"'onerror=alert(1)", "..", "&lt;", "?a=1#b", "javascript:alert(1)"]
    for name in names {
      try web.store.add(
        name, command: "echo \(Self.evil) '\u{1B}]0;x\u{7}", queue: "q\(name)", maxRetries: 0,
        at: web.now)
      try web.store.runNext(
        for: worker, .exited(3), lastLine: "\(Self.evil) <img src=x onerror=alert(1)>", at: web.now)
    }
    try web.store.add("waiting", command: Self.evil, at: web.now)
    try web.store.add("running", command: Self.evil, priority: 9, at: web.now)
    _ = try web.store.claim(for: worker, at: web.now)
    try web.write("\(Self.evil)\n\u{1B}[31mred\u{202E}\n", toLogOf: "<b>")
    return web
  }

  @Test func `every page of an empty queue can be read`() throws {
    let web = try WebExample()
    for path in Self.paths {
      let page = try web.get(path)
      #expect(page.status == 200, "\(path)")
      #expect(Markup(page.text).problems == [], "\(path)")
    }
  }

  @Test func `hostile jobs make no markup`() throws {
    let web = try hostile()
    let jobs = try web.store.allJobs(at: web.now).map { Link.job($0.id).text }
    #expect(jobs.count == 8)
    for path in Self.paths + jobs {
      let page = try web.get(path)
      #expect(page.status == 200, "\(path)")
      #expect(Markup(page.text).problems == [], "\(path)")
      #expect(!page.text.contains("\u{1B}") && !page.text.contains("\u{202E}"))
    }
    let page = try web.get(Link.job(try JobID("<b>")).text).text
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\n^[[31mred·"))
  }

  @Test func `a job's page has its retry rules and limits`() throws {
    let web = try WebExample()
    var spec = JobSpec(command: "true")
    spec.retryRules = RetryRules(
      backoffBase: 3, backoffMax: .seconds(60), backoffJitter: 0.5,
      retryOn: ExitStatusSet("1", among: ExitStatusSet.failures),
      successOn: ExitStatusSet("24", among: ExitStatusSet.all))
    spec.limits.niceness = 5
    try web.store.add([try NewJob(id: JobID("job"), spec)], at: web.now)
    let text = try web.get("/job/job").text
    for name in ["backoff base", "backoff max", "jitter", "retry on", "success on", "nice"] {
      #expect(text.contains(">\(name)<"), "\(name) isn't in:\n\(text)")
    }
  }

  @Test func `a list shows the command that lists the same, and none for a filter`() throws {
    let web = try WebExample()
    #expect(try web.get("/jobs/dead").text.contains("queuectl list --state dead"))
    #expect(try !web.get("/jobs?q=tag:t1").text.contains("queuectl list"))
  }

  @Test func `run times are a map of minutes and doublings`() throws {
    let web = try WebExample()
    let worker = try web.store.addWorker(at: web.now)
    for (id, elapsed) in [("a", 900), ("b", 1000), ("c", 60_000)] {
      try web.store.add(id, at: web.now)
      let report = RunReport(end: .exited(0), elapsed: .milliseconds(elapsed))
      try web.store.end(
        try web.store.claim(for: worker, at: web.now), by: worker, report, at: web.now)
      web.clock.advance(by: .seconds(60))
    }
    let text = try web.get("/").text
    #expect(Markup(text).problems == [])
    let most = Format.span(.milliseconds(1024))
    #expect(text.contains("3 runs ended in 2 hours; 2 took up to \(most), the most frequent"))
    #expect(RunLengths.limit(of: 9) == .milliseconds(1024))
    var histogram = Histogram()
    for milliseconds in [0, 15, 16, 1023, 1024] { histogram.add(.milliseconds(milliseconds)) }
    #expect(RunLengths.counts(histogram) == [3: 2, 4: 1, 9: 1, 10: 1])
  }

  @Test func `the overview names the workers' versions if they differ`() throws {
    let web = try WebExample()
    func start(_ pid: Int32, _ version: String) throws {
      _ = try web.store.register(
        .example(pid: pid), queues: [], begun: web.now.uptime, version: version, at: web.now)
    }
    try start(1, "1.0.0")
    try start(2, "1.0.0")
    #expect(try !web.get("/").text.contains("1.0.0"))
    #expect(try web.get("/workers").text.contains("1.0.0"))
    try start(3, "1.0.1")
    let text = try web.get("/").text
    #expect(text.contains("1.0.0") && text.contains("1.0.1"))
  }

  @Test func `a list has pages, each job once`() throws {
    let web = try WebExample()
    for number in 100..<230 { try web.store.add("job-\(number)", at: web.now) }
    var seen: [String] = []
    var path: String? = "/jobs/pending"
    while let target = path {
      let page = Markup(try web.get(target).text)
      seen += page.values("data-id")
      path = page.elements.first { $0.attributes["rel"] == "next" }?.attributes["href"]
    }
    #expect(seen.count == 130 && Set(seen).count == 130)
  }

  @Test func `a filter finds what top finds, and tells how many`() throws {
    let web = try WebExample()
    try web.addDead(["a1", "a2", "b1"], "card 7 declined")
    try web.addDead(["c1"], "no such file")
    let page = try web.get("/jobs/dead?q=err:declined+!id:b").text
    #expect(Markup(page).values("data-id").sorted() == ["a1", "a2"])
    #expect(page.contains("2 match of 4"))
    let problem = try web.get("/jobs/dead?q=attempt:x").text
    #expect(problem.contains("attempt: takes a number"))
  }

  @Test func `the link of a group finds its jobs`() throws {
    let web = try WebExample()
    try web.addDead(["a1", "a2"], "card 7 of \"x\" declined after 3 s")
    try web.addDead(["b1"], "no such file")
    let page = Markup(try web.get("/errors").text)
    let links = page.elements.compactMap { $0.attributes["href"] }
      .filter { $0.hasPrefix("/jobs/dead?q=") }
    #expect(links.count == 2)
    let found = try links.map { Markup(try web.get($0).text).values("data-id").sorted() }
    #expect(found == [["a1", "a2"], ["b1"]])
  }

  @Test func `a job's page has its runs, its reasons and its log, but no secret`() throws {
    let web = try WebExample()
    try web.store.add(
      [
        NewJob(
          id: JobID("a"), command: "make all", queue: "build", maxRetries: 0,
          environment: [EnvironmentVariable(name: "TOKEN", value: "s3cret")])
      ], at: web.now)
    #expect(try web.get("/job/a").text.contains("no worker runs"))
    let worker = try web.store.addWorker(at: web.now)
    try web.store.runNext(for: worker, .exited(2), lastLine: "stop", at: web.now)
    try web.write("make: stop\n", toLogOf: "a")
    let page = try web.get("/job/a").text
    #expect(page.contains("TOKEN=***") && !page.contains("s3cret"))
    #expect(page.contains("exit status 2") && page.contains("make: stop\n</pre>"))
    #expect(page.contains("queuectl dlq retry a"))
    #expect(try web.get("/job/b").status == 404)
    #expect(try web.get("/job/a?run=99").status == 404)
  }

  @Test func `of a long log its end is shown, from the start of a line`() throws {
    let web = try WebExample()
    try web.addDead(["a"])
    let lines = (0..<20_000).map { "line \($0)\n" }.joined()
    try web.write(lines, toLogOf: "a")
    let page = try web.get("/job/a").text
    #expect(page.contains("line 19999\n</pre>") && !page.contains("line 1000\n"))
    let start = try #require(page.range(of: "aria-label=\"Log\" data-run"))
    let log = page[start.upperBound...].drop { $0 != ">" }.dropFirst()
    #expect(log.hasPrefix("line "))
    #expect(log.utf8.count < LogTail.longest + 2000)
  }

  @Test func `read-only pages offer nothing to do`() throws {
    let web = try WebExample(isReadOnly: true)
    try web.addDead(["a"])
    for path in Self.paths + ["/job/a"] {
      let page = Markup(try web.get(path).text)
      #expect(page.elements.allSatisfy { $0.attributes["method"] != "post" }, "\(path)")
    }
  }

  @Test func `figures that change stand in parts`() throws {
    for path in Self.paths + ["/job/a"] {
      let web = try WebExample()
      try web.addDead(["a"])
      let before = try web.rest(of: path)
      try web.addDead(["b", "c"], "another error")
      try web.store.add("d", queue: "other", at: web.now)
      _ = try web.store.addWorker(at: web.now)
      try web.store.setPaused(true, .everything)
      try web.store.setRunningLimit(2, of: "other")
      #expect(try web.rest(of: path) == before, "\(path)")
    }
  }

  @Test func `every answer forbids what its pages don't need`() throws {
    let web = try WebExample()
    for path in ["/", "/nothing", "/healthz", "/metrics", Link.asset(Assets.script.name).text] {
      let fields = try web.get(path).allFields
      let policy = try #require(fields.first { $0.name == "Content-Security-Policy" }?.value)
      #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
      #expect(policy.contains("require-trusted-types-for 'script'"))
      #expect(fields.contains(RequestHead.Field("X-Content-Type-Options", "nosniff")))
      #expect(!fields.contains { $0.name.hasPrefix("Access-Control") || $0.name == "Server" })
    }
  }

  @Test func `files of the site are small, and kept by browsers`() throws {
    let web = try WebExample()
    let page = Markup(try web.get("/").text)
    let files = page.elements.compactMap { $0.attributes["src"] ?? $0.attributes["href"] }
      .filter { $0.hasPrefix("/assets/") }
    #expect(files.count == 3)
    for file in files {
      let response = try web.get(file)
      #expect(response.status == 200 && response.isImmutable, "\(file)")
      #expect(response.body.count <= (response.type == .script ? 12 : 14) << 10, "\(file)")
    }
    #expect(try web.get("/assets/app.css").status == 404)
  }

  @Test func `a missing queue is told of`() throws {
    let web = try WebExample()
    var site = web.site
    site.desk = Desk(
      host: MonitorDependencies(
        open: { () throws(StoreError) in nil }, identity: { nil }, files: { .init() },
        now: { ManualClock.start }, utcOffsetSeconds: { _ in 0 }, isGone: { _, _ in false },
        bell: web.bell, logs: RecordingShelf()))
    web.site = site
    let page = try web.get("/")
    #expect(page.status == 503 && page.text.contains("there is no queue yet"))
    #expect(try web.get("/readyz").status == 503)
    #expect(try web.get("/healthz").status == 200)
  }
}

extension WebExample {
  /// A page without its parts and without the time at which it was read.
  fileprivate func rest(of path: String) throws -> String {
    guard let url = Route(path.prefix { $0 != "?" }) else { return "" }
    let (page, frame) = try site.read(url, FormFields())
    let html = page.html(site.facts, frame)
    var rest: [UInt8] = []
    var start = 0
    for part in html.parts {
      rest += html.bytes[start..<part.range.lowerBound]
      start = part.range.upperBound
    }
    return String(decoding: rest + html.bytes[start...], as: UTF8.self)
  }
}
