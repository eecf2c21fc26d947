import Glibc
import QueueCore
import QueueHost
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

extension LogText {
  /// A whole log of those lines, from the first job's latest run.
  init(lines: [String], run: RunID = RunID(150)) {
    self.init(LogRequest(run: run, rows: 10))
    for (index, text) in lines.enumerated() {
      self.lines.append(LogLine(size..<(size + text.utf8.count + 1), text, number: index + 1))
      size += text.utf8.count + 1
    }
  }
}

/// A job's page and its log file, which is read whenever the page requests it, as by the poller.
struct LogScreen {
  var state: MonitorState
  private let directory: TemporaryDirectory
  private let path: String

  init(_ width: Int, _ height: Int, _ log: String, isLogOnly: Bool = true) throws {
    directory = try TemporaryDirectory(inMemory: true)
    path = directory.file("log")
    state = ExampleQueue.state(width, height)
    _ = state.press(isLogOnly ? "l" : .enter)
    var snapshot = ExampleQueue.snapshot()
    let job = ExampleQueue.dead[0]
    snapshot.detail = JobDetail(job: job, runs: job.latestRun.map { [$0] } ?? [])
    try write(log)
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    try answer()
  }

  mutating func write(_ text: String) throws {
    let file = try #require(fopen(path, "a"))
    fputs(text, file)
    fclose(file)
  }

  func truncate(to size: Int) { #expect(Glibc.truncate(path, off_t(size)) == 0) }

  /// Extends the file to the largest size of its file system.
  func makeHuge() {
    #expect(
      Glibc.truncate(path, .max) == 0 || Glibc.truncate(path, 1 << 43) == 0,
      "\(String(cString: strerror(errno)))")
  }

  /// Reads for the page until it is complete.
  mutating func answer() throws {
    let reader = try LogReader(path: path)
    var numbers = LineNumbers()
    for _ in 1...10_000 {
      guard let request = state.wantedLog else { return }
      _ = state.update(.heard(.log(LogText(request, of: reader, &numbers))))
      if state.wantedLog == request { return }
    }
    Issue.record("it wants more and more")
  }

  mutating func press(_ keys: Key...) throws { try press(keys) }

  mutating func press(_ keys: [Key]) throws {
    for key in keys {
      for case .search(let search?) in state.press(key) { try find(search) }
      try answer()
    }
  }

  mutating func type(_ text: String) throws { try press(text.map { .character($0) }) }

  private mutating func find(_ search: LogSearch) throws {
    var searcher = try LogSearcher(search, in: LogReader(path: path))
    let outcome = try searcher.advance(until: { false })
    guard case .found(let match)? = outcome else {
      _ = state.update(.heard(.searched(search, nil)))
      return
    }
    _ = state.update(.heard(.searched(search, match)))
  }

  /// The rows of the log on the screen, without trailing blanks and blank rows.
  var rows: [String] {
    let all = state.frame().rows.map(\.text)
    guard let title = all.firstIndex(where: { $0.contains(" LOG ") }) else { return [] }
    let rows = all[(title + 1)...].dropLast(2).map { row in
      String(row.prefix(row.count - row.reversed().prefix { $0 == " " }.count))
    }
    return Array(rows.prefix((rows.lastIndex { !$0.isEmpty } ?? -1) + 1))
  }

  var title: String { state.frame().rows.first { $0.text.contains(" LOG ") }?.text ?? "" }
}
