import QueueCore

extension MonitorState {
  /// Opens the question that stands before an action. What is asked about is fixed here.
  mutating func ask(for key: Key) -> [Effect] {
    if setup.isReadOnly { return refuse("nothing can be changed here: top runs read-only") }
    if trouble?.forbidsActions == true { return refuse("nothing can be changed now") }
    switch key {
    case .character("r"): return askToRetry()
    case .character("R"):
      guard look.tab == .dead else { return refuse("R retries dead jobs: 4 shows them") }
      say("looking for all of them…")
      return [.gather(Gathering(purpose: .retry, tab: .dead, filter: look.filter))]
    case .character("s"): return askToStop()
    case .character("S"): return askToStopAll()
    default: return []
    }
  }

  private mutating func refuse(_ text: String) -> [Effect] {
    say(text, isWarning: true)
    return []
  }

  private mutating func ask(_ dialog: Dialog) -> [Effect] {
    overlay = .dialog(dialog)
    notice = nil
    return [.dropInput]
  }

  /// The tagged jobs, else the one under the cursor.
  private var targets: [Job] {
    guard pane == .jobs else { return [] }
    return list.tags.isEmpty ? selectedJob.map { [$0] } ?? [] : list.tags
  }

  // MARK: Jobs

  private mutating func askToRetry() -> [Effect] {
    let dead = targets.filter { $0.state == .dead }
    guard !dead.isEmpty else {
      guard let job = targets.first else { return refuse("there is no job to retry here") }
      return refuse("\(job.id) is \(job.state.rawValue): only dead jobs can be retried")
    }
    let count = list.tags.isEmpty ? "" : "\(dead.count) tagged "
    let title =
      dead.count == 1 && list.tags.isEmpty
      ? "Retry dead job \(dead[0].id)?" : "Retry \(count)dead \(dead.count == 1 ? "job" : "jobs")?"
    return ask(
      Dialog(
        title: title, rows: Self.described(dead), notes: [Self.retryNote], proof: .yes,
        action: .retry(dead.map(\.id))))
  }

  private static let retryNote =
    "They run again from attempt 1. Earlier side effects are not undone."

  private static let mostDescribed = 6

  /// The first few of them, so that it can be seen what is meant.
  private static func described(_ jobs: [Job]) -> [[String]] {
    let rows = jobs.prefix(mostDescribed).map { job in
      let exit = RunResult.short(job.latestRun)
      return [
        job.id.text, job.command, exit.isEmpty ? "" : "exit \(exit)",
        RunResult.detail(job.latestRun),
      ]
    }
    let more = jobs.count - rows.count
    return more > 0 ? rows + [["… and \(more) more"]] : rows
  }

  /// Asks about all jobs that were found; the number has to be typed.
  mutating func askAboutAll(
    _ gathering: Gathering, _ ids: [JobID], isComplete: Bool
  ) -> [Effect] {
    guard isComplete else {
      return refuse(
        "more than \(Figures.grouped(Gathering.most)): use \"queuectl dlq retry --all\"")
    }
    guard !ids.isEmpty else { return refuse("there is no such job") }
    let filter = gathering.filter.isEmpty ? "" : " matching \"\(gathering.filter.text)\""
    return ask(
      Dialog(
        title: "Retry ALL \(Figures.grouped(ids.count)) dead jobs\(filter)?",
        notes: [Self.retryNote], proof: .number(ids.count, typed: ""), action: .retry(ids)))
  }

  // MARK: Workers

  private mutating func askToStop() -> [Effect] {
    guard let worker = workerToStop else {
      return refuse("there is no worker here: Tab goes to the workers")
    }
    let record = worker.record
    guard worker.condition != .lost else {
      return refuse("\(record.id) is lost already: any worker takes over what it had")
    }
    let staying = workers.filter { $0.condition != .lost && $0.record.id != record.id }.count
    let first =
      record.current.map {
        "It finishes \($0.job) (\(Figures.elapsed(now.wall - $0.since)) so far) first, then exits."
      } ?? "It is idle, and exits at once."
    let note = "\(first) \(Self.workers(staying)) \(staying == 1 ? "stays" : "stay")."
    let identity = "\(record.id) (pid \(record.process.pid), host \(record.process.host))"
    return ask(
      Dialog(
        title: "Stop worker \(identity)?", notes: [note],
        proof: .yesOr(label: "K end its job now", .stop([record.id], .endJob)),
        action: .stop([record.id], .finishJob)))
  }

  /// The one under the cursor; among jobs, the one that runs the job.
  private var workerToStop: WorkerLine? {
    guard pane == .jobs else { return selectedWorker }
    guard let job = selectedJob, job.state == .processing else { return nil }
    return workers.first { $0.record.current?.job == job.id }
  }

  private mutating func askToStopAll() -> [Effect] {
    let running = workers.filter { $0.condition != .lost }
    guard !running.isEmpty else { return refuse("no worker is running") }
    let busy = running.filter { $0.record.current != nil }.count
    let ids = running.map(\.record.id)
    let note =
      busy == 0
      ? "They are idle, and exit at once." : "\(busy) of them finish a job first, then exit."
    return ask(
      Dialog(
        title: "Stop ALL \(Self.workers(running.count))?",
        notes: [note, "Jobs wait then until workers are started again."],
        proof: .number(running.count, typed: ""), action: .stop(ids, .finishJob)))
  }

  private static func workers(_ count: Int) -> String {
    "\(count) \(count == 1 ? "worker" : "workers")"
  }

  // MARK: The menu

  /// What can be done here.
  func actionMenu() -> Menu {
    switch pane {
    case .jobs:
      var items: [Menu.Item] = []
      if targets.contains(where: { $0.state == .dead }) { items.append(Menu.Item("r", "Retry")) }
      if look.tab == .dead { items.append(Menu.Item("R", "Retry all that match")) }
      if workerToStop != nil { items.append(Menu.Item("s", "Stop its worker")) }
      items += [
        Menu.Item(" ", "Tag"), Menu.Item("y", "Copy the id"), Menu.Item("Y", "Copy the command"),
      ]
      return Menu(
        title: list.tags.isEmpty ? selectedJob?.id.text ?? "Jobs" : "Tagged jobs", items: items)
    case .workers:
      return Menu(
        title: selectedWorker.map { "Worker \($0.record.id)" } ?? "Workers",
        items: [Menu.Item("s", "Stop this worker"), Menu.Item("S", "Stop all workers")])
    }
  }
}
