import QueueCore
import Testing

@testable import QueueMonitor

@Suite struct `Moving around` {
  @Test func `the cursor stays on its job when others come and go`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("jj")
    #expect(state.selectedJob?.id.text == "job-86412")
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.insert(
      ExampleQueue.job("job-99999", "new", 1, 0, .exited(1), nil, ago: 0), at: 0)
    _ = state.update(.heard(.snapshot(moved, state.look)))
    #expect(state.selectedJob?.id.text == "job-86412")
    #expect(state.list.selection.index == 3)
  }

  @Test func `when its job goes, the cursor is on the one that took its place`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("jj")
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.removeAll { $0.id.text == "job-86412" }
    _ = state.update(.heard(.snapshot(moved, state.look)))
    #expect(state.selectedJob?.id.text == "job-86001")
  }

  @Test func `before it is moved, and after F, the cursor is on the first row, whichever that is`()
  {
    var state = ExampleQueue.state(80, 24)
    var moved = ExampleQueue.snapshot()
    moved.list.jobs.removeFirst()
    _ = state.update(.heard(.snapshot(moved, state.look)))
    #expect(state.selectedJob?.id.text == "job-86984")
    _ = state.type("jjF")
    _ = state.update(.heard(.snapshot(ExampleQueue.snapshot(), state.look)))
    #expect(state.selectedJob?.id.text == "job-86990")
  }

  @Test func `more rows are asked for before the end of those read is reached`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs = (0..<100).map {
      ExampleQueue.job("job-\($0)", "true", 1, 0, .exited(1), nil, ago: $0)
    }
    snapshot.list.hasMore = true
    var state = ExampleQueue.state(80, 24, snapshot: snapshot)
    #expect(state.look.limit == 100)
    _ = state.press(.end)
    #expect(state.look.limit == 200)
    #expect(state.list.selection.index == 99)
  }

  @Test func `tabs are chosen by number and by brackets, around the ends`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("6")
    #expect(state.look.tab == .all)
    #expect(state.jobs.isEmpty, "those of the other tab aren't shown")
    _ = state.type("]")
    #expect(state.look.tab == .processing)
    _ = state.type("[[")
    #expect(state.look.tab == .completed)
  }

  @Test func `the interval goes up and down in steps, and stops at its ends`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("+")
    #expect(state.look.interval == .seconds(2))
    _ = state.type("------")
    #expect(state.look.interval == .milliseconds(200))
    _ = state.type("=========")
    #expect(state.look.interval == .seconds(60))
  }

  @Test func `a filter holds while it is typed, is kept by enter and cleared by escape`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.type("/gate")
    #expect(state.look.filter.text == "gate")
    _ = state.press(.enter)
    #expect(state.overlay == nil && state.look.filter.text == "gate")
    _ = state.press(.escape)
    #expect(state.look.filter.isEmpty)
    _ = state.type("/x")
    _ = state.press(.escape)
    #expect(state.overlay == nil && state.look.filter.isEmpty)
  }

  @Test func `a click selects what is under it`() {
    var state = ExampleQueue.state(80, 24)
    _ = state.update(.input(.mouse(.click, Frame.Place(row: 15, column: 10))))
    #expect(state.selectedJob?.id.text == "job-86412")
    _ = state.update(.input(.mouse(.click, Frame.Place(row: 7, column: 10))))
    #expect(state.pane == .workers && state.workerSelection.index == 1)
    let before = state
    _ = state.update(.input(.mouse(.click, Frame.Place(row: 23, column: 10))))
    #expect(state == before)
  }

  @Test func `copying says what was copied, and makes it inert`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs[0].command = "echo \u{1B}[31m"
    var state = ExampleQueue.state(80, 24, snapshot: snapshot)
    #expect(state.type("y") == [.copy("job-86990")])
    #expect(state.type("Y") == [.copy("echo \u{1B}[31m")])
    #expect(state.notice?.text == "copied \"echo ^[[31m\"")
  }

  @Test(arguments: ["", "f", "fo", "foo", "foob", "fooba", "foobar"])
  func `base64 is as everybody writes it`(text: String) {
    let expected = [
      "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
    ]
    #expect(Clipboard.base64(Array(text.utf8)) == expected[text.utf8.count])
  }
}
