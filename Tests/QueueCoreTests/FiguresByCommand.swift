import QueueCore
import QueueOperations
import Testing

@Suite struct `Figures by command` {
  private let figures = CommandFigures.of(
    [
      ("quick", QueueEvent.completed, 1), ("slow", .completed, 900), ("slow", .failed, 1100),
      ("shaky", .failed, 5), ("shaky", .failed, 5), ("shaky", .completed, 7),
      ("quick", .lost, 9999),
      ("never", .stopped, 5), ("also quick", .completed, 1),
    ].map { RecentRun(command: $0.0, end: $0.1, elapsed: .milliseconds($0.2)) })

  @Test func `runs that ended by themselves are counted by command`() throws {
    #expect(Set(figures.map(\.command)) == ["quick", "slow", "shaky", "also quick"])
    let slow = try #require(figures.first { $0.command == "slow" })
    #expect(slow.runs == 2 && slow.failed == 1)
    #expect(slow.runTime.longest == .milliseconds(1100))
    #expect(figures.first { $0.command == "quick" }?.runs == 1)
  }

  @Test func `the slowest come first, equal ones by name`() {
    #expect(
      CommandFigures.slowest(9, of: figures).map(\.command)
        == ["slow", "shaky", "also quick", "quick"])
    #expect(CommandFigures.slowest(1, of: figures).map(\.command) == ["slow"])
  }

  @Test func `the most failing come first, without those that never failed`() {
    #expect(CommandFigures.mostFailing(9, of: figures).map(\.command) == ["shaky", "slow"])
    #expect(CommandFigures.mostFailing(9, of: []).isEmpty)
  }
}
