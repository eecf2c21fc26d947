import QueueCore
import QueueTestSupport
import Testing

@testable import QueueWeb

/// The search in a run's log.
@Suite struct FindingInLogs {
  private let web: WebExample

  init() throws {
    web = try WebExample()
    try web.addDead(["a"])
  }

  @Test func `all matching lines are listed, from the whole log, with their places`() throws {
    let lines = (0..<20_000).map { $0 % 5000 == 7 ? "<Error> \($0)\n" : "line \($0)\n" }
    try web.write(lines.joined(), toLogOf: "a")
    let text = try web.get("/job/a?run=1&find=error%3E").text
    let page = Markup(text)
    #expect(page.problems == [] && text.contains("4 lines match"))
    #expect(text.contains("&lt;<mark>Error&gt;</mark> 15007"))
    let links = page.elements.compactMap { $0.attributes["href"] }.filter { $0.contains("at=") }
    #expect(links.count == 4)
    let part = try web.get(links[1]).text
    #expect(Markup(part).problems == [])
    #expect(part.contains("line 5006\n&lt;<mark>Error&gt;</mark> 5007\nline 5008"))
    #expect(!part.contains("line 19999"))
    #expect(!Markup(part).elements.contains { $0.attributes["data-run"] != nil }, "not followed")
  }

  @Test func `a search without a match, or without a log, says so`() throws {
    #expect(try web.get("/job/a?find=x").status == 200)
    try web.write("one\ntwo\n", toLogOf: "a")
    #expect(try web.get("/job/a?find=three").text.contains("0 lines match"))
    #expect(try web.get("/job/a?find=").text.contains("one\ntwo\n</pre>"))
    #expect(try web.get("/job/a?at=999999999999").status == 200)
  }

  @Test func `runs lead to those before and after them`() throws {
    let worker = try web.store.addWorker(at: web.now)
    for _ in 1...2 {
      try web.store.retry(["a"], at: web.now)
      try web.store.runNext(for: worker, .exited(1), at: web.now)
    }
    func keys(_ path: String) throws -> [String: String] {
      let pairs = Markup(try web.get(path).text).elements.compactMap { element in
        element.attributes["data-act"].flatMap { key in
          element.attributes["href"].map { (key, $0) }
        }
      }
      return Dictionary(pairs) { first, _ in first }.filter { "[]".contains($0.key) }
    }
    #expect(try keys("/job/a") == ["[": "/job/a?run=2"])
    #expect(try keys("/job/a?run=2") == ["[": "/job/a?run=1", "]": "/job/a?run=3"])
    #expect(try keys("/job/a?run=1") == ["]": "/job/a?run=2"])
    #expect(try web.get("/job/a?run=1").text.contains("The latest run is 3."))
  }
}
