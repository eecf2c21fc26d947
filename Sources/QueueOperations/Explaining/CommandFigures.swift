public import QueueCore

/// How the runs of one command went.
public struct CommandFigures: Equatable, Sendable {
  /// The command.
  public var command: String
  /// Runs that ended by their own doing.
  public var runs = 0
  /// Those among them that failed.
  public var failed = 0
  /// How long they took.
  public var runTime = Histogram()

  /// Figures by command, of runs that ended by their own doing.
  public static func of(_ runs: [RecentRun]) -> [CommandFigures] {
    var figures: [String: CommandFigures] = [:]
    for run in runs where run.end == .completed || run.end == .failed {
      var command = figures[run.command] ?? CommandFigures(command: run.command)
      command.runs += 1
      command.failed += run.end == .failed ? 1 : 0
      command.runTime.add(run.elapsed)
      figures[run.command] = command
    }
    return Array(figures.values)
  }

  /// The first `count` by how long a run takes in the middle.
  public static func slowest(_ count: Int, of figures: [CommandFigures]) -> [CommandFigures] {
    first(count, of: figures) { $0.runTime.percentile(0.5) ?? .zero }
  }

  /// The first `count` by how many runs failed; none that didn't.
  public static func mostFailing(_ count: Int, of figures: [CommandFigures]) -> [CommandFigures] {
    first(count, of: figures.filter { $0.failed > 0 }) { $0.failed }
  }

  /// Largest first; by name where that is the same.
  private static func first<Figure: Comparable>(
    _ count: Int, of figures: [CommandFigures], by figure: (CommandFigures) -> Figure
  ) -> [CommandFigures] {
    let ranked = figures.map { (key: figure($0), value: $0) }.sorted { left, right in
      if left.key != right.key { return left.key > right.key }
      return left.value.command < right.value.command
    }
    return ranked.prefix(count).map(\.value)
  }
}
