import ArgumentParser
import QueueCore

/// Jobs by state, for commands that aren't about one state only.
struct StateFilter: ParsableArguments {
  @Option(
    help: "Only jobs in these states: \(StateFilter.names); may be repeated.",
    completion: ShellCompletions.states)
  var state: [String] = []

  private static let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")

  var isEmpty: Bool { state.isEmpty }

  /// The given states in the order of `possible`, or all of `possible` if none is given.
  /// - Parameter refusal: the message for an impossible state.
  func states(
    among possible: [JobState] = JobState.allCases, refusal: (JobState) -> String = { _ in "" }
  ) throws -> [JobState] {
    let given = try state.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
      .map { try OptionParsing.state(String($0)) }
    if let other = given.first(where: { !possible.contains($0) }) {
      throw ValidationError(refusal(other))
    }
    return given.isEmpty ? possible : possible.filter(given.contains)
  }
}
