import QueueCore
import QueueOperations

extension StatsReport {
  var windowsTable: Table {
    var table = Table(
      [.init(title: "OVER THE LAST")]
        + Self.windows.map { .init(title: $0.name, isNumber: true) })
    let columns = statistics.map { ($0, $0.of(queue)) }
    func row(_ title: String, _ figure: (Statistics, QueueStatistics) -> String) {
      table.add([.init(title)] + columns.map { .init(figure($0.0, $0.1)) })
    }
    for event in QueueEvent.allCases { row(event.rawValue) { "\($1.count(event))" } }
    row("completed per minute") { all, _ in
      Self.rate(all.perSecond(.completed, queue: queue) * 60)
    }
    row("failure rate") { $1.failureRate.map(Self.share) ?? "-" }
    for (name, share) in Self.shares {
      row("wait, \(name)") { $1.wait.percentile(share)?.brief ?? "-" }
    }
    for (name, share) in Self.shares {
      row("run time, \(name)") { $1.runTime.percentile(share)?.brief ?? "-" }
    }
    return table
  }

  var backlogLines: [String] {
    let drain = drain.map {
      ", done in about \($0.time.brief) at the rate of the last \($0.window)"
    }
    let later = scheduled > 0 ? ", \(scheduled) of them scheduled for later" : ""
    return ["\(unfinished) unfinished\(later)\(drain ?? "")"]
      + (longestWait.map { ["the next job has waited \($0.brief)"] } ?? [])
  }

  var otherTables: [(title: String, table: Table)] {
    var tables: [(String, Table)] = []
    if queue == nil, !statistics[1].queues.isEmpty {
      tables.append(("BY QUEUE, over the last 1h", queuesTable(statistics[1])))
    }
    if !slowest.isEmpty {
      tables.append(("SLOWEST COMMANDS, of the latest \(runs) runs", Self.table(of: slowest)))
    }
    if !mostFailing.isEmpty {
      tables.append(
        ("MOST FAILING COMMANDS, of the latest \(runs) runs", Self.table(of: mostFailing)))
    }
    return tables
  }

  private func queuesTable(_ statistics: Statistics) -> Table {
    var table = Table(
      [.init(title: "QUEUE")]
        + ["ENQUEUED", "COMPLETED", "FAILED", "DEAD", "WAIT p95", "RUN p95", "OLDEST WAIT"].map {
          .init(title: $0, isNumber: true)
        })
    for (name, queue) in statistics.queues.sorted(by: { $0.key < $1.key }) {
      let counts = [QueueEvent.enqueued, .completed, .failed, .dead].map { "\(queue.count($0))" }
      let times = [
        queue.wait.percentile(0.95), queue.runTime.percentile(0.95), longestWaits[name],
      ]
      table.add(([name] + counts + times.map { $0?.brief ?? "-" }).map { .init($0) })
    }
    return table
  }

  private static func table(of commands: [CommandFigures]) -> Table {
    var table = Table(
      ["RUNS", "FAILED", "p50", "max"].map { .init(title: $0, isNumber: true) }
        + [.init(title: "COMMAND", isElastic: true)])
    for command in commands {
      table.add([
        .init("\(command.runs)"), .init("\(command.failed)"),
        .init(command.runTime.percentile(0.5)?.brief ?? "-"),
        .init(command.runTime.longest.brief), .init(command.command),
      ])
    }
    return table
  }

  /// With one decimal below 10.
  private static func rate(_ number: Double) -> String {
    number < 10 ? "\(tenths: number)" : "\(Int(number.rounded()))"
  }

  private static func share(_ share: Double) -> String { "\(tenths: share * 100)%" }
}
