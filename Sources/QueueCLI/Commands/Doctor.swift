import ArgumentParser
import Glibc
import QueueCore
import QueueHost
import QueueOperations
import QueueSession

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the queue for damage and inconsistencies, and name the fix.",
    discussion: """
      Changes nothing. The exit status is 1 if it finds a problem; notes don't count.

      EXAMPLES:
        $ queuectl doctor
        $ queuectl doctor --thorough
      """
  ).below("queuectl")

  @OptionGroup var database: DatabaseOption
  @OptionGroup var display: DisplayOptions

  @Flag(help: "Compare every row with its indexes; slow for a large queue.")
  var thorough = false

  func run() throws {
    let findings = try allFindings()
    if display.json {
      try display.printJSON { json in
        json.array { json in findings.forEach { $0.write(to: &json) } }
      }
    } else {
      for finding in findings { try show(finding) }
    }
    if findings.contains(where: { $0.verdict == .problem }) { throw ExitCode.failure }
  }

  private func show(_ finding: Finding) throws {
    let state: JobState =
      switch finding.verdict {
      case .ok: .completed
      case .note: .failed
      case .problem: .dead
      }
    let verdict = finding.verdict.rawValue
    let space = String(
      repeating: " ", count: Finding.Verdict.problem.rawValue.count - verdict.count)
    try Output.standard.line(
      display.terminal.colored(verdict, as: state) + space
        + "  \(finding.subject): \(TerminalText.sanitized(finding.detail))")
    if let advice = finding.advice {
      try Output.standard.line("         \(TerminalText.sanitized(advice))")
    }
  }

  /// An error while opening the database is a finding too.
  private func allFindings() throws -> [Finding] {
    do {
      let session = try database.openExisting()
      return try session.store.findings(thorough: thorough)
        + (try workers(in: session)) + [try cgroups(in: session)] + (try notices(in: session))
        + ScheduleDoctor(session).findings()
        + DirectoryCheck(session.directory, store: session.store).findings()
    } catch let error as StoreError {
      return [Finding(.problem, "database", error.message)]
    }
  }

  /// Empty if no job waits for its `on-dead` command.
  private func notices(in session: Session) throws -> [Finding] {
    let count = try session.store.dueHookCount()
    return count == 0 ? [] : [Finding(.note, "on-dead", StatusView.untold(count))]
  }

  private func workers(in session: Session) throws -> [Finding] {
    let workers = try WorkerView.all(in: session, at: session.clock.now())
    let lost = workers.filter { $0.condition == .lost }
    let unended = workers.compactMap { self.unended($0, in: session) }
    guard lost.isEmpty else { return lost.map { loss(of: $0, in: session) } + unended }
    let troubles = WorkerView.troubles(workers)
    guard troubles.isEmpty else {
      return [
        Finding(
          .problem, "workers", troubles.joined(separator: "; "),
          advice: "no retry is spent; the jobs start once the cause is removed")
      ] + unended
    }
    return [Finding(.ok, "workers", alive(workers, in: session.directory))] + unended
  }

  private func alive(_ workers: [WorkerView], in directory: QueueDirectory) -> String {
    guard !workers.isEmpty else { return "none" }
    // Workers in the foreground print to their terminal instead, or to the journal.
    let log =
      access(directory.workerLog, F_OK) == 0
      ? "; those in the background log to \(directory.workerLog)" : ""
    return "\(workers.count), all alive\(log)"
  }

  /// A worker that holds its lock is stopped, or waits for the database.
  private func loss(of worker: WorkerView, in session: Session) -> Finding {
    let record = worker.record
    let requeues = "\"queuectl worker start\" or \"queuectl worker stop\" requeues its job"
    let silence = record.silence(at: session.clock.now())
    guard silence > record.lease, !record.isEvicted,
      WorkerLock.isHeld(by: record.process, in: session.directory) == .yes
    else { return Finding(.problem, "workers", "\(record.id) died", advice: requeues) }
    return Finding(
      .problem, "workers",
      "\(record.id) has sent no heartbeat for \(silence.brief), but process \(record.process.pid) "
        + "runs: it is stopped, or waits for the database", advice: requeues)
  }

  /// Those of a worker of this machine; without one, of this command.
  private func cgroups(in session: Session) throws -> Finding {
    let worker = try session.store.workers().first { LocalHost.isRunning($0.process) == .yes }
    switch CgroupHome.find(of: worker?.process.pid) {
    case .usable(let home):
      let controllers = CgroupControllers(of: home)
      let missing = [("--memory", "memory"), ("--cpus", "cpu")].filter { !controllers.offers($0.1) }
      let limits =
        missing.isEmpty
        ? "" : "; no controller for \(missing.map(\.0).joined(separator: " and "))"
      return Finding(.ok, "cgroups", "each run gets its own, in \(home)\(limits)")
    case .unusable(let reason):
      return Finding(
        .ok, "cgroups",
        "runs get none; their processes are found by session and environment: \(reason)")
    }
  }

  private func unended(_ worker: WorkerView, in session: Session) -> Finding? {
    let leftovers = worker.leftovers(in: session)
    guard leftovers != .none, let current = worker.record.current else { return nil }
    guard case .processes = leftovers else {
      return Finding(.note, "runs", leftovers.hindrance(to: current.job))
    }
    return Finding(
      .problem, "runs", leftovers.hindrance(to: current.job),
      advice: "end it as that user or as root")
  }
}

extension Finding {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.field("verdict", verdict.rawValue)
      json.field("subject", subject)
      json.field("detail", detail)
      json.field("advice", advice)
    }
  }
}
