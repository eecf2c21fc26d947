import Glibc
import QueueCore
import QueueHost
import QueueTestSupport
import Synchronization
import Testing

@testable import QueueOperations

/// The visible log while it is written, removed and replaced.
@Suite struct `Viewing logs` {
  private final class Shelf: LogShelf {
    let path: String
    init(_ path: String) { self.path = path }
    func removeLogs(of runs: [RunID]) {}
    func lastLine(of run: RunID) -> String? { nil }
    func log(of run: RunID) -> String { path }
  }

  private let log: LogOnDisk
  private let request = LogRequest(run: RunID(7), rows: 5)

  init() throws { log = try LogOnDisk() }

  private var viewer: LogViewer { LogViewer(shelf: Shelf(log.path)) }

  /// The log of the only report; nil without one.
  private func text(_ messages: [PollerMessage]) -> LogText? {
    #expect(messages.count <= 1)
    guard case .log(let text)? = messages.first else { return nil }
    return text
  }

  private func lines(_ messages: [PollerMessage]) -> [String]? { text(messages)?.lines.map(\.text) }

  @Test func `without a visible log nothing is watched, read or awaited`() throws {
    try log.write("one\n")
    var viewer = viewer
    #expect(viewer.descriptor == nil && viewer.due == nil)
    #expect(lines(viewer.show(request)) == ["one"])
    #expect(viewer.descriptor != nil && viewer.due == nil)
    #expect(viewer.show(nil).isEmpty)
    #expect(viewer.descriptor == nil && viewer.due == nil)
    viewer.doubt()
    #expect(viewer.due == nil && viewer.follow(at: .seconds(1)).isEmpty)
  }

  /// A copy whose holes another host fills, except for output that was discarded.
  private final class Copy: LogShelf {
    let path: String
    private let asked = Mutex<[Range<Int>]>([])
    init(_ path: String) { self.path = path }
    var gaps: [Range<Int>] { asked.withLock { $0 } }
    func removeLogs(of runs: [RunID]) {}
    func lastLine(of run: RunID) -> String? { nil }
    func log(of run: RunID) -> String { path }
    func isElsewhere(_ run: RunID) -> Bool { true }
    func fetch(_ gap: Range<Int>, of run: RunID) -> LogFetch {
      let count = asked.withLock { asked in
        asked.append(gap)
        return asked.count
      }
      switch count {
      case 1: return .pending
      case 2: return .discarded(upTo: gap.lowerBound + 4096)
      default:
        let line = [UInt8](repeating: 0x78, count: gap.count - 1) + [0x0A]
        return (try? LogCopy(at: path).write([(gap.lowerBound, line)], size: nil)) == nil
          ? .unavailable : .arrived
      }
    }
  }

  @Test func `of a copy, a hole is filled once it is looked at`() throws {
    try log.write("one\n" + String(repeating: "b", count: 4091) + "\n")
    let tail = Array(String(repeating: "end\n", count: 40_000).utf8)
    try LogCopy(at: log.path).write([(12_288, tail)], size: nil)
    let shelf = Copy(log.path)
    var viewer = LogViewer(shelf: shelf)
    #expect(lines(viewer.show(request))?.last == "end" && shelf.gaps.isEmpty)
    var start = request
    start.place = .at(0)
    #expect(lines(viewer.show(start))?[2] == "… 8.0KB left out …")
    #expect(viewer.follow(at: .seconds(1)).isEmpty)
    let filled = try #require(lines(viewer.follow(at: .seconds(2))))
    #expect(filled[0] == "one" && filled[2] == "… 4.0KB left out …", "\(filled)")
    #expect(filled[3].hasPrefix("xxx") && filled[4] == "end")
    #expect(shelf.gaps == [4096..<12_288, 4096..<12_288, 8192..<12_288, 4096..<8192])
  }

  @Test func `a write wakes the viewer and is read once; an unchanged log isn't reported`() throws {
    try log.write("one\n")
    var viewer = viewer
    _ = viewer.show(request)
    let descriptor = try #require(viewer.descriptor)
    #expect(Poll.wait(for: [descriptor], atMost: .zero).isEmpty)
    #expect(viewer.follow(at: .seconds(1)).isEmpty)
    try log.write("two\n")
    #expect(Poll.wait(for: [descriptor], atMost: .zero) == [descriptor])
    #expect(lines(viewer.follow(at: .seconds(2))) == ["one", "two"])
    viewer.doubt()
    #expect(viewer.follow(at: .seconds(3)).isEmpty)
  }

  @Test func `a write alone wakes the poller, which reports it`() async throws {
    try log.write("one\n")
    let poller = Poller(dependencies: dependencies())
    #expect(poller.start())
    defer { poller.tell(.end) }
    poller.tell(.log(request))
    #expect(lines(nextReports(of: poller)) == ["one"])
    try log.write("two\n")
    #expect(lines(nextReports(of: poller)) == ["one", "two"])
    let search = LogSearch(
      run: RunID(7), pattern: LogPattern("two"), origin: LogPlace(line: 0), isForward: true)
    poller.tell(.search(search))
    let match = LogSearch.Match(LogPlace(line: 4), hasWrapped: false)
    var messages: [PollerMessage] = []
    while messages.last != .searched(search, match) {
      let more = nextReports(of: poller)
      try #require(!more.isEmpty)
      messages += more
    }
  }

  private func nextReports(of poller: Poller) -> [PollerMessage] {
    Poll.wait(for: [poller.messages.descriptor], atMost: .seconds(60))
    return poller.messages.takeAll()
  }

  private func dependencies() -> MonitorDependencies {
    let clock = SystemClock()
    return MonitorDependencies(
      open: { () throws(StoreError) in nil }, identity: { nil }, files: { DatabaseFiles() },
      now: { clock.now() }, utcOffsetSeconds: { _ in 0 }, isGone: { _, _ in false },
      bell: RecordingBell(), logs: Shelf(log.path))
  }

  @Test func `constant writes don't cause constant reads`() throws {
    try log.write("one\n")
    var viewer = viewer
    _ = viewer.show(request)
    try log.write("two\n")
    #expect(lines(viewer.follow(at: .seconds(1))) == ["one", "two"])
    try log.write("three\n")
    #expect(viewer.follow(at: .milliseconds(1010)).isEmpty)
    #expect(viewer.descriptor == nil, "more writes needn't wake")
    #expect(viewer.due == .milliseconds(1050))
    #expect(lines(viewer.follow(at: .milliseconds(1050))) == ["one", "two", "three"])
  }

  @Test func `a missing log is shown within 250 ms of its creation`() throws {
    var viewer = viewer
    #expect(text(viewer.show(request))?.condition == .missing)
    _ = viewer.follow(at: .seconds(1))
    #expect(viewer.due ?? .seconds(9) <= .milliseconds(1250))
    try log.write("one\n")
    #expect(lines(viewer.follow(at: .milliseconds(1250))) == ["one"])
    #expect(viewer.due == nil && viewer.descriptor != nil)
  }

  @Test func `without inotify, a write is shown within 250 ms`() throws {
    try log.write("one\n")
    var viewer = LogViewer(shelf: Shelf(log.path), watch: { _ in nil })
    #expect(lines(viewer.show(request)) == ["one"])
    _ = viewer.follow(at: .seconds(1))
    #expect(viewer.descriptor == nil && viewer.due ?? .seconds(9) <= .milliseconds(1250))
    try log.write("two\n")
    #expect(viewer.follow(at: .milliseconds(1100)).isEmpty)
    #expect(lines(viewer.follow(at: .milliseconds(1250))) == ["one", "two"])
    #expect(viewer.show(nil).isEmpty && viewer.due == nil)
  }

  @Test func `a removed log is still shown, marked as removed`() throws {
    try log.write("one\n")
    var viewer = viewer
    _ = viewer.show(request)
    #expect(unlink(log.path) == 0)
    let text = text(viewer.follow(at: .seconds(1)))
    #expect(text?.lines.map(\.text) == ["one"] && text?.condition == .removed)
  }

  @Test func `a replaced log is read from the new file`() throws {
    try log.write("old\n")
    var viewer = viewer
    _ = viewer.show(request)
    #expect(rename(log.path, log.path + ".old") == 0)
    try log.write("new\n")
    #expect(lines(viewer.follow(at: .seconds(1))) == ["new"])
    try log.write("more\n")
    #expect(lines(viewer.follow(at: .seconds(2))) == ["new", "more"])
  }

  @Test func `a truncated log is shown with its new content`() throws {
    try log.write("one\ntwo\nthree\n")
    var viewer = viewer
    _ = viewer.show(LogRequest(run: RunID(7), place: .at(8), rows: 5))
    #expect(truncate(log.path, 4) == 0)
    #expect(lines(viewer.follow(at: .seconds(1))) == ["one"])
  }

  @Test func `a path that isn't a regular file shows an error`() throws {
    #expect(mkfifo(log.path, 0o600) == 0)
    var viewer = viewer
    let text = text(viewer.show(request))
    #expect(text?.lines.first?.text.contains("isn't a regular file") == true)
    #expect(text?.lines.first?.isNote == true)
  }

  @Test func `a match comes with the lines around it`() throws {
    try log.write((1...1000).map { "line \($0)\n" }.joined())
    var viewer = viewer
    _ = viewer.show(request)
    let search = LogSearch(
      run: RunID(7), pattern: LogPattern("line 500"), origin: LogPlace(line: 0, scalar: -1),
      isForward: true)
    #expect(viewer.search(search).isEmpty && viewer.isSearching)
    let messages = viewer.advanceSearch(until: { false })
    try #require(messages.count == 2)
    guard case .log(let text) = messages[0], case .searched(search, let match?) = messages[1] else {
      Issue.record("\(messages)")
      return
    }
    #expect(text.lines.first { $0.bytes.contains(match.place.line) }?.text == "line 500")
    #expect(!viewer.isSearching)
  }

  @Test func `a search ends on request, and when another log is shown`() throws {
    try log.write("one\n")
    var viewer = viewer
    let search = LogSearch(
      run: RunID(7), pattern: LogPattern("x"), origin: LogPlace(line: 0), isForward: true)
    #expect(viewer.search(search) == [.searched(search, nil)], "no log is shown")
    _ = viewer.show(request)
    _ = viewer.search(search)
    #expect(viewer.isSearching)
    #expect(viewer.search(nil).isEmpty && !viewer.isSearching)
    _ = viewer.search(search)
    _ = viewer.show(LogRequest(run: RunID(8), rows: 5))
    #expect(!viewer.isSearching && viewer.advanceSearch(until: { false }).isEmpty)
  }
}
