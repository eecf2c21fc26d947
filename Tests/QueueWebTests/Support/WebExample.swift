import Foundation
import QueueCore
import QueueHost
import QueueOperations
import QueueTestSupport
import Testing

@testable import QueueWeb

/// A site over a queue without a disk, used as a browser uses it.
final class WebExample {
  let clock = ManualClock()
  let bell = RecordingBell()
  let directory = try? TemporaryDirectory()
  let shared = InMemoryJobStore.SharedQueue()
  let store: InMemoryJobStore
  let token = Secret()
  var site: WebSite
  private(set) var notes: [String] = []

  init(isReadOnly: Bool = false, needsToken: Bool = false, base: String = "") throws {
    let (clock, bell, shared) = (clock, bell, shared)
    store = InMemoryJobStore(sharing: shared)
    let logs = QueueDirectory(database: "\(directory?.path ?? "")/queue.db")
    let host = MonitorDependencies(
      open: { () throws(StoreError) in InMemoryJobStore(sharing: shared) }, identity: { nil },
      files: { DatabaseFiles(database: 4096, log: 0) }, now: { clock.now() },
      utcOffsetSeconds: { _ in 3600 }, isGone: { _, _ in false }, bell: bell, logs: logs)
    var facts = SiteFacts(place: "web1:/srv/queue.db")
    facts.isReadOnly = isReadOnly
    facts.hasLogin = needsToken
    facts.base = base
    let address = base.isEmpty ? nil : PublicAddress("https://ci.example.org\(base)")
    let gate = Gate(
      token: nil, cookie: "queuectl_8377", publicAddress: address, isReadOnly: isReadOnly)
    let secret = token
    site = WebSite(host: host, facts: facts, gate: gate, token: { needsToken ? secret : nil })
  }

  var now: Moment { clock.now() }

  // MARK: Requests

  func reply(
    _ method: String, _ target: String, _ fields: [String: String] = [:], body: String = ""
  )
    -> WebSite.Reply
  {
    var all = ["Host": "localhost:8377"]
    if method == "POST" {
      all["Origin"] = "http://localhost:8377"
      all["Content-Type"] = "application/x-www-form-urlencoded"
    }
    all.merge(fields) { $1 }
    let head = RequestHead(method, target, fields: all.map { .init($0.key, $0.value) })
    return site.reply(to: Request(head, body: Array(body.utf8)))
  }

  func get(_ target: String, _ fields: [String: String] = [:]) throws -> Response {
    guard case .response(let response) = reply("GET", target, fields) else {
      throw Unexpected(text: "\(target) is a stream")
    }
    return response
  }

  /// Sends a form of this site.
  func post(_ target: String, _ form: [(String, String)], secret: String? = nil) throws -> Response
  {
    let pairs = [("secret", secret ?? site.facts.formSecret.text)] + form
    let body = pairs.map { "\($0.0)=\(PercentCoding.encoded($0.1))" }.joined(separator: "&")
    guard case .response(let response) = reply("POST", target, body: body) else {
      throw Unexpected(text: "\(target) is a stream")
    }
    return response
  }

  /// Asks for an action and returns the path of its question.
  func ask(_ form: [(String, String)]) throws -> String {
    let response = try post("/ask", form)
    #expect(response.status == 303, "\(response.text)")
    return try #require(response.value("Location"))
  }

  /// Says yes, and returns the page of the result.
  func confirm(_ question: String, count: Int? = nil) throws -> String {
    let response = try post(question, count.map { [("count", "\($0)")] } ?? [])
    #expect(response.status == 303, "\(response.text)")
    return try get(question).text
  }

  // MARK: Jobs

  /// Adds jobs that have died with this last line of output.
  func addDead(_ ids: [String], command: String = "false", _ lastLine: String = "no") throws {
    let worker = try store.addWorker(at: now)
    for id in ids {
      try store.add(id, command: command, maxRetries: 0, at: now)
      try store.runNext(for: worker, .exited(1), lastLine: lastLine, at: now)
    }
    try store.deregister(worker)
  }

  func state(_ id: String) -> JobState? { try? store.job(id, at: now).state }

  /// Writes the log of a job's latest run.
  func write(_ text: String, toLogOf id: String) throws {
    let run = try #require(try store.job(id, at: now).latestRun).id
    let logs = QueueDirectory(database: "\(directory?.path ?? "")/queue.db")
    let path = logs.log(of: run)
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let old = (try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()
    try (old + Data(text.utf8)).write(to: URL(fileURLWithPath: path))
  }

  struct Unexpected: Error {
    let text: String
  }
}

extension Response {
  /// The body as text.
  var text: String { String(decoding: body, as: UTF8.self) }

  /// The value of a header field.
  func value(_ name: String) -> String? { allFields.first { $0.name == name }?.value }
}
