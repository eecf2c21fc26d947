import QueueCore
import QueueOperations

/// The pane below the list with the job under the cursor.
extension Renderer {
  func detailPane(rows: Int) -> [Line] {
    guard let job = state.selectedJob else { return filled([], to: rows) }
    let condition = line { putCondition(of: job, on: &$0) }
    var lines = [
      rule { line in
        line.put(" ")
        put(job.id, on: &line, leaving: condition.used + 4)
        line.put(" ")
        line.append(condition)
        line.put(" ")
      }
    ]
    lines += facts(job)
    if rows - lines.count >= 3 { lines += logPart(of: job, rows: rows - lines.count) }
    return filled(lines, to: rows)
  }

  /// The end of its latest run's log.
  private func logPart(of job: Job, rows: Int) -> [Line] {
    guard let detail = state.snapshot?.detail, detail.job.id == job.id, let run = detail.runs.first
    else { return [] }
    let page = DetailState(job: job.id)
    return log(of: run, page, rows: rows - 1)
  }

  /// The job's definition and times.
  func facts(_ job: Job) -> [Line] {
    Fact.all(of: job).map { fact in
      switch fact {
      case .command: named("command", job.command)
      case .directory(let directory): named("in", directory)
      case .policy: pairs(policy(of: job))
      case .times: pairs(times(of: job))
      case .error(let error): named("error", error)
      }
    }
  }

  private func policy(of job: Job) -> [(String, String)] {
    var policy: [(String, String)] = [("queue", job.queue), ("priority", "\(job.priority)")]
    policy.append(("timeout", job.timeout?.text ?? "none"))
    policy.append(("attempt", job.attemptText.replacing("/", with: " of ")))
    return policy
      + (job.retryRules.described + job.limits.described).map { ($0.name, $0.value) }
  }

  private func times(of job: Job) -> [(String, String)] {
    let age = "\(Format.age(now.wall - job.createdAt)) ago"
    var times: [(String, String)] = [("created", "\(time(job.createdAt)) (\(age))")]
    if let runAt = job.runAt, job.state == .pending || job.state == .failed, runAt > now.wall {
      let name = job.state == .failed ? "retried" : "runs"
      times.append((name, "\(time(runAt)) (in \(Format.elapsed(runAt - now.wall)))"))
    }
    if let run = job.latestRun {
      times.append(("started", time(run.startedAt)))
      if let finishedAt = run.finishedAt {
        let age = "\(Format.age(now.wall - finishedAt)) ago"
        times.append(("ended", "\(time(finishedAt)) (\(age))"))
      }
      times.append(("worker", run.worker.description))
    }
    return times
  }

  private func named(_ name: String, _ text: String) -> Line {
    line { line in
      line.put(" ")
      line.put(name, .faint, in: 9)
      line.put(text, .plain, in: line.room - 1)
    }
  }

  /// Writes pairs as long as they fit completely.
  private func pairs(_ pairs: [(String, String)]) -> Line {
    line { line in
      for (index, (name, value)) in pairs.enumerated() {
        let columns = 4 + name.count + TextWidth.of(TerminalText.sanitized(value))
        guard index == 0 || columns <= line.room else { break }
        line.put(index == 0 ? " " : "   ")
        if index == 0 { line.put(name, .faint, in: 9) } else { line.put("\(name) ", .faint) }
        line.put(value)
      }
    }
  }
}
