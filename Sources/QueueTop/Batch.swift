public import QueueCore
public import QueueOperations

/// `queuectl top` without a screen: the same content as text or JSON.
public struct Batch {
  private let dependencies: MonitorDependencies
  private let options: Monitor.Options
  private let size: Size
  private var reader: SnapshotReader

  /// - Parameters:
  ///   - store: the store to read, on the calling thread.
  ///   - width: columns of the text, at least 80.
  ///   - rows: the most jobs to print.
  public init(
    _ store: any JobStore, dependencies: MonitorDependencies, options: Monitor.Options, width: Int,
    rows: Int = 20
  ) {
    self.dependencies = dependencies
    self.options = options
    reader = SnapshotReader(dependencies: dependencies, store: store)
    size = Size(width: max(80, width), height: rows)
  }

  /// One report on the queue.
  public struct TextSnapshot: Sendable {
    /// The report as lines, as on the screen.
    public let lines: [String]
    /// The report as one line of JSON.
    public let json: [UInt8]
    /// The messages of the conditions that hold.
    public let alarms: [String]
  }

  /// Reads a report. Unless a tab was chosen, it lists dead jobs if there are any, else the newest
  /// jobs.
  public mutating func read(for alarms: [Alarm]) throws(StoreError) -> TextSnapshot {
    let dead = try reader.store.summary().count(.dead, queue: options.view.queue)
    var state = start(size, tab: dead > 0 ? .dead : .all)
    state.request.limit = size.height
    let snapshot = try look(&state)
    return TextSnapshot(
      lines: lines(state), json: json(snapshot),
      alarms: alarms.filter { $0.isRaised(by: snapshot) }.map { $0.message(for: snapshot) })
  }

  /// Returns the first screen of that size.
  public mutating func frame(_ size: Size) throws(StoreError) -> [String] {
    var state = start(size, tab: .all)
    _ = try look(&state)
    return Renderer(state: state, theme: options.theme).frame().rows.map(\.text)
  }

  /// - Parameter tab: the tab unless the command line chose one.
  private func start(_ size: Size, tab: JobTab) -> MonitorState {
    var options = options
    options.view.tab = options.view.tab ?? .jobs(tab)
    options.preferences = Preferences()
    var state = MonitorState(options, now: dependencies.now())
    _ = state.update(.resized(size))
    return state
  }

  /// Reads what the state asks for.
  private mutating func look(_ state: inout MonitorState) throws(StoreError) -> Snapshot {
    let request = state.request
    let snapshot = try reader.read(request)
    _ = state.update(.heard(.snapshot(snapshot, request)))
    return snapshot
  }

  /// Returns the screen's lines without the last two, with all workers.
  private func lines(_ state: MonitorState) -> [String] {
    Renderer(state: state, theme: options.theme).plainText().map { line in
      let text = line.row.text
      return String(text.prefix(text.count - text.reversed().prefix { $0 == " " }.count))
    }
  }

  private func json(_ snapshot: Snapshot) -> [UInt8] {
    var writer = JSONWriter()
    writer.object { json in
      json.field("time", snapshot.time.wall)
      json.field("database", options.database)
      json.key("jobs")
      snapshot.summary.write(to: &json)
      if let health = snapshot.health { health.write(to: &json) }
      json.key("workers")
      json.object { json in
        for condition in WorkerStatus.allCases {
          json.key(text: condition.rawValue)
          json.value(snapshot.workers.count { $0.condition == condition })
        }
      }
    }
    writer.lineEnd()
    return writer.bytes
  }
}

extension QueueHealth {
  /// Writes the figures as members of an object; durations are in seconds.
  fileprivate func write(to json: inout JSONWriter) {
    json.field("enqueued_per_second", rate: addedPerSecond)
    json.field("completed_per_second", rate: donePerSecond)
    json.field("failure_rate", rate: failureShare)
    json.field("drain", drain?.inSeconds)
    json.field("oldest_wait", oldest?.inSeconds)
    json.field("wait_p50", wait?.p50.inSeconds)
    json.field("wait_p95", wait?.p95.inSeconds)
    json.field("run_p50", run?.p50.inSeconds)
    json.field("run_p95", run?.p95.inSeconds)
    json.field("run_max", run?.most?.inSeconds)
  }
}
