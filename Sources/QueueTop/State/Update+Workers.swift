import QueueCore
import QueueOperations

/// Stopping workers, pausing queues, and the menu of what can be done.
extension MonitorState {
  /// The queue of the job under the cursor; resuming comes first, as nothing runs without it.
  mutating func askToPause() -> [Effect] {
    let controls = snapshot?.controls ?? QueueControls()
    if controls.isEverythingPaused {
      return ask(
        Dialog(
          title: "Resume everything?", notes: ["Jobs of queues that aren't paused run again."],
          proof: .yes, action: .pause(queue: nil, false)))
    }
    guard let queue = targets.first?.queue else {
      return refuse("there is no job here, whose queue this would be about")
    }
    let waiting = Figures.grouped(summary.unfinished(in: [queue]))
    if controls.queues.contains(where: { $0.name == queue && $0.isPaused }) {
      return ask(
        Dialog(
          title: "Resume queue \(queue)?", notes: ["\(waiting) of its jobs aren't over."],
          proof: .yes, action: .pause(queue: queue, false)))
    }
    return ask(
      Dialog(
        title: "Pause queue \(queue)?",
        notes: ["What runs goes on; no other job of it begins. \(waiting) aren't over."],
        proof: .yesOr(label: "K everything", .pause(queue: nil, true)),
        action: .pause(queue: queue, true)))
  }

  mutating func askToStop() -> [Effect] {
    guard let worker = workerToStop else {
      return refuse("there is no worker here: Tab goes to the workers")
    }
    let record = worker.record
    guard worker.condition != .lost else {
      return refuse("\(record.id) is lost already: any worker takes over what it had")
    }
    let staying = workers.count {
      $0.condition != .lost && $0.condition != .stopping && $0.record.id != record.id
    }
    let first =
      record.current.map {
        "It finishes \($0.job) (\(Figures.elapsed(now.wall - $0.since)) so far) first, then exits."
      } ?? "It is idle, and exits at once."
    let note = "\(first) \(staying, of: "worker") \(staying == 1 ? "stays" : "stay")."
    let identity = "\(record.id) (pid \(record.process.pid), host \(record.process.host))"
    let isBusy = record.current != nil
    return ask(
      Dialog(
        title: "Stop worker \(identity)?", notes: [note],
        proof: isBusy
          ? .yesOr(
            label: "K end its job now",
            .stop([record.id], .endJob, during: record.current?.run)) : .yes,
        action: .stop([record.id], .finishJob)))
  }

  /// The one under the cursor; among jobs, the one that runs the job.
  var workerToStop: WorkerLine? {
    if page == .lists, pane == .workers { return selectedWorker }
    guard let job = targets.first, job.state == .processing else { return nil }
    return workers.first { $0.record.current?.job == job.id }
  }

  mutating func askToStopAll() -> [Effect] {
    let running = workers.filter { $0.condition != .lost }
    guard !running.isEmpty else { return refuse("no worker is running") }
    let busy = running.filter { $0.record.current != nil }.count
    let ids = running.map(\.record.id)
    let note =
      busy == 0
      ? "They are idle, and exit at once." : "\(busy) of them finish a job first, then exit."
    return ask(
      Dialog(
        title: "Stop ALL \(running.count, of: "worker")?",
        notes: [note, "Jobs wait then until workers are started again."],
        proof: .number(running.count, typed: ""), action: .stop(ids, .finishJob)))
  }

  // MARK: The menu

  /// What can be done here.
  func actionMenu() -> Menu {
    if page == .lists, pane == .workers {
      let stops = [Menu.Item("s", "Stop this worker"), Menu.Item("S", "Stop all workers")]
      return Menu(
        title: selectedWorker.map { "Worker \($0.record.id)" } ?? "Workers",
        items: setup.isReadOnly ? [] : stops)
    }
    let isTagged = page == .lists && !list.tags.isEmpty
    let title = isTagged ? "\(list.tags.count) tagged jobs" : targets.first?.id.text ?? "Jobs"
    let looking = [
      Menu.Item("l", "Log"), Menu.Item("L", "Log in a pager"), Menu.Item("y", "Copy the id"),
      Menu.Item("Y", "Copy the command"),
    ]
    return Menu(title: title, items: (setup.isReadOnly ? [] : actions()) + looking)
  }

  private func actions() -> [Menu.Item] {
    let states = Set(targets.map(\.state))
    var items: [Menu.Item] = []
    if states.contains(.dead) {
      items += [Menu.Item("r", "Retry"), Menu.Item("d", "Discard")]
    } else if states.contains(.failed) || states.contains(.cancelled) {
      items.append(Menu.Item("r", "Retry now"))
    }
    if states.contains(where: \.isUnfinished) { items.append(Menu.Item("x", "Cancel")) }
    if workerToStop != nil { items.append(Menu.Item("s", "Stop its worker")) }
    items.append(Menu.Item("P", "Pause or resume its queue"))
    if page == .lists, look.tab == .dead {
      items += [
        Menu.Item("R", "Retry all that match"), Menu.Item("D", "Discard all that match"),
        Menu.Item("e", "Group by error"),
      ]
    }
    return items
  }
}
