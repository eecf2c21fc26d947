package import QueueCore

/// A queue in a list.
package struct QueueLine: Equatable, Sendable {
  package var name: String
  package var control: QueueControl
  package var pending = 0
  package var running = 0
  package var failed = 0
  package var dead = 0
  /// The longest wait of a job that could run; nil if there is none.
  package var oldest: Duration?
  /// Jobs completed per second, over the last minute.
  package var donePerSecond = 0.0

  package init(_ name: String) {
    self.name = name
    control = QueueControl(name: name)
  }

  /// The most queues listed. Queues with unfinished jobs take precedence, then paused and limited
  /// ones.
  package static let mostQueues = 2000

  /// Lists the queues that have jobs or controls, by name.
  static func read(
    _ snapshot: Snapshot, from store: any StatisticsReader, at now: Moment
  ) throws(StoreError) -> [QueueLine] {
    let waits = try store.longestWaits(at: now)
    let lastMinute = try store.statistics(over: .minute, at: now)
    let controls = Dictionary(
      snapshot.controls.queues.map { ($0.name, $0) }, uniquingKeysWith: { one, _ in one })
    let names = Set(snapshot.summary.counts.keys).union(controls.keys)
    let lines = names.map { name in
      var line = QueueLine(name)
      if let control = controls[name] { line.control = control }
      line.pending = snapshot.summary.count(.pending, queue: name)
      line.running = snapshot.summary.count(.processing, queue: name)
      line.failed = snapshot.summary.count(.failed, queue: name)
      line.dead = snapshot.summary.count(.dead, queue: name)
      line.oldest = waits[name]
      line.donePerSecond = lastMinute.perSecond(.completed, queue: name)
      return line
    }
    guard lines.count > mostQueues else { return lines.sorted { $0.name < $1.name } }
    let kept = lines.sorted { ($0.weight, $1.name) > ($1.weight, $0.name) }.prefix(mostQueues)
    return kept.sorted { $0.name < $1.name }
  }

  private var weight: Int {
    let isControlled = control.isPaused || control.runningLimit != nil
    return (pending + running + failed) * 2 + (isControlled ? 1 : 0)
  }
}
