import QueueCore
import QueueHost

/// A job's runs with the last line of their logs.
struct RunTable {
  private let runs: [(run: Run, lastLine: String?)]

  init(_ runs: some Sequence<Run>, in logs: any LogShelf) {
    self.runs = runs.map { ($0, logs.lastLine(of: $0.id)) }
  }

  func table(at now: Moment) -> Table {
    var table = Table([
      .init(title: "RUN", isNumber: true), .init(title: "ATTEMPT", isNumber: true),
      .init(title: "STARTED"), .init(title: "WAITED", isNumber: true),
      .init(title: "RAN", isNumber: true), .init(title: "CPU", isNumber: true),
      .init(title: "MEMORY", isNumber: true), .init(title: "WORKER"),
      .init(title: "RESULT", isElastic: true),
    ])
    for (run, lastLine) in runs {
      let elapsed = run.elapsed ?? now.wall - run.startedAt
      table.add([
        .init(run.id.description), .init("\(run.attempt)"),
        .init("\((now.wall - run.startedAt).brief) ago"), .init(run.waited?.brief ?? "-"),
        .init(elapsed.brief), .init(run.cpuTime?.brief ?? "-"),
        .init(run.peakMemoryBytes.map(ByteCount.brief) ?? "-"), .init(run.worker.description),
        .init(
          run.error
            ?? [run.end?.summary ?? "running", lastLine].compactMap { $0 }.joined(separator: ": ")),
      ])
    }
    return table
  }
}
