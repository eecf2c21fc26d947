import QueueCore
import QueueOperations

/// Sends the status at first and after each change.
struct StatusStream {
  private var sent: [UInt8] = []
  private var trouble: String?

  /// Returns a changed status, and a `beat`.
  mutating func events(of frame: Result<Frame, StoreError>, at now: Timestamp) -> [UInt8] {
    var events = EventWriter()
    switch frame {
    case .success(let frame):
      var state = JSONWriter()
      state.object { frame.writeState(to: &$0) }
      if state.bytes != sent || trouble != nil {
        events.write("status") { json in
          json.field("at", now)
          frame.writeState(to: &json)
        }
      }
      sent = state.bytes
      trouble = nil
    case .failure(let error):
      if trouble != error.message {
        events.write("trouble") { $0.field("text", error.message) }
      }
      trouble = error.message
    }
    events.write("beat") { $0.field("at", now) }
    return events.bytes
  }
}

extension WebSite {
  /// Begins a stream of the status.
  mutating func followStatus() throws(RequestError) -> Reply {
    try begin { site, id in site.followers[id] = StatusStream() }
  }

  /// Reads the status once for all followers.
  mutating func tickFollowers(_ ready: Set<StreamID>) -> [StreamID: [UInt8]] {
    let ids = ready.filter { followers[$0] != nil }
    guard !ids.isEmpty else { return [:] }
    let host = desk.host
    let frame: Result<Frame, StoreError>
    do throws(StoreError) {
      frame = .success(
        try desk.read { store, now throws(StoreError) in
          try Frame(store, host: host, at: now)
        })
    } catch {
      frame = .failure(error)
    }
    var events: [StreamID: [UInt8]] = [:]
    for id in ids { events[id] = followers[id]?.events(of: frame, at: host.now().wall) }
    return events
  }
}
