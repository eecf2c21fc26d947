import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// Invariants of every frame, whatever its content and size.
@Suite struct `Any screen` {
  /// Text from attackers, other alphabets and accidents.
  private static let pieces = [
    "a", "job-1", " ", "\u{1B}[31m", "\u{1B}]0;title\u{7}", "\n", "\r", "\t", "\0", "\u{7F}",
    "\u{9B}2J", "\u{202E}", "\u{200B}", "\u{301}", "日本語", "🚀", "👨‍👩‍👧",
    "e\u{301}\u{301}\u{301}\u{301}",
    "ش", "\u{FEFF}", "\u{1F1E9}\u{1F1EA}", "ｗｉｄｅ", "한글", "\u{0E33}", "\u{FFFD}",
  ]

  private static func text(using random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 0...12, using: &random)).map { _ in
      pieces[Int.random(in: 0..<pieces.count, using: &random)]
    }.joined()
  }

  private static func hostileState(using random: inout SeededGenerator) -> MonitorState {
    let size = Size(
      width: .random(in: 1...200, using: &random), height: .random(in: 1...200, using: &random))
    var snapshot = ExampleQueue.snapshot(.all)
    snapshot.list.jobs = snapshot.list.jobs.map { job in
      var job = job
      job.id = JobID(trusted: text(using: &random))
      job.command = text(using: &random)
      job.queue = text(using: &random)
      job.directory = text(using: &random)
      job.latestRun?.error = text(using: &random)
      return job
    }
    snapshot.workers = snapshot.workers.map { worker in
      var worker = worker
      worker.record.process.host = text(using: &random)
      worker.command = text(using: &random)
      worker.record.queues = [text(using: &random)]
      return worker
    }
    snapshot.queues = ExampleQueue.queues.map { queue in
      var queue = queue
      queue.name = text(using: &random)
      return queue
    }
    snapshot.schedules = ExampleQueue.schedules.map { line in
      var line = line
      line.schedule.name = text(using: &random)
      line.schedule.spec.job.command = text(using: &random)
      line.schedule.problem = text(using: &random)
      return line
    }
    snapshot.occurrences = ExampleQueue.occurrences
    snapshot.scheduleCounts.late = .random(in: 0...2, using: &random)
    snapshot.controls.queues = (snapshot.queues ?? []).map {
      QueueControl(name: $0.name, isPaused: true)
    }
    let setup = MonitorState.Setup(
      host: text(using: &random), database: "/" + text(using: &random), origin: "a flag")
    if let job = snapshot.list.jobs.first, let run = job.latestRun {
      snapshot.detail = JobDetail(job: job, runs: [run, run])
      snapshot.groups = ErrorGroup.groups(of: snapshot.list.jobs, at: ExampleQueue.now)
    }
    var state = ExampleQueue.state(
      size.width, size.height, tab: .all, snapshot: snapshot, setup: setup)
    state.shift = Int.random(in: 0...3, using: &random) * 8
    state.showsAllColumns = .random(using: &random)
    let keys: [String] = [
      "", "?", " r", "\t", "/", "e", "  R", "v", "C", "i", "\ri", "\r", "\rw", "\rl", "\r/", "x",
      "7", "7L", "7P", "7?", "8", "8s", "8\ri", "0", "c", "2", "5", "7\r", "8>>>", "7>>I",
      "9", "9P", "9r", "9\r", "9\r\r",
    ]
    if let run = snapshot.detail?.runs.first?.id {
      let lines = (0..<Int.random(in: 0...300, using: &random)).map { _ in
        TerminalText.sanitized(text(using: &random))
      }
      _ = state.update(.heard(.log(LogText(lines: lines, run: run))))
    }
    for key in keys[Int.random(in: 0..<keys.count, using: &random)] {
      _ = state.press(key == "\r" ? .enter : key == "\t" ? .tab : .character(key))
    }
    if Bool.random(using: &random) { _ = state.press(.function(9)) }
    if Bool.random(using: &random) { _ = state.update(.input(.paste(text(using: &random)))) }
    return state
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func `every row has exactly the screen's width, and no control characters`(
    seed: UInt64
  ) {
    var random = SeededGenerator(seed: seed)
    for _ in 1...8 {
      let state = Self.hostileState(using: &random)
      for theme in [Theme.unicode, .ascii] {
        let frame = state.frame(theme)
        #expect(frame.rows.count == state.size.height)
        for row in frame.rows {
          #expect(TextWidth.of(row.text) == state.size.width, "\(state.size): \(row.text)")
          #expect(row.text.unicodeScalars.allSatisfy { Self.isInert($0, theme) }, "\(row.text)")
        }
        if let cursor = frame.cursor {
          #expect((0..<state.size.height).contains(cursor.row))
          #expect((0..<state.size.width).contains(cursor.column))
        }
      }
    }
  }

  private static func isInert(_ scalar: Unicode.Scalar, _ theme: Theme) -> Bool {
    if !theme.isUnicode { return (0x20..<0x7F).contains(scalar.value) }
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return false
    default: return true
    }
  }

  @Test func `zero-width characters can't be stacked`() {
    var line = Line(10)
    line.put("e" + String(repeating: "\u{301}", count: 500) + "x")
    #expect(line.row.text.unicodeScalars.count == 12)
  }

  @Test func `a wide character isn't cut at the edge`() {
    var line = Line(3)
    line.put("a日本")
    #expect(line.row.text == "a日")
    var narrow = Line(2)
    narrow.put("a日本")
    #expect(narrow.row.text == "a ")
  }
}
