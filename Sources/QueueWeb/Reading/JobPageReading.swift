package import QueueCore
import QueueHost
package import QueueOperations

/// The content of a job's page.
package struct JobView: Sendable {
  package let job: Job
  /// A page of its runs, newest first.
  package let runs: [Run]
  /// Whether there are older runs.
  package let hasMoreRuns: Bool
  /// Why it isn't running.
  package let explanation: Explanation
  /// The run whose log is shown; nil if it hasn't run.
  package let chosen: Run?
  /// The end of that log, or the chosen part; nil if it is missing.
  package let log: LogTail?
  /// The search pattern; nil for none.
  package let pattern: LogPattern?
  /// The matching lines; nil without a pattern, and if a part of the log is shown.
  package let matches: LogMatches?

  /// The choices in an address.
  package struct Choice: Equatable, Sendable {
    package var id: String
    package var run: RunID?
    package var before: RunID?
    /// The text to find in the log.
    package var find: String
    /// The byte of the log to show; nil for the end.
    package var place: Int?

    package init(_ id: String, _ fields: FormFields) {
      self.id = id
      run = fields["run"].flatMap { Int64($0) }.map { RunID($0) }
      before = fields["before"].flatMap { Int64($0) }.map { RunID($0) }
      find = fields["find"] ?? ""
      place = fields["at"].flatMap { Int($0) }.map { max(0, $0) }
    }
  }

  private static let mostRuns = 50
  private static let mostMatches = 500
  /// The time limit of a search.
  private static let searchTime = Duration.milliseconds(500)

  /// - Throws: `notFound` if the job or run doesn't exist.
  package init(
    _ choice: Choice, _ store: any JobStore, _ frame: Frame, host: MonitorDependencies
  ) throws(StoreError) {
    let job = try store.job(choice.id, at: frame.now)
    self.job = job
    // One more than wanted tells whether there are more.
    let found = try store.runs(of: job.id.text, limit: Self.mostRuns + 1, before: choice.before)
    runs = Array(found.prefix(Self.mostRuns))
    hasMoreRuns = found.count > Self.mostRuns
    explanation = Explanation(try JobFacts(job, store, frame, host: host), at: frame.now)
    if let run = choice.run {
      guard let chosen = try store.run(run, of: job.id.text) else {
        throw StoreError(.notFound, "job \(quoted: job.id.text) has no run \(run)")
      }
      self.chosen = chosen
    } else {
      chosen = job.latestRun
    }
    let pattern = LogPattern(choice.find)
    self.pattern = pattern.isEmpty ? nil : pattern
    log = chosen.flatMap { LogTail(of: $0.id, in: host.logs, at: choice.place) }
    guard !pattern.isEmpty, choice.place == nil, let run = chosen?.id else {
      matches = nil
      return
    }
    let deadline = host.now().uptime + Self.searchTime
    matches = (try? LogReader(path: host.logs.log(of: run))).flatMap { log in
      try? LogMatches(of: pattern, in: log, limit: Self.mostMatches) {
        host.now().uptime >= deadline
      }
    }
  }

  /// The newer listed run; nil for none.
  package var newer: Run? { neighbour(-1) }
  /// The older listed run; nil for none.
  package var older: Run? { neighbour(1) }

  private func neighbour(_ step: Int) -> Run? {
    guard let index = runs.firstIndex(where: { $0.id == chosen?.id }),
      runs.indices.contains(index + step)
    else { return nil }
    return runs[index + step]
  }
}
