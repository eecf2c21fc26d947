package import QueueCore

/// Figures of the queue for Prometheus.
package struct QueueMetrics {
  private var writer: MetricsText

  /// The text to serve or store.
  package var text: String { writer.finished }

  /// More queues than these, those with the most jobs so far, are added up as one.
  private static let mostQueues = 100
  /// The label of the other queues. No queue has this name, as names don't begin with `-`.
  private static let others = "-other"

  /// The web server's own figures.
  package struct Web: Sendable {
    /// Requests answered, by status code.
    package var requests: [Int: Int]
    /// Open streams.
    package var streams: Int

    package init(requests: [Int: Int], streams: Int) {
      self.requests = requests
      self.streams = streams
    }
  }

  /// Reads all figures. They agree if this is called within one read transaction.
  /// - Parameter scheduled: the number of scheduled jobs; nil to count them.
  package init(
    _ store: any JobStore, host: MonitorDependencies, scheduled: Int? = nil, at now: Moment,
    version: String,
    format: MetricsText.Format = .prometheus, web: Web? = nil
  ) throws(StoreError) {
    writer = MetricsText(format)
    let begun = host.now().uptime
    let summary = try store.summary()
    let controls = try store.queueControls()
    let label = Self.labels(summary, controls, try store.totals())

    writer.family("queuectl_up", .gauge, "Whether the queue could be read.")
    writer.sample(1)
    writer.family("queuectl_build_info", .gauge, "Always 1; the version is a label.")
    writer.sample(1, [("version", version)])
    write(summary.counts, label)
    writer.family(
      "queuectl_scheduled_jobs", .gauge, "Pending jobs that wait for a time, not for other jobs.")
    if let scheduled {
      writer.sample(scheduled)
    } else {
      writer.sample(try store.scheduledJobs(in: nil, atMost: .max, at: now))
    }
    write(totals: label.totals)
    write(controls, waits: try store.longestWaits(at: now), label)

    let states = try store.workers().map { $0.condition(isLost: host.isGone($0, now)) }
    writer.family("queuectl_workers", .gauge, "Registered workers by state.")
    for state in WorkerStatus.allCases {
      writer.sample(states.count { $0 == state }, [("state", state.rawValue)])
    }

    write(try store.scheduleCounts(at: now))

    let files = host.files()
    writer.family(
      "queuectl_database_bytes", .gauge, "The size of the database's files.", unit: "bytes")
    for (name, size) in [("main", files.database), ("wal", files.log)] {
      if let size { writer.sample(size, [("file", name)]) }
    }
    writer.family(
      "queuectl_read_duration_seconds", .gauge, "How long reading these figures took.",
      unit: "seconds")
    writer.sample((host.now().uptime - begun).inSeconds)
    if let web { write(web) }
  }

  private mutating func write(_ web: Web) {
    writer.family("queuectl_web_requests", .counter, "Requests answered, by status code.")
    for (code, count) in web.requests.sorted(by: { $0.key < $1.key }) {
      writer.sample(count, [("code", "\(code)")])
    }
    writer.family("queuectl_web_streams", .gauge, "Pages and programs that are receiving updates.")
    writer.sample(web.streams)
  }

  // MARK: Gauges

  private mutating func write(_ counts: [String: [JobState: Int]], _ label: Labels) {
    var jobs: [String: [JobState: Int]] = [:]
    for (queue, counts) in counts {
      jobs[label(queue), default: [:]].merge(counts, uniquingKeysWith: +)
    }
    writer.family("queuectl_jobs", .gauge, "Jobs by queue and state.")
    for (queue, counts) in jobs.sorted(by: { $0.key < $1.key }) {
      for state in JobState.allCases {
        writer.sample(counts[state] ?? 0, [("queue", queue), ("state", state.rawValue)])
      }
    }
  }

  private mutating func write(
    _ controls: QueueControls, waits: [String: Duration], _ label: Labels
  ) {
    var longest: [String: Duration] = [:]
    for queue in controls.queues {
      longest[label(queue.name)] = max(
        longest[label(queue.name)] ?? .zero, waits[queue.name] ?? .zero)
    }
    writer.family(
      "queuectl_queue_oldest_wait_seconds", .gauge,
      "How long the first job in line has waited to be claimed; 0 if none waits.", unit: "seconds")
    for (queue, wait) in longest.sorted(by: { $0.key < $1.key }) {
      writer.sample(wait.inSeconds, [("queue", queue)])
    }

    let named = controls.queues.filter { label($0.name) == $0.name }
    writer.family("queuectl_paused", .gauge, "Whether everything is paused.")
    writer.sample(controls.isEverythingPaused ? 1 : 0)
    writer.family("queuectl_queue_paused", .gauge, "Whether the queue is paused.")
    for queue in named { writer.sample(queue.isPaused ? 1 : 0, [("queue", queue.name)]) }
    writer.family(
      "queuectl_queue_running_limit", .gauge,
      "The limit of jobs that run at once, where one is set.")
    for queue in named {
      if let limit = queue.runningLimit { writer.sample(limit, [("queue", queue.name)]) }
    }
  }

  private mutating func write(_ schedules: ScheduleCounts) {
    writer.family("queuectl_schedules", .gauge, "Schedules by whether they are paused.")
    writer.sample(schedules.all - schedules.paused, [("paused", "false")])
    writer.sample(schedules.paused, [("paused", "true")])
    writer.family("queuectl_schedule_faults", .gauge, "Schedules by fault.")
    for (fault, count) in [
      ("late", schedules.late), ("failing", schedules.failing), ("skipping", schedules.skipping),
      ("broken", schedules.broken),
    ] {
      writer.sample(count, [("fault", fault)])
    }
  }

  // MARK: Counters

  private static let outcomes: [QueueEvent] = [
    .completed, .failed, .snoozed, .stopped, .cancelled, .lost,
  ]

  private mutating func write(totals: [(queue: String, events: QueueStatistics)]) {
    for (name, event, help) in [
      ("queuectl_jobs_enqueued", QueueEvent.enqueued, "Jobs enqueued."),
      ("queuectl_jobs_died", .dead, "Jobs that became dead."),
      ("queuectl_runs_started", .started, "Runs started."),
    ] {
      writer.family(name, .counter, help)
      for (queue, events) in totals { writer.sample(events.count(event), [("queue", queue)]) }
    }
    writer.family("queuectl_runs_ended", .counter, "Runs ended, by outcome.")
    for (queue, events) in totals {
      for outcome in Self.outcomes {
        writer.sample(
          events.count(outcome), [("queue", queue), ("outcome", outcome.rawValue)])
      }
    }
    writer.family(
      "queuectl_job_wait_seconds", .histogram,
      "Time from when a job could run to its run; the sum is within 1/16 of the exact one.",
      unit: "seconds")
    for (queue, events) in totals { writer.histogram(events.wait, [("queue", queue)]) }
    writer.family(
      "queuectl_run_duration_seconds", .histogram,
      "Run times of completed and failed runs; the sum is within 1/16 of the exact one.",
      unit: "seconds")
    for (queue, events) in totals { writer.histogram(events.runTime, [("queue", queue)]) }
  }

  // MARK: Labels

  /// Maps a queue to its label.
  private struct Labels {
    /// The queues with a label of their own; nil for all.
    var named: Set<String>?
    /// The events by label, sorted.
    var totals: [(queue: String, events: QueueStatistics)] = []

    func callAsFunction(_ queue: String) -> String {
      named?.contains(queue) ?? true ? queue : QueueMetrics.others
    }
  }

  /// The queues that ever got the most jobs have labels: that order changes seldom, so counters
  /// rarely move between labels.
  private static func labels(
    _ summary: QueueSummary, _ controls: QueueControls, _ totals: [String: QueueStatistics]
  ) -> Labels {
    var labels = Labels()
    let names = Set(controls.queues.map(\.name)).union(summary.counts.keys).union(totals.keys)
    if names.count > mostQueues {
      let sizes = names.map { (name: $0, size: totals[$0]?.count(.enqueued) ?? 0) }
      let largest = sizes.sorted { ($1.size, $0.name) < ($0.size, $1.name) }
      labels.named = Set(largest.prefix(mostQueues).map(\.name))
    }
    var byLabel: [String: QueueStatistics] = [:]
    for (queue, events) in totals { byLabel[labels(queue), default: .init()].add(events) }
    labels.totals = byLabel.sorted { $0.key < $1.key }.map { (queue: $0.key, events: $0.value) }
    return labels
  }
}
