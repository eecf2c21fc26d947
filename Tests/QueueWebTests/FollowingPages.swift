import QueueCore
import QueueTestSupport
import Testing

@testable import QueueWeb

/// The changes of pages that are open.
@Suite struct FollowingPages {
  private let web: WebExample

  init() throws { web = try WebExample() }

  private func open(_ of: String, _ more: String = "") throws -> StreamID {
    let reply = web.reply("GET", "/events?of=\(PercentCoding.encoded(of))\(more)")
    guard case .stream(let id, let response) = reply else {
      throw WebExample.Unexpected(text: "\(reply)")
    }
    #expect(response.status == 200 && response.type == .events)
    return id
  }

  private func tick(_ id: StreamID) -> String {
    String(decoding: web.site.tick([id])[id] ?? [], as: UTF8.self)
  }

  /// The parts of events, by name.
  private func parts(_ events: String) -> [String] {
    events.split(separator: "\n").filter { $0.hasPrefix("data: {\"id\":\"") }
      .map { String($0.dropFirst(13).prefix { $0 != "\"" }) }
  }

  @Test func `a stream has all parts at first, then those that changed`() throws {
    let id = try open("/jobs/dead")
    #expect(parts(tick(id)).sorted() == ["alarms", "count", "more", "rows", "tabs"])
    #expect(parts(tick(id)) == [])
    try web.addDead(["a"])
    #expect(parts(tick(id)).sorted() == ["count", "rows", "tabs"])
    web.clock.advance(by: .seconds(1))
    let quiet = tick(id)
    #expect(quiet.hasPrefix("event: beat\ndata: {\"at\":") && quiet.hasSuffix("\n\n"))
  }

  @Test func `a page that several show is read once, and each gets its own changes`() throws {
    let first = try open("/")
    _ = tick(first)
    let second = try open("/")
    let events = web.site.tick([first, second])
    let texts = [first, second].map { String(decoding: events[$0] ?? [], as: UTF8.self) }
    #expect(parts(texts[0]) == [] && parts(texts[1]).count > 5)
  }

  @Test func `a client that is slow gets the newest afterwards`() throws {
    let id = try open("/jobs/dead")
    _ = tick(id)
    try web.addDead(["a"])
    _ = web.site.tick([])
    try web.addDead(["b"])
    let events = tick(id)
    #expect(parts(events).contains("rows"))
    #expect(events.contains("/job/a") && events.contains("/job/b"))
  }

  @Test func `a log goes on where the page ends, in whole characters`() throws {
    try web.addDead(["a"])
    try web.write("one\n", toLogOf: "a")
    let run = try #require(try web.store.job("a", at: web.now).latestRun).id
    let id = try open("/job/a", "&run=\(run)&from=4")
    #expect(!tick(id).contains("event: log"))
    try web.write("tw\u{1B}o ä<b>\n", toLogOf: "a")
    let added = String(decoding: web.site.tickLogs([id])[id] ?? [], as: UTF8.self)
    #expect(added.contains("\"text\":\"tw^[o ä<b>\\n\""))
    #expect(web.site.tickLogs([id]).isEmpty)
  }

  @Test func `hostile text stays one line of data`() throws {
    try web.store.add("a", command: "x\ndata: y\n\nevent: part", at: web.now)
    let events = tick(try open("/jobs"))
    let lines = events.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(
      lines.allSatisfy { $0.isEmpty || $0.hasPrefix("event: ") || $0.hasPrefix("data: {") })
  }

  @Test func `a job that is removed is told once`() throws {
    try web.addDead(["a"])
    let id = try open("/job/a")
    _ = tick(id)
    try web.store.remove(.named(["a"], in: [.dead]), at: web.now)
    #expect(tick(id).contains("event: trouble\ndata: {\"text\":\"no job is called"))
    #expect(!tick(id).contains("event: trouble"))
  }

  @Test func `there is room for 32 pages, and for others when one is closed`() throws {
    let ids = try (0..<32).map { _ in try open("/") }
    #expect(try web.get("/events?of=/").status == 503)
    web.site.close(ids[0])
    _ = try open("/")
    #expect(web.site.openStreams == 32)
  }

  @Test(arguments: ["", "?of=", "?of=nothing", "?of=//evil.example", "?of=/nothing", "?of=/%25"])
  func `a stream of no page is refused`(_ query: String) throws {
    #expect([400, 404].contains(try web.get("/events\(query)").status))
  }
}
