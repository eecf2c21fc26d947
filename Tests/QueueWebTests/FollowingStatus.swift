import QueueCore
import QueueTestSupport
import Testing

@testable import QueueWeb

/// `/api/v1/events`, for programs.
@Suite struct FollowingStatus {
  private let web: WebExample

  init() throws { web = try WebExample() }

  private func open() throws -> StreamID {
    guard case .stream(let id, let response) = web.reply("GET", "/api/v1/events") else {
      throw WebExample.Unexpected(text: "no stream")
    }
    #expect(response.status == 200 && response.type == .events)
    return id
  }

  private func tick(_ id: StreamID) -> String {
    String(decoding: web.site.tick([id])[id] ?? [], as: UTF8.self)
  }

  @Test func `the status comes at first, and when it has changed`() throws {
    let id = try open()
    let first = tick(id)
    #expect(first.hasPrefix("event: status\ndata: {\"at\":\"") && first.contains("\"dead\":0"))
    web.clock.advance(by: .seconds(1))
    #expect(tick(id).hasPrefix("event: beat\ndata: {\"at\":\""))
    try web.addDead(["a"])
    let second = tick(id)
    #expect(second.contains("event: status\n") && second.contains("\"dead\":1"))
    let later = try open()
    #expect(tick(later).contains("event: status\n"), "each program gets its own")
  }

  @Test func `what it has is that of the status`() throws {
    try web.addDead(["a"])
    _ = try web.store.addWorker(at: web.now)
    let status = try web.get("/api/v1/status").text
    #expect(tick(try open()).contains("data: \(status)"))
  }

  @Test func `programs and pages share the room for streams`() throws {
    let ids = try (0..<32).map { _ in try open() }
    #expect(try web.get("/events?of=/").status == 503)
    web.site.close(ids[0])
    #expect(web.site.openStreams == 31)
    #expect(try web.get("/metrics").text.contains("\nqueuectl_web_streams 31\n"))
  }

  @Test func `nothing but GET is taken`() throws {
    guard case .response(let response) = web.reply("HEAD", "/api/v1/events") else {
      throw WebExample.Unexpected(text: "a stream without a body")
    }
    #expect(response.status == 405)
  }
}
