import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// Every key of the table does something where it is enabled, and the help names it.
@Suite struct `Every key` {
  /// In the middle of everything, so that every movement has an effect.
  private static func lists() -> MonitorState {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.down, .character(" "), .down, .right)
    _ = state.type("/a")
    _ = state.press(.enter)
    _ = state.update(.heard(.snapshot(ExampleQueue.snapshot(), state.request)))
    state.notice = nil
    return state
  }

  private static func detail() -> MonitorState {
    var state = lists()
    _ = state.press(.enter)
    var snapshot = ExampleQueue.snapshot()
    var runs = ExampleQueue.dead[0].latestRun.map { [$0] } ?? []
    for number: Int64 in [2, 1] {
      runs.append(runs[0])
      runs[runs.count - 1].id = RunID(number)
    }
    let lines = (1...200).map { "line \($0)" }
    if let job = state.request.detail {
      snapshot.detail = JobDetail(job: ExampleQueue.dead[0], runs: runs)
      snapshot.detail?.job.id = job
    }
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    _ = state.update(.heard(.log(LogText(lines: lines, run: runs[0].id))))
    _ = state.type("[")
    _ = state.update(.heard(.log(LogText(lines: lines, run: runs[1].id))))
    _ = state.type("/line 5")
    for case .search(let search?) in state.press(.enter) {
      let match = LogSearch.Match(LogPlace(line: 300), hasWrapped: false)
      _ = state.update(.heard(.searched(search, match)))
    }
    _ = state.press(.right)
    state.notice = nil
    return state
  }

  private static func groups() -> MonitorState {
    var state = lists()
    _ = state.type("e")
    var snapshot = ExampleQueue.snapshot()
    snapshot.groups = ErrorGroup.groups(of: ExampleQueue.dead, at: ExampleQueue.now)
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    _ = state.press(.down, .right)
    return state
  }

  /// Presses each key of the table: an enabled one changes something, a disabled one shows why.
  private func expectAll(in state: MonitorState) {
    let help = HelpLayout(of: state).entries
    let words = Set(help.flatMap { ($0.keys + " " + $0.text).split { " ,;".contains($0) } })
    for row in help where row.keys.count > 12 || row.text.count > (row.keys.isEmpty ? 37 : 24) {
      Issue.record("two columns have no room for \(row.keys) \(row.text)")
    }
    var seen: Set<Key> = []
    for binding in Binding.all(on: state.page) {
      for key in binding.keys {
        #expect(seen.insert(key).inserted, "\(key.name) is bound twice")
        var pressed = state
        let effects = pressed.press(key)
        if let reason = binding.whyNot(state) {
          #expect(effects.isEmpty && pressed.overlay == nil, "\(key.name) acts, but \(reason)")
          #expect(pressed.notice == .init(text: reason, isWarning: true), "\(key.name)")
        } else {
          pressed.notice = nil
          #expect(!effects.isEmpty || pressed != state, "\(key.name) does nothing")
        }
        let isNamed = words.contains(Substring(key.name)) || binding.shown == "0-9 c"
        #expect(isNamed, "the help doesn't name \(key.name)")
      }
    }
  }

  @Test func `in the list of jobs`() { expectAll(in: Self.lists()) }

  @Test func `in the list of workers`() {
    var state = Self.lists()
    _ = state.press(.tab, .down)
    expectAll(in: state)
  }

  @Test func `in the tab of queues`() {
    var state = Self.lists()
    _ = state.type("7")
    var snapshot = ExampleQueue.snapshot()
    snapshot.queues = ExampleQueue.queues
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    _ = state.press(.down, .right)
    state.notice = nil
    expectAll(in: state)
  }

  @Test func `in the tab of schedules, and among the times of one`() {
    var state = Self.lists()
    _ = state.type("9")
    var snapshot = ExampleQueue.snapshot()
    snapshot.schedules = ExampleQueue.schedules
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    _ = state.press(.down, .right)
    state.notice = nil
    expectAll(in: state)
    _ = state.press(.enter)
    snapshot.occurrences = ExampleQueue.occurrences
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    _ = state.press(.down, .right)
    state.notice = nil
    expectAll(in: state)
  }

  @Test func `in the tab of workers`() {
    var state = Self.lists()
    _ = state.type("8")
    _ = state.update(.heard(.snapshot(ExampleQueue.snapshot(), state.request)))
    _ = state.press(.down, .right)
    state.notice = nil
    expectAll(in: state)
  }

  @Test func `on the page of a job`() { expectAll(in: Self.detail()) }

  @Test func `on the description of a job`() {
    var state = Self.detail()
    _ = state.update(.resized(Size(width: 50, height: 9)))
    _ = state.press("i", .down)
    expectAll(in: state)
  }

  @Test func `among the error groups`() { expectAll(in: Self.groups()) }

  /// Where there is nothing to act on, a key that does nothing would be followed by one that quits.
  @Test(arguments: ["", "6", "7", "8", "9", "e"])
  func `on an empty page each key does something or shows why not`(page: String) {
    let empty = {
      var snapshot = Snapshot(time: ExampleQueue.now, summary: QueueSummary())
      (snapshot.queues, snapshot.schedules, snapshot.groups) = ([], [], [])
      return snapshot
    }()
    var state = ExampleQueue.state(80, 24, snapshot: empty)
    _ = state.type(page)
    _ = state.update(.heard(.snapshot(empty, state.request)))
    let moving: Set<Key> = [
      .up, .down, "j", "k", .pageUp, .pageDown, .control("b"), .control("f"), .control("u"),
      .control("d"), .home, .end, "g", "G", .left, .right, .escape, "U", .tab, .backTab,
    ]
    let tabs = Set(Tab.all.map(\.key))
    for binding in Binding.all(on: state.page) {
      for key in binding.keys where !moving.contains(key) && !tabs.contains(key) {
        var pressed = state
        let effects = pressed.press(key)
        #expect(!effects.isEmpty || pressed != state, "\(key.name) does nothing")
      }
    }
  }

  @Test func `the menu among workers is for the worker under the cursor`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.tab, .function(9))
    guard case .menu(let busy) = state.overlay else { return #expect(Bool(false)) }
    #expect(busy.items.map(\.key.name) == ["s", "S", "i", "l", "L", "y", "Y"])
    _ = state.press(.escape, .end, .function(9))
    guard case .menu(let lost) = state.overlay else { return #expect(Bool(false)) }
    #expect(!lost.items.contains { $0.key == "s" }, "a lost worker can't be stopped")
  }

  @Test func `a read-only screen offers no action, in footer or menu`() {
    var setup = ExampleQueue.setup
    setup.isReadOnly = true
    let state = ExampleQueue.state(120, 40, setup: setup)
    let actions = Binding.all(on: .lists).filter(\.isAction)
    #expect(actions.flatMap(\.keys) == ["r", "R", "d", "D", "x", "z", "s", "S", "P"])
    for label in [\Binding.hint, \Binding.item] {
      let offered = Binding.offered(label, in: state)
      #expect(!offered.isEmpty && offered.allSatisfy { !$0.binding.isAction })
    }
    let help = HelpLayout(of: state).entries.map(\.keys)
    #expect(help.contains("F9") && !help.contains { $0.hasPrefix("r") })
  }

  @Test func `help longer than the screen scrolls, and any other key closes it`() {
    var state = ExampleQueue.state(40, 8)
    _ = state.type("?")
    let first = state.frame().rows[1].text
    _ = state.press(.down)
    #expect(state.frame().rows[1].text != first)
    _ = state.press(.up, .up, .up)
    #expect(state.frame().rows[1].text == first)
    for _ in 1...20 { _ = state.press(.pageDown) }
    #expect(state.frame().rows[6].text.contains("quit"))
    #expect(state.type("r") == [])
    #expect(state.overlay == nil)
  }
}
