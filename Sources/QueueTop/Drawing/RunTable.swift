import QueueCore
import QueueOperations

/// The runs of a job, newest first; the cursor marks the run whose log is shown.
extension Renderer {
  func runTable(_ detail: JobDetail, _ chosen: Run?, rows: Int) -> [Line] {
    let index = detail.runs.firstIndex { $0.id == chosen?.id } ?? 0
    let top = max(0, min(index - rows / 2, detail.runs.count - rows))
    let title = rule { line in
      let count = "\(detail.runs.count)"
      line.put(detail.hasMoreRuns ? " RUNS newest \(count) " : " RUNS \(count) ", .strong)
    } right: { line in
      if detail.runs.count > rows { line.put(" \(index + 1) of \(detail.runs.count) ") }
    }
    return [title]
      + table(
        runColumns(of: detail), detail.runs.dropFirst(top).prefix(rows),
        chosen: chosen == nil ? nil : index, shift: 0)
  }

  private func runColumns(of detail: JobDetail) -> Columns<Run> {
    let now = now
    let times = Dictionary(
      detail.runs.map { ($0.id, time($0.startedAt)) }, uniquingKeysWith: { one, _ in one })
    var all: [Column<Run>] = [
      Column(title: "ATT", width: 3, isNumber: true) { ("\($0.attempt)", .plain) },
      Column(title: "STARTED", width: times.values.map(\.count).max() ?? 8) { run in
        (times[run.id] ?? "", .plain)
      },
      Column(title: "WAITED", width: 6, isNumber: true, dropRank: 2) { run in
        (run.waited.map { Format.span($0) } ?? "", .plain)
      },
      Column(title: "RUN", width: 5, isNumber: true) { run in
        let elapsed = run.elapsed ?? (run.finishedAt ?? now.wall) - run.startedAt
        return (Format.span(elapsed), .plain)
      },
      Column(title: "CPU", width: 5, isNumber: true, dropRank: 3) { run in
        (run.cpuTime.map { Format.span($0) } ?? "", .plain)
      },
      Column(title: "WORKER", width: 6, dropRank: 4) { ($0.worker.description, .plain) },
    ]
    let pids = pids(of: detail.runs)
    if let width = pids.values.map(\.count).max() {
      all.append(
        Column(title: "PID", width: max(3, width), isNumber: true, dropRank: 1) { run in
          (pids[run.worker] ?? "", .plain)
        })
    }
    all.append(
      Column(title: "EXIT", width: 4) { run in
        let running = JobState.processing
        return run.finishedAt == nil
          ? (running.letter, running.style) : (RunResult.short(run), .plain)
      })
    let backoffs = detail.backoffs
    if !backoffs.isEmpty {
      all.append(
        Column(title: "BACKOFF", width: 7, isNumber: true, dropRank: 5) { run in
          (backoffs[run.id].map { Format.span($0) } ?? "", .plain)
        })
    }
    all.append(
      Column(title: "RESULT", width: 0, isElastic: true) { run in
        let detail = RunResult.detail(run)
        return (detail.isEmpty ? run.end?.summary ?? "running" : detail, .plain)
      })
    return Columns(all, room: width - 4)
  }

  /// The process ids of workers that are still registered.
  private func pids(of runs: [Run]) -> [WorkerID: String] {
    let workers = Set(runs.map(\.worker))
    let known = state.workers.map(\.record).filter { workers.contains($0.id) }
    return Dictionary(uniqueKeysWithValues: known.map { ($0.id, "\($0.process.pid)") })
  }
}
