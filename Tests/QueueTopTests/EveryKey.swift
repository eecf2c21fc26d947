import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// Every key does something where it is said to, and the help names it there.
@Suite struct `Every key` {
  private static let names: [String: Key] = [
    "Up": .up, "Down": .down, "Left": .left, "Right": .right, "PgUp": .pageUp, "PgDn": .pageDown,
    "Home": .home, "End": .end, "Tab": .tab, "Shift-Tab": .backTab, "Enter": .enter,
    "Esc": .escape, "Space": .character(" "),
  ]

  private static func key(_ name: String) -> Key {
    if let key = names[name] { return key }
    if name.hasPrefix("F"), let number = Int(name.dropFirst()) { return .function(number) }
    if name.hasPrefix("^"), let letter = name.dropFirst().lowercased().first {
      return .control(letter)
    }
    return .character(name.first ?? "?")
  }

  /// In the middle of everything, so that each way leads somewhere.
  private static func lists() -> MonitorState {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.down, .character(" "), .down, .right)
    _ = state.type("/a")
    _ = state.press(.enter)
    _ = state.update(.heard(.snapshot(ExampleQueue.snapshot(), state.look)))
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
      runs[runs.count - 1].run = RunID(number)
    }
    let lines = (1...200).map { "line \($0)" }
    let log = LogText(run: runs[0].run, lines: lines, sizeBytes: 2000, isCut: false)
    if let job = state.look.detail {
      snapshot.detail = JobDetail(job: ExampleQueue.dead[0], runs: runs, log: log)
      snapshot.detail?.job.id = job
    }
    _ = state.update(.heard(.snapshot(snapshot, state.look)))
    _ = state.type("[/line 5")
    _ = state.press(.enter, .right)
    state.notice = nil
    return state
  }

  private static func groups() -> MonitorState {
    var state = lists()
    _ = state.type("e")
    var snapshot = ExampleQueue.snapshot()
    snapshot.groups = ErrorGroup.groups(of: ExampleQueue.dead, at: ExampleQueue.now)
    _ = state.update(.heard(.snapshot(snapshot, state.look)))
    _ = state.press(.down, .right)
    return state
  }

  private func expect(_ names: String, in state: MonitorState) {
    let help = KeyHelp.all(on: state.page, isReadOnly: false)
    let words = Set(help.flatMap { ($0.keys + " " + $0.text).split { " ,;".contains($0) } })
    for name in names.split(separator: " ").map(String.init) {
      var pressed = state
      let effects = pressed.press(Self.key(name))
      #expect(!effects.isEmpty || pressed != state, "\(name) does nothing")
      let isTab = name.first?.isNumber == true && words.contains("1-6")
      #expect(words.contains(Substring(name)) || isTab, "the help doesn't name \(name)")
    }
  }

  @Test func `in the lists`() {
    expect(
      """
      q F10 ^C ? F1 h Up Down j k PgUp PgDn ^B ^F ^U ^D Home End g G Tab Shift-Tab 1 2 3 5 6 [ ]
      Left Right Enter l L / F4 < > F6 I Space A U F p Z + = - F5 ^L r R d D x s S P F9 y Y e v i m
      Esc
      """.replacing("\n", with: " "), in: Self.lists())
  }

  @Test func `on the page of a job`() {
    expect(
      """
      Up Down j k PgUp PgDn ^B ^F ^U ^D Home g End G f Left Right w / n N [ ] l L r d x s P F9 y Y
      p Z + = - F5 ^L Esc q Enter ^C
      """.replacing("\n", with: " "), in: Self.detail())
  }

  @Test func `among the groups of errors`() {
    expect(
      """
      Up Down j k PgUp PgDn ^B ^F ^U ^D Home End g G Enter r d Left Right p Z + = - F5 ^L Esc q e ^C
      """, in: Self.groups())
  }

  @Test func `help that is longer than the screen scrolls, and any other key closes it`() {
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
