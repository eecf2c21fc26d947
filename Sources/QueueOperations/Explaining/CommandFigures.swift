public import QueueCore

/// Statistics of one command's runs.
public struct CommandFigures: Equatable, Sendable {
  /// The command line.
  public var command: String
  /// Runs that completed or failed; lost, stopped and cancelled ones don't count.
  public var runs = 0
  /// Failed runs among `runs`.
  public var failed = 0
  /// Their run times.
  public var runTime = Histogram()

  /// Groups completed and failed runs by command, in no order.
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

  /// Returns at most `count` commands, longest median run time first.
  public static func slowest(_ count: Int, of figures: [CommandFigures]) -> [CommandFigures] {
    first(count, of: figures) { $0.runTime.percentile(0.5) ?? .zero }
  }

  /// Returns at most `count` commands with failed runs, most failures first.
  public static func mostFailing(_ count: Int, of figures: [CommandFigures]) -> [CommandFigures] {
    first(count, of: figures.filter { $0.failed > 0 }) { $0.failed }
  }

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
