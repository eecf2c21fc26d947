import QueueCore
import QueueOperations

/// Stopping workers.
extension MonitorState {
  var whyNotStop: String? {
    if let whyNoRows { return whyNoRows }
    guard let worker = workerToStop else {
      return page == .workers
        ? "no worker selected" : "no worker selected: Tab goes to the workers"
    }
    return worker.condition == .lost
      ? "\(worker.record.id) is lost: its job is requeued" : nil
  }

  mutating func askToStop() -> [Effect] {
    guard let record = workerToStop?.record else { return [] }
    let staying = workers.count {
      $0.condition != .lost && $0.condition != .stopping && $0.record.id != record.id
    }
    let first =
      record.current.map {
        "It finishes \($0.job) (\(Format.elapsed(now.wall - $0.since)) so far) first, then exits."
      } ?? "It is idle, and exits at once."
    let note = "\(first) \(staying, of: "worker") \(staying == 1 ? "stays" : "stay")."
    let identity = "\(record.id) (pid \(record.process.pid), host \(record.process.host))"
    let isBusy = record.current != nil
    return ask(
      Dialog(
        title: "Stop worker \(identity)?", notes: [note],
        confirmation: isBusy
          ? .yesOr(
            label: "K end its job now",
            .stop([record.id], .endJob, during: record.current?.run)) : .yes,
        action: .stop([record.id], .finishJob)))
  }

  /// The worker under the cursor, or the worker of the job there.
  var workerToStop: WorkerView? {
    if isOnWorkers { return selectedWorker }
    guard let job = targets.first, job.state == .processing else { return nil }
    return workers.first { $0.record.current?.job == job.id }
  }

  var workersToStop: [WorkerView] { workers.filter { $0.condition != .lost } }

  mutating func askToStopAll() -> [Effect] {
    let running = workersToStop
    let busy = running.filter { $0.record.current != nil }.count
    let ids = running.map(\.record.id)
    let workers = running.count == 1 ? "the only worker" : "ALL \(running.count) workers"
    return ask(
      Dialog(
        title: "Stop \(workers)?",
        notes: [
          StopNotes.ofAll(running.count, busy: busy),
          "Jobs wait then until workers are started again.",
        ],
        confirmation: .of(running.count), action: .stop(ids, .finishJob)))
  }
}
