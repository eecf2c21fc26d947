import QueueCore
import QueueHost
import QueueOperations

/// An open stream.
package struct StreamID: Hashable, Sendable {
  let number: Int
}

/// A page that is open in a browser, with the content sent so far.
struct PageStream {
  /// The page's path and query.
  let target: String
  let route: Route
  let fields: FormFields
  /// The parts as last sent.
  var sent: [String: [UInt8]] = [:]
  var trouble: String?
  var log: LogFollowing?
}

extension WebSite {
  mutating func stream(_ fields: FormFields) throws(RequestError) -> Reply {
    guard let of = fields["of"], of.hasPrefix("/") else {
      throw RequestError(400, "the address needs of=")
    }
    let path = of.prefix { $0 != "?" }
    guard let route = Route(path), let query = FormFields(of.dropFirst(path.count + 1)) else {
      throw RequestError(404, "no such page")
    }
    var stream = PageStream(target: of, route: route, fields: query)
    if let run = fields["run"].flatMap({ Int64($0) }), let end = fields["from"].flatMap({ Int($0) })
    {
      stream.log = LogFollowing(run: RunID(run), from: max(0, end))
    }
    return try begin { site, id in site.streams[id] = stream }
  }

  /// The most open streams.
  private static let mostStreams = 32

  /// Begins a stream; `keep` stores it.
  mutating func begin(_ keep: (inout WebSite, StreamID) -> Void) throws(RequestError) -> Reply {
    guard openStreams < Self.mostStreams else {
      throw RequestError(503, "too many streams are open: close some")
    }
    streamCount += 1
    let id = StreamID(number: streamCount)
    keep(&self, id)
    var response = Response(200, .events, [])
    response.fields = [RequestHead.Field("X-Accel-Buffering", "no")]
    return .stream(id, response)
  }

  /// The number of open streams.
  package var openStreams: Int { streams.count + followers.count }

  /// Ends a stream.
  package mutating func close(_ id: StreamID) {
    streams[id] = nil
    followers[id] = nil
  }

  /// Reads each open page once and returns the changes for each stream.
  /// - Parameter ready: the streams that can take data; others get their changes later.
  package mutating func tick(_ ready: Set<StreamID>) -> [StreamID: [UInt8]] {
    plans.forgetOld(at: desk.host.now().uptime)
    var pages: [String: Result<HTML, StoreError>] = [:]
    var events = tickFollowers(ready)
    for id in ready {
      guard var stream = streams[id] else { continue }
      let page = pages[stream.target] ?? html(of: stream)
      pages[stream.target] = page
      events[id] = stream.events(of: page, from: facts.server, in: desk.host)
      streams[id] = stream
    }
    return events
  }

  /// Reads only the followed logs, which change more often than pages.
  package mutating func tickLogs(_ ready: Set<StreamID>) -> [StreamID: [UInt8]] {
    var events: [StreamID: [UInt8]] = [:]
    for id in ready {
      guard let added = streams[id]?.addedToLog(in: desk.host) else { continue }
      events[id] = added
    }
    return events
  }

  private mutating func html(of stream: PageStream) -> Result<HTML, StoreError> {
    do throws(StoreError) {
      let (page, frame) = try read(stream.route, stream.fields)
      return .success(page.html(facts, frame, leavesAgesOut: true))
    } catch {
      return .failure(error)
    }
  }
}

extension PageStream {
  /// Returns the changed parts, new log output, and a `beat`.
  mutating func events(
    of page: Result<HTML, StoreError>, from server: String, in host: MonitorDependencies
  ) -> [UInt8] {
    var events = EventWriter()
    switch page {
    case .success(let html):
      if trouble != nil { events.write("trouble") { $0.field("text", "") } }
      trouble = nil
      for part in html.parts {
        let bytes = Array(html.bytes[part.range])
        guard sent[part.id] != bytes else { continue }
        sent[part.id] = bytes
        events.write("part") { json in
          json.field("id", part.id)
          json.field("html", String(decoding: bytes, as: UTF8.self))
        }
      }
    case .failure(let error):
      if trouble != error.message {
        trouble = error.message
        events.write("trouble") { $0.field("text", error.message) }
      }
    }
    events.bytes += addedToLog(in: host) ?? []
    events.write("beat") { json in
      json.field("at", host.now().wall)
      json.field("server", server)
    }
    return events.bytes
  }

  mutating func addedToLog(in host: MonitorDependencies) -> [UInt8]? {
    guard let (text, end) = log?.next(in: host.logs) else { return nil }
    var events = EventWriter()
    events.write("log") { json in
      json.field("text", text)
      json.field("end", end)
    }
    return events.bytes
  }
}

/// Writes server-sent events with one line of JSON each.
/// Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html>
struct EventWriter {
  var bytes: [UInt8] = []

  mutating func write(_ name: StaticString, _ members: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    json.object(members)
    bytes += Array("event: \(name)\ndata: ".utf8) + json.bytes + Array("\n\n".utf8)
  }
}
