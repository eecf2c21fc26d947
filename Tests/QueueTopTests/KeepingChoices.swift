import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The file that keeps choices, and the view that the command line chooses.
@Suite struct `Keeping choices` {
  private func state(_ preferences: Preferences, _ view: FirstView = FirstView()) -> MonitorState {
    var options = Monitor.Options(
      host: "h", database: "/q", origin: "", isReadOnly: false, interval: .seconds(1),
      terminal: "xterm", theme: .unicode, wantsColor: true, isInTmux: false)
    (options.preferences, options.view) = (preferences, view)
    var state = MonitorState(options, now: ExampleQueue.now)
    _ = state.update(.resized(Size(width: 80, height: 24)))
    return state
  }

  @Test func `what W keeps is as it was at the next start`() throws {
    var before = ExampleQueue.state(80, 24)
    _ = before.type("2>I7>>8>I4CvT")
    guard case .keep(let bytes)? = before.type("W").first else { return #expect(Bool(false)) }
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(
      text == """
        {"tab":"dead","sort":{"pending":"-age","queues":"limit","workers":"-host"},\
        "columns":"all","details":"shown","background":"dark"}

        """)
    let after = state(try Preferences(bytes))
    #expect(after.tab == .jobs(.dead) && after.showsAllColumns && after.wantsDetails == true)
    #expect(after.sorts[.pending] == before.sorts[.pending])
    #expect(after.queueTable.sort == .limit && after.workerTable.isReversed)
    #expect(after.preferences == before.preferences)
    #expect(!after.setup.picksTab, "it is chosen already")
  }

  @Test(arguments: [
    "", "{", "[]", "{}{}", #"{"tab":"ded"}"#, #"{"tab":4}"#, #"{"colour":"red"}"#,
    #"{"columns":"some"}"#, #"{"sort":{"x":"age"}}"#, #"{"background":"blue"}"#,
  ])
  func `a file that isn't right is an error`(text: String) {
    #expect(throws: (any Error).self) { try Preferences(Array(text.utf8)) }
  }

  @Test func `a column that doesn't exist is passed over`() throws {
    let preferences = try Preferences(Array(#"{"sort":{"dead":"-size","queues":"x"}}"#.utf8))
    #expect(state(preferences).queueTable.sort == .name)
  }

  @Test(arguments: ["", "dead", "queues", "workers", "later", "ALL", "cancelled"])
  func `the command line chooses a tab, whatever was kept`(word: String) {
    var preferences = Preferences()
    preferences.tab = .jobs(.failed)
    let view = FirstView(tab: word.isEmpty ? nil : word)
    #expect(view.problem == nil)
    let tab = state(preferences, view).tab
    #expect(tab.word == (word.isEmpty ? "failed" : word.lowercased()))
  }

  @Test func `it also chooses a queue and a filter`() {
    let first = state(Preferences(), FirstView(queue: "mail", filter: "exit:>1"))
    #expect(first.request.queue == "mail" && first.request.filter.text == "exit:>1")
    #expect(first.setup.picksTab)
    #expect(FirstView(tab: "Canceled") == FirstView(tab: "cancelled"))
    #expect(FirstView(tab: "canceled").problem == nil)
    #expect(FirstView(tab: "ded").problem?.contains("--tab takes later, processing") == true)
    #expect(FirstView(filter: "exit:x").problem?.hasPrefix("--filter: exit: takes 1") == true)
  }

  @Test(arguments: [(nil, JobTab.dead), ("mail", .processing), ("none", .all)])
  func `without a tab, the first one with jobs is shown, of the chosen queue`(
    queue: String?, expected: JobTab
  ) {
    var first = state(Preferences(), FirstView(queue: queue))
    let summary = QueueSummary(counts: ["default": [.dead: 1], "mail": [.processing: 1]])
    let snapshot = Snapshot(time: ExampleQueue.now, summary: summary)
    _ = first.update(.heard(.snapshot(snapshot, first.request)))
    #expect(first.request.tab == expected)
  }

  @Test func `the terminal's background counts until its user chooses`() {
    var state = ExampleQueue.state(80, 24)
    #expect(state.update(.input(.background(.light))) == [.use(.light)])
    #expect(state.type("T") == [.use(.dark)])
    #expect(state.update(.input(.background(.dark))) == [])
    #expect(state.update(.input(.background(.light))) == [])
    #expect(state.type("T") == [.use(.light)])
    #expect(state.type("T") == [.use(.light)] && state.background == nil)
  }

  @Test(arguments: [
    ("\u{1B}]11;rgb:ffff/ffff/ffff\u{1B}\\", Background.light),
    ("\u{1B}]11;rgb:0c0c/0c0c/0c0c\u{7}", .dark), ("\u{1B}]11;rgb:fd/f6/e3\u{7}", .light),
  ])
  func `the answer to the question for the background is no key`(
    bytes: String, background: Background
  ) {
    var decoder = KeyDecoder()
    #expect(
      decoder.feed(("q" + bytes + "r").utf8) == [
        .key("q"), .background(background), .key("r"),
      ])
  }

  @Test(arguments: [
    "\u{1B}]11;rgb:f/f\u{7}", "\u{1B}]0;title ryx\u{1B}\\", "\u{1B}]52;c;cnl5\u{7}",
  ])
  func `no other answer is a key either, nor any part of one`(bytes: String) {
    var decoder = KeyDecoder()
    #expect(decoder.feed(bytes.utf8) == [.key(.unknown)])
    var slow = KeyDecoder()
    let inputs = bytes.utf8.flatMap { slow.feed([$0]) }
    #expect(inputs == [.key(.unknown)])
  }
}
