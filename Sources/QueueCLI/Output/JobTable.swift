import QueueCore
import QueueHost
import QueueOperations

/// Jobs in columns; empty columns are omitted.
enum JobTable {
  /// COMMAND stays readable: the other columns are dropped, then long ids are cut.
  private static let command = Table.Column(
    title: "COMMAND", isElastic: true, elasticLeast: 24)

  /// - Parameter times: whether to show times instead of ages.
  static func all(_ jobs: [Job], _ notes: JobNotes, times: Bool, at now: Moment) -> Table {
    let noted = jobs.map { note(of: $0, notes) }
    let hasQueues = jobs.contains { $0.queue != NewJob.defaultQueue }
    let hasPriorities = jobs.contains { $0.priority != 0 }
    let hasTags = jobs.contains { !$0.tags.isEmpty }
    let hasProgress = jobs.contains { $0.progress != nil }
    let hasNotes = noted.contains { !$0.isEmpty }
    var titles: [Table.Column] = [
      .init(title: "ID", least: 12, isName: true), .init(title: "STATE"),
    ]
    if hasQueues { titles.append(.init(title: "QUEUE", least: 8, rank: 5)) }
    if hasPriorities { titles.append(.init(title: "PRI", isNumber: true, rank: 4)) }
    titles += [.init(title: "ATTEMPT", rank: 2), .init(title: "WHEN", rank: 1), command]
    if hasTags { titles.append(.init(title: "TAGS", least: 8, rank: 7)) }
    if hasProgress { titles.append(.init(title: "PROGRESS", isElastic: true, rank: 6)) }
    if hasNotes { titles.append(.init(title: "NOTE", isElastic: true, rank: 3)) }
    var table = Table(titles)
    for (job, note) in zip(jobs, noted) {
      var cells: [Table.Cell] = [.init(job.id.text), .init(job.state.rawValue, as: job.state)]
      if hasQueues { cells.append(.init(job.queue)) }
      if hasPriorities { cells.append(.init("\(job.priority)")) }
      cells += [.init(job.attemptText), .init(when(job, times, at: now)), .init(job.command)]
      if hasTags { cells.append(.init(job.tags.joined(separator: ","))) }
      if hasProgress { cells.append(.init(job.progress?.text ?? "")) }
      if hasNotes { cells.append(.init(note)) }
      table.add(cells)
    }
    return table
  }

  /// Dead jobs, with how the last run ended and its last line of output.
  static func dead(_ jobs: [Job], at now: Moment) -> Table {
    let hasQueues = jobs.contains { $0.queue != NewJob.defaultQueue }
    var titles: [Table.Column] = [.init(title: "ID", least: 12, isName: true)]
    if hasQueues { titles.append(.init(title: "QUEUE", least: 8, rank: 4)) }
    titles += [
      .init(title: "EXIT", isNumber: true), .init(title: "ATTEMPT", rank: 2),
      .init(title: "DIED", rank: 1), command,
      .init(title: "LAST LINE", isElastic: true, rank: 3),
    ]
    var table = Table(titles)
    for job in jobs {
      var cells: [Table.Cell] = [.init(job.id.text)]
      if hasQueues { cells.append(.init(job.queue)) }
      cells += [
        .init(RunResult.short(job.latestRun)), .init(job.attemptText), .init(when(job, at: now)),
        .init(job.command), .init(job.latestRun?.lastLine ?? ""),
      ]
      table.add(cells)
    }
    return table
  }

  /// Why a job waits, or its error.
  private static func note(of job: Job, _ notes: JobNotes) -> String {
    switch job.state {
    case .processing:
      job.progress == nil ? notes.note(of: job).text : notes.pause(of: job)?.text ?? ""
    case .pending, .failed:
      [notes.obstacle(of: job)?.text, job.error].compactMap { $0 }.joined(separator: ": ")
    case .completed, .dead, .cancelled: job.error ?? ""
    }
  }

  /// Time until a scheduled job's start, else time in its state.
  private static func when(_ job: Job, _ times: Bool = false, at now: Moment) -> String {
    if times {
      let isAhead = job.state == .pending || job.state == .failed
      return LocalTime.dateAndClock(
        isAhead ? job.runAt.map { max($0, job.updatedAt) } ?? job.updatedAt : job.updatedAt)
    }
    if job.state == .pending || job.state == .failed, let runAt = job.runAt, runAt > now.wall {
      return "in \((runAt - now.wall).brief)"
    }
    return "\((now.wall - job.updatedAt).brief) ago"
  }
}

extension Run {
  /// The last line of output that its error has; nil for none.
  fileprivate var lastLine: String? {
    guard let error, let reason = end?.reason, error.hasPrefix(reason) else { return error }
    // A timeout's error says after how long.
    let rest = error.dropFirst(reason.count)
    return rest.firstRange(of: ": ").map { String(rest[$0.upperBound...]) }
  }
}
