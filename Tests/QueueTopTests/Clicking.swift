import QueueCore
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The mouse, where the frame has something that can be clicked.
@Suite struct Clicking {
  /// The meaning of a click on the first place where a row shows the text.
  private func target(_ text: String, in state: MonitorState) throws -> ClickTarget? {
    let frame = state.frame()
    for (row, line) in frame.rows.enumerated().reversed() {
      guard let range = line.text.firstRange(of: text) else { continue }
      let column = TextWidth.of(String(line.text[..<range.lowerBound]))
      return frame.target(at: Frame.Place(row: row, column: column))
    }
    Issue.record("no \(text) on the screen")
    return nil
  }

  @Test func `headings sort, and once more the other way round`() throws {
    var state = ExampleQueue.state(80, 24)
    let heading = try #require(try target("COMMAND", in: state))
    #expect(heading == .jobs(.command))
    _ = state.update(.clicked(heading))
    #expect(state.request.sort.key == .command && !state.request.sort.isReversed)
    _ = state.update(.clicked(heading))
    #expect(state.request.sort.isReversed)
    _ = state.type("8")
    #expect(try target("BEAT", in: state) == .workers(.silence))
    #expect(try target("PID", in: state) == nil)
  }

  @Test func `the hints of the footer do what their keys do`() throws {
    var state = ExampleQueue.state(80, 24)
    #expect(try target("Retry", in: state) == .key("r"))
    #expect(try target("Help", in: state) == .key("?"))
    #expect(state.update(.clicked(.key("r"))) == [.dropInput])
    #expect(try target("y Yes", in: state) == .key("y"))
    #expect(try target("[ No ]", in: state) == .key(.escape))
    #expect(try target("Retry dead job", in: state) == nil)
    #expect(state.update(.clicked(.jobs(.age))) == [] && state.overlay != nil)
    #expect(
      state.update(.clicked(.key("y"))) == [.act(.jobs(.retry, [JobID(trusted: "job-86990")]))])
  }

  @Test func `an item of the menu is done by a click`() throws {
    var state = ExampleQueue.state(80, 24)
    _ = state.press(.function(9))
    let item = try #require(try target("d     Discard", in: state))
    #expect(state.update(.clicked(item)) == [.dropInput])
    #expect(try target("y Yes", in: state) == .key("y"))
  }

  @Test func `a click beside them has no meaning of its own`() {
    let frame = ExampleQueue.state(80, 24).frame()
    for place in [(13, 20), (0, 0), (23, 79), (24, 0), (65_534, 3)] {
      let target = frame.target(at: Frame.Place(row: place.0, column: place.1))
      #expect(target == nil || place == (23, 79))
    }
  }
}
