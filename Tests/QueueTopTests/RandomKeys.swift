import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// Random keys on every page, at every size, while logs and lists appear, grow and disappear.
@Suite struct `Random keys` {
  private static let keys: [Key] =
    [
      .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .tab, .backTab, .enter, .enter,
      .escape, .backspace, .delete, .function(4), .function(6), .function(9), .control("d"),
      .control("u"), .control("w"), .control("a"), .control("e"), .unknown,
    ]
    + "12345677889999990cTWxx//nnNNlLwwff[]ggGG  reRdDxsSPyYpIviCFAU<>?jk".map { Key.character($0) }

  /// A log that is empty, missing, of one line, or long; any part of it, whatever the request.
  private static func log(using random: inout SeededGenerator) -> LogText {
    let counts = [0, 0, 1, 1, 2, 30, 300]
    let count = counts[Int.random(in: 0..<counts.count, using: &random)]
    var log = LogText(
      lines: (0..<count).map { $0 % 7 == 0 ? "" : "x日 line \($0 * $0 * $0 * $0 * $0 * $0)" })
    log.lines.removeFirst(
      [0, 1, 5, 5000].randomElement(using: &random).map { min($0, count) } ?? 0)
    if .random(using: &random) { log.size += 1000 }
    if .random(using: &random) { log.condition = .missing }
    return log
  }

  /// A report of the log viewer, requested or not.
  private static func report(
    to state: MonitorState, using random: inout SeededGenerator
  ) -> PollerMessage {
    guard let search = state.detailPage?.search, .random(using: &random) else {
      return .log(log(using: &random))
    }
    let place = LogPlace(
      line: .random(in: 0...4000, using: &random), scalar: .random(in: 0...90, using: &random))
    return [
      .searching(search, percent: 3), .searched(search, nil),
      .searched(search, .init(place, hasWrapped: .random(using: &random))),
    ].randomElement(using: &random) ?? .searched(search, nil)
  }

  private static func snapshot(
    for state: MonitorState, using random: inout SeededGenerator
  ) -> Snapshot {
    var snapshot = ExampleQueue.snapshot(state.request.tab == .all ? .all : .dead)
    let kept = [0, 1, 3, 10].randomElement(using: &random) ?? 0
    snapshot.list.jobs = Array(snapshot.list.jobs.prefix(kept))
    snapshot.list.hasMore = .random(using: &random)
    snapshot.workers = Array(snapshot.workers.prefix(kept))
    snapshot.list.order = .random(using: &random) ? JobOrder(.updated) : nil
    if state.request.wantsQueues { snapshot.queues = Array(ExampleQueue.queues.prefix(kept)) }
    if state.request.wantsSchedules {
      snapshot.schedules = Array(ExampleQueue.schedules.prefix(kept))
      if state.request.schedule != nil {
        snapshot.occurrences = Array(ExampleQueue.occurrences.prefix(kept))
      }
    }
    if state.request.wantsGroups {
      snapshot.groups = ErrorGroup.groups(of: snapshot.list.jobs, at: ExampleQueue.now)
    }
    if let id = state.request.detail {
      var job = ExampleQueue.dead[0]
      job.id = id
      let runs = job.latestRun.map { Array(repeating: $0, count: kept) } ?? []
      snapshot.detail = JobDetail(job: job, runs: runs)
    }
    return snapshot
  }

  private static func event(
    for state: MonitorState, using random: inout SeededGenerator
  ) -> Event {
    switch Int.random(in: 0..<43, using: &random) {
    case 40...42: .heard(report(to: state, using: &random))
    case 0...4: .heard(.snapshot(snapshot(for: state, using: &random), state.request))
    case 5:
      .resized(
        Size(
          width: .random(in: 1...130, using: &random), height: .random(in: 1...45, using: &random)))
    case 6: .input(.paste(["x", "", "e\u{301}\u{200D}", "\n"].randomElement(using: &random) ?? ""))
    case 7, 8:
      .input(
        .mouse(
          [.click, .wheelUp, .wheelDown].randomElement(using: &random) ?? .click,
          Frame.Place(
            row: [0, 5, 12, 65_534].randomElement(using: &random) ?? 0,
            column: .random(in: 0...140, using: &random))))
    default: .input(.key(keys[Int.random(in: 0..<keys.count, using: &random)]))
    }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func `no key crashes the screen, whatever it shows`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var state = ExampleQueue.state(80, 24)
    for _ in 1...400 {
      _ = state.update(Self.event(for: state, using: &random))
      #expect(state.frame().rows.count == state.size.height)
    }
  }

  @Test func `keys are about the row under the cursor while 5,000 jobs move`() throws {
    var random = SeededGenerator(seed: 7)
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs = (1...5000).map {
      ExampleQueue.job("job-\($0)", "x", 1, 0, .exited(1), nil, ago: $0)
    }
    var state = ExampleQueue.state(120, 40, snapshot: snapshot)
    for key in [Key.pageDown, .end, .up, .pageUp, .control("d"), .home, .down, .down] {
      _ = state.press(key)
      let job = try #require(state.selectedJob)
      _ = state.type("r")
      snapshot.list.jobs.shuffle(using: &random)
      _ = state.update(.heard(.snapshot(snapshot, state.request)))
      #expect(state.selectedJob?.id == job.id)
      #expect(state.frame().rows.contains { $0.text.hasPrefix(">  x \(job.id.text) ") })
      #expect(state.type("y") == [.act(.jobs(.retry, [job.id]))])
      _ = state.update(.heard(.acted(ActionResult(text: "retried 1 job"))))
    }
  }

  @Test(arguments: ["n", "N"])
  func `a search in an empty log reports no match`(key: Character) throws {
    var screen = try LogScreen(80, 24, "", isLogOnly: false)
    try screen.type("/x")
    try screen.press(.enter)
    #expect(screen.state.notice?.text == "\"x\" isn't in this log")
    screen.state.notice = nil
    try screen.press(.character(key))
    #expect(screen.state.notice?.text == "\"x\" isn't in this log")
  }

  @Test(arguments: [
    "<0;1;9223372036854775807M", "<0;-9223372036854775808;1M", "<0;1;70000M", "<64;0;0M",
    "<;;M", "<0;1;1;1M", "<M", "<", "<0", "<0;99999999999999999999;1M",
  ])
  func `a mouse report with any numbers is a position or nothing`(report: String) {
    var decoder = KeyDecoder()
    var state = ExampleQueue.state(80, 24)
    for page in ["", "e"] {
      _ = state.type(page)
      let inputs = decoder.feed("\u{1B}[\(report)".utf8) + decoder.pause()
      for input in inputs { _ = state.update(.input(input)) }
      #expect(state.frame().rows.count == 24)
    }
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func `random bytes are keys, pastes or nothing`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("\u{1B}\u{1B}[[<<O;;;0129-MmAB~\u{7F}\r\u{C3}é日".utf8) + [0xFF, 0, 0x80]
    var decoder = KeyDecoder()
    for _ in 1...500 {
      let bytes = (0..<Int.random(in: 0...9, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      _ = decoder.feed(bytes)
      if Bool.random(using: &random) { _ = decoder.pause() }
    }
    _ = decoder.feed("\u{1B}[201~".utf8)
    _ = decoder.pause()
    #expect(decoder.feed("q".utf8).last == .key(.character("q")))
  }
}
