import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

@Suite struct Screens {
  /// A size, and the screen there in both character sets.
  @Test(arguments: [(120, 40), (80, 24), (60, 15), (40, 8), (10, 2), (30, 4)], [true, false])
  func `the lists at every size`(size: (Int, Int), isUnicode: Bool) throws {
    let state = ExampleQueue.state(size.0, size.1)
    let name = "lists-\(size.0)x\(size.1)-\(isUnicode ? "utf8" : "ascii")"
    try Pictures.expect(state.frame(isUnicode ? .unicode : .ascii), name)
  }

  @Test func `all states at once, each with its letter`() throws {
    try Pictures.expect(ExampleQueue.state(80, 24, tab: .all).frame(), "all-80x24")
  }

  @Test(arguments: [JobTab.later, .cancelled])
  func `jobs for later and cancelled ones at every size`(tab: JobTab) throws {
    var snapshot = ExampleQueue.snapshot()
    var job = ExampleQueue.others[0]
    job.state = tab == .later ? .pending : .cancelled
    snapshot.list.jobs = [job]
    snapshot.health?.scheduled = 1
    snapshot.summary = QueueSummary(counts: ["default": [.pending: 1204, .cancelled: 1]])
    let state = ExampleQueue.state(80, 24, tab: tab, snapshot: snapshot)
    try Pictures.expectAllSizes(of: state, Tab.jobs(tab).word)
  }

  @Test func `marked jobs, and the confirmation before they are retried`() throws {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("  r")
    try Pictures.expect(state.frame(), "retry-marked-80x24")
  }

  @Test func `the confirmation before all are retried asks for the number`() throws {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("/exit:1 gateway")
    _ = state.press(.enter)
    _ = state.update(.heard(.snapshot(ExampleQueue.snapshot(), state.request)))
    let bulk = BulkSelection(purpose: .retry, filter: state.request.filter)
    let ids = (1...12_345).map { JobID(trusted: "job-\($0)") }
    _ = state.update(.heard(.gathered(bulk, ids, isComplete: true)))
    _ = state.type("123")
    try Pictures.expect(state.frame(), "retry-all-80x24")
  }

  @Test func `the confirmation before a worker is stopped`() throws {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.tab, .down, .down, .down)
    _ = state.type("s")
    try Pictures.expect(state.frame(), "stop-80x24")
  }

  @Test func `a filter while it is typed`() throws {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("/gateway try:x")
    try Pictures.expect(state.frame(), "filter-80x24")
  }

  @Test func `slow reads are repeated more rarely, and that is shown`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.pace = .milliseconds(3400)
    let state = ExampleQueue.state(80, 24, snapshot: snapshot)
    #expect(state.frame().rows[0].text.contains("slowed to 3.4s  14:02:07"))
  }

  @Test(arguments: [
    (40, "P 1,204 R 4 F 12 D 7! C 98,311   11.4/s"), (30, "P 1,204 R 4 F 12 D 7! C 98,311"),
    (29, "P 1204 R 4 F 12 D 7! C 98k"), (25, "P 1204 R 4 F 12 D 7!"), (20, "P 1204 R 4 F 12 D 7!"),
  ])
  func `a count is shown whole or not at all`(width: Int, expected: String) {
    let text = ExampleQueue.state(width, 5).frame().rows[0].text
    #expect(text == expected + String(repeating: " ", count: width - expected.count))
  }

  @Test func `a narrow screen shows the most useful action, and the menu the others`() {
    let keys = ExampleQueue.state(80, 24).frame().rows[23].text
    #expect(keys.contains("r Retry  Space Mark  / Filter  F9 Actions") && !keys.contains("Discard"))
    #expect(ExampleQueue.state(120, 40).frame().rows[39].text.contains("F9 Actions  d Discard"))
  }

  @Test(arguments: [(80, 24), (120, 40), (40, 8)])
  func `the help`(size: (Int, Int)) throws {
    var state = ExampleQueue.state(size.0, size.1)
    _ = state.type("?")
    try Pictures.expect(state.frame(), "help-\(size.0)x\(size.1)")
  }

  @Test func `the menu of actions`() throws {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.function(9), .down)
    try Pictures.expect(state.frame(), "menu-80x24")
  }

  @Test func `on the smallest screen a confirmation keeps its answers, and a menu its chosen row`()
  {
    var asking = ExampleQueue.state(40, 8)
    _ = asking.type("Ar")
    let question = asking.frame().rows.map(\.text)
    #expect(question.contains { $0.contains("[ No ]    y Yes") })
    #expect(question.contains { $0.contains("… and more") })
    var choosing = ExampleQueue.state(40, 8)
    _ = choosing.press(.function(9))
    for _ in 1...20 { _ = choosing.press(.down) }
    let menu = choosing.frame()
    #expect(menu.rows.contains { $0.text.contains("Copy the command") })
  }

  // MARK: Trouble

  @Test func `jobs wait without a worker`() throws {
    var snapshot = ExampleQueue.snapshot()
    snapshot.workers = []
    try Pictures.expect(
      ExampleQueue.state(80, 24, snapshot: snapshot).frame(), "no-workers-80x24")
  }

  @Test func `FAULT 70: a worker that can't start its job shows why`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.workers[0].trouble = "can't write the log: No space left on device"
    let lines = ExampleQueue.state(140, 40, snapshot: snapshot).frame().rows.map(\.text)
    #expect(lines.contains { $0.contains("HELD") && $0.contains("can't start it: can't write") })
  }

  @Test func `an empty queue`() throws {
    let empty = Snapshot(time: ExampleQueue.now, summary: QueueSummary())
    try Pictures.expect(
      ExampleQueue.state(80, 24, tab: .all, snapshot: empty).frame(), "nothing-80x24")
  }

  @Test func `a missing database`() throws {
    var state = MonitorState(ExampleQueue.setup, now: ExampleQueue.now)
    _ = state.update(.heard(.trouble(.missing, ExampleQueue.now)))
    try Pictures.expect(state.frame(), "missing-80x24")
  }

  @Test func `an unreadable database: the last content is shown as old`() throws {
    var state = ExampleQueue.state(80, 24)
    var later = ExampleQueue.now
    later.uptime += .seconds(12)
    let error = StoreError(.corrupt, "/var/lib/queuectl/queue.db is damaged: restore a backup")
    _ = state.update(.heard(.trouble(.failed(error), later)))
    try Pictures.expect(state.frame(), "damaged-80x24")
  }

  @Test func `a locked database is shown as busy`() throws {
    var state = ExampleQueue.state(80, 24)
    var later = ExampleQueue.now
    for _ in 1...2 {
      later.uptime += .seconds(3)
      _ = state.update(.heard(.silence(later)))
    }
    let frame = state.frame()
    #expect(frame.rows[22].text.contains("db busy 6s"))
    #expect(frame.rows[0].text.contains("STALE 6s"))
    let isDim = frame.rows[1..<22].map { row in
      row.spans.allSatisfy { $0.style.ink == .faint || $0.text.allSatisfy { $0 == " " } }
    }
    #expect(!isDim.contains(false), "what is shown is old")
    _ = state.update(.heard(.unchanged(later)))
    #expect(!state.frame().rows[0].text.contains("STALE"))
  }
}
