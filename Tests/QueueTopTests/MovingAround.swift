import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

@Suite struct `Moving around` {
  @Test func `the cursor stays on its job when others come and go`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("jj")
    #expect(state.selectedJob?.id.text == "job-86412")
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.insert(
      ExampleQueue.job("job-99999", "new", 1, 0, .exited(1), nil, ago: 0), at: 0)
    _ = state.update(.heard(.snapshot(moved, state.request)))
    #expect(state.selectedJob?.id.text == "job-86412")
    #expect(state.list.selection.index == 3)
  }

  @Test func `when its job goes, the cursor moves to the next one`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("jj")
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.removeAll { $0.id.text == "job-86412" }
    _ = state.update(.heard(.snapshot(moved, state.request)))
    #expect(state.selectedJob?.id.text == "job-86001")
  }

  @Test func `before the first movement, and after F, the cursor is on the first row`() {
    var state = ExampleQueue.state(80, 24)
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.removeFirst()
    _ = state.update(.heard(.snapshot(moved, state.request)))
    #expect(state.selectedJob?.id.text == "job-86984")
    _ = state.type("jjF")
    _ = state.update(.heard(.snapshot(ExampleQueue.snapshot(), state.request)))
    #expect(state.selectedJob?.id.text == "job-86990")
  }

  @Test func `more rows are requested before the end is reached`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs = (0..<100).map {
      ExampleQueue.job("job-\($0)", "true", 1, 0, .exited(1), nil, ago: $0)
    }
    snapshot.list.hasMore = true
    var state = ExampleQueue.state(80, 24, snapshot: snapshot)
    #expect(state.request.limit == 100)
    for _ in 1...12 { _ = state.press(.pageDown) }
    #expect(state.request.limit == 200)
    #expect(state.list.selection.index == 99)
  }

  @Test func `tabs are chosen by number and by brackets, cyclically`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("6")
    #expect(state.request.tab == .all)
    #expect(state.jobs.isEmpty, "those of the other tab aren't shown")
    _ = state.type("[")
    #expect(state.request.tab == .completed)
    _ = state.type("0[")
    #expect(state.page == .schedules)
    _ = state.type("]")
    #expect(state.page == .lists && state.request.tab == .later)
  }

  @Test func `a notice stays on its page; the result of an action is shown on any`() {
    var state = ExampleQueue.state(80, 24)
    let keys: [Key] = ["5", "7", "8", "9", "0", "[", .enter, "i", "e"]
    for key in keys {
      var before = state
      before.say("about this page")
      _ = before.press(key)
      #expect(before.notice?.text != "about this page", "\(key.name)")
      var acted = state
      _ = acted.update(.heard(.acted(ActionResult(text: "retried 2 jobs"))))
      _ = acted.press(key)
      #expect(acted.notice?.text == "retried 2 jobs", "\(key.name)")
    }
    state.say("about this page")
    _ = state.press(.down, .pageDown)
    #expect(state.notice?.text == "about this page")
  }

  @Test func `a result that was shown for two seconds ends with its page`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.update(.heard(.acted(ActionResult(text: "retried 2 jobs"))))
    var now = ExampleQueue.now
    for isRead in [false, true] {
      if isRead { now.uptime += .seconds(2) }
      _ = state.update(.heard(.unchanged(now)))
      var next = state
      _ = next.press("5")
      #expect((next.notice == nil) == isRead)
    }
    #expect(state.notice?.text == "retried 2 jobs")
  }

  @Test func `the interval changes in steps, within its limits`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("+")
    #expect(state.request.interval == .seconds(2))
    _ = state.type("------")
    #expect(state.request.interval == .milliseconds(200))
    _ = state.type("=========")
    #expect(state.request.interval == .seconds(60))
  }

  @Test func `a filter applies while it is typed, is kept by enter and cleared by escape`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("/gate")
    #expect(state.request.filter.text == "gate")
    _ = state.press(.enter)
    #expect(state.overlay == nil && state.request.filter.text == "gate")
    _ = state.press(.escape)
    #expect(state.request.filter.isEmpty)
    _ = state.type("/x")
    _ = state.press(.escape)
    #expect(state.overlay == nil && state.request.filter.isEmpty)
  }

  @Test func `a click selects its row`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.update(.input(.mouse(.click, Frame.Place(row: 15, column: 10))))
    #expect(state.selectedJob?.id.text == "job-86412")
    _ = state.update(.input(.mouse(.click, Frame.Place(row: 7, column: 10))))
    #expect(state.pane == .workers && state.workerSelection.index == 1)
    let before = state
    _ = state.update(.input(.mouse(.click, Frame.Place(row: 23, column: 10))))
    #expect(state == before)
  }

  @Test(arguments: [(80, 24), (120, 40), (60, 15), (40, 8)])
  func `a click on a tab shows it, wherever it is`(size: (Int, Int)) {
    let state = ExampleQueue.state(size.0, size.1)
    let row = size.0 < 80 ? 2 : 11
    let text = Array(state.frame().rows[row].text)
    let bar = TabBar(of: state, isCompact: size.0 < 80)
    #expect(bar.places.map(\.tab) == Tab.all.filter { $0 != .jobs(.cancelled) })
    for place in bar.places where place.columns.upperBound < size.0 {
      #expect(String(text[place.columns]).contains(place.text))
      for column in [place.columns.lowerBound, place.columns.upperBound - 1] {
        var clicked = state
        _ = clicked.update(.input(.mouse(.click, Frame.Place(row: row, column: column))))
        #expect(clicked.tab == place.tab, "column \(column) of \(String(text))")
      }
    }
  }

  @Test func `a click beside the tabs does nothing, one on the workers shows them`() {
    var state = ExampleQueue.state(80, 24)
    let before = state
    _ = state.update(.input(.mouse(.click, Frame.Place(row: 11, column: 78))))
    #expect(state == before)
    var narrow = ExampleQueue.state(60, 15)
    _ = narrow.update(.input(.mouse(.click, Frame.Place(row: 2, column: 4))))
    #expect(narrow.pane == .workers)
  }

  @Test func `the wheel scrolls, and the mouse answers no confirmation`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.update(.input(.mouse(.wheelDown, Frame.Place(row: 0, column: 0))))
    #expect(state.list.selection.index == 3)
    _ = state.type("r")
    let asked = state
    for mouse in [Mouse.click, .wheelUp] {
      #expect(state.update(.input(.mouse(mouse, Frame.Place(row: 11, column: 4)))) == [])
    }
    #expect(state == asked)
  }

  @Test func `a kept filter may search longer, and longer each time`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("/gate")
    #expect(state.request.searchTime == .milliseconds(100))
    _ = state.press(.enter)
    #expect(state.request.searchTime == .seconds(1))
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.found = 1640
    snapshot.list.searched = 200_000
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.frame().rows[22].text.contains("1 of 1,640+ dead"))
    #expect(state.frame().rows[22].text.contains("searched newest 200k, / Enter for more"))
    _ = state.type("/")
    #expect(
      state.frame().rows[22].text.hasSuffix(
        "1,640+   searched newest 200k   Enter for more   Esc clear "))
    for seconds in [2, 4, 4] {
      _ = state.press(.enter)
      #expect(state.request.searchTime == .seconds(seconds))
      _ = state.type("/")
    }
    _ = state.type("x")
    #expect(state.request.searchTime == .milliseconds(100))
  }

  @Test func `while a filter is typed its matches are counted`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("/gate")
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.found = 4
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.frame().rows[22].text.hasSuffix("4 of 7   Enter keep   Esc clear "))
  }

  @Test func `copying reports the copied text, sanitized`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs[0].command = "echo \u{1B}[31m"
    var state = ExampleQueue.state(80, 24, snapshot: snapshot)
    #expect(state.type("y") == [.copy("job-86990")])
    #expect(state.type("Y") == [.copy("echo \u{1B}[31m")])
    #expect(state.notice?.text == "copied \"echo ^[[31m\"")
  }

  @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
  func `base64 has the standard form`(text: String) {
    let expected = [
      "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
    ]
    #expect(Clipboard.base64(Array(text.utf8)) == expected[text.utf8.count])
  }
}
