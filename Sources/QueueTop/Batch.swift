public import QueueCore
public import QueueOperations

/// `queuectl top` without a screen: what it would show, as text or JSON, as often as asked for.
public struct Batch {
  private let dependencies: MonitorDependencies
  private let options: Monitor.Options
  private let size: Size
  private var reader: SnapshotReader

  /// - Parameters:
  ///   - store: what is read; it belongs to the calling thread.
  ///   - width: columns of the text, at least 80.
  ///   - rows: how many jobs are shown at most.
  public init(
    _ store: any JobStore, dependencies: MonitorDependencies, options: Monitor.Options, width: Int,
    rows: Int = 20
  ) {
    self.dependencies = dependencies
    self.options = options
    reader = SnapshotReader(dependencies: dependencies, store: store)
    size = Size(width: max(80, width), height: rows)
  }

  /// One look at the queue.
  public struct TextSnapshot: Sendable {
    /// Its lines, as on the screen.
    public let lines: [String]
    /// The same for programs, in one line.
    public let json: [UInt8]
    /// What to say of the alarms that are raised.
    public let alarms: [String]
  }

  /// Reads. Unless another tab was chosen, dead jobs are listed where there are some, else the
  /// newest.
  public mutating func read(for alarms: [Alarm]) throws(StoreError) -> TextSnapshot {
    var state = start(size)
    state.request.limit = size.height
    if options.view.tab == nil {
      let dead = try reader.store.summary().count(.dead, queue: options.view.queue)
      state.show(dead > 0 ? JobTab.dead : .all)
    }
    let snapshot = try look(&state)
    return TextSnapshot(
      lines: lines(state), json: json(snapshot),
      alarms: alarms.filter { $0.isRaised(by: snapshot) }.map { $0.message(for: snapshot) })
  }

  /// The screen of that size, as it is at the start.
  public mutating func frame(_ size: Size) throws(StoreError) -> [String] {
    var state = start(size)
    _ = try look(&state)
    return Renderer(state: state, theme: options.theme).frame().rows.map(\.text)
  }

  private func start(_ size: Size) -> MonitorState {
    var options = options
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

  /// The screen without its last two lines, with all workers.
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
  /// Its figures as members of an object; durations in seconds.
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
