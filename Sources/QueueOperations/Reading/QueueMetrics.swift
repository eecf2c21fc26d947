package import QueueCore

/// Figures of the queue for Prometheus.
package struct QueueMetrics {
  /// The text format, version 0.0.4.
  /// Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>
  package let text: String

  /// More queues than these, those with the most jobs, are summed up as one.
  private static let mostQueues = 100
  /// No queue can be called that, as names don't begin with `-`.
  private static let others = "-other"

  /// Reads all figures at one moment.
  package init(
    _ store: any JobStore, host: MonitorDependencies, at now: Moment
  ) throws(StoreError) {
    let summary = try store.summary()
    let controls = try store.queueControls()
    let label = Self.labels(summary, controls)
    var writer = MetricsWriter()

    writer.family("queuectl_up", "gauge", "Whether the queue could be read.")
    writer.sample("queuectl_up", [], 1)

    writer.family("queuectl_jobs", "gauge", "Jobs by queue and state.")
    var jobs: [String: [JobState: Int]] = [:]
    for (queue, counts) in summary.counts {
      jobs[label(queue), default: [:]].merge(counts, uniquingKeysWith: +)
    }
    for (queue, counts) in jobs.sorted(by: { $0.key < $1.key }) {
      for state in JobState.allCases {
        writer.sample(
          "queuectl_jobs", [("queue", queue), ("state", state.rawValue)], counts[state] ?? 0)
      }
    }

    let waits = try store.longestWaits(at: now)
    writer.family(
      "queuectl_queue_oldest_wait_seconds", "gauge",
      "How long the first job in line has waited to be claimed; 0 if none waits.")
    var longest: [String: Duration] = [:]
    for queue in controls.queues {
      longest[label(queue.name)] = max(
        longest[label(queue.name)] ?? .zero, waits[queue.name] ?? .zero)
    }
    for (queue, wait) in longest.sorted(by: { $0.key < $1.key }) {
      writer.sample(
        "queuectl_queue_oldest_wait_seconds", [("queue", queue)], wait.inSeconds)
    }

    let named = controls.queues.filter { label($0.name) == $0.name }
    writer.family("queuectl_paused", "gauge", "Whether everything is paused.")
    writer.sample("queuectl_paused", [], controls.isEverythingPaused ? 1 : 0)
    writer.family("queuectl_queue_paused", "gauge", "Whether the queue is paused.")
    for queue in named {
      writer.sample("queuectl_queue_paused", [("queue", queue.name)], queue.isPaused ? 1 : 0)
    }
    writer.family(
      "queuectl_queue_running_limit", "gauge",
      "The limit of jobs that run at once, where one is set."
    )
    for queue in named {
      guard let limit = queue.runningLimit else { continue }
      writer.sample("queuectl_queue_running_limit", [("queue", queue.name)], limit)
    }

    let states = try store.workers().map { $0.condition(isLost: host.isGone($0, now)) }
    writer.family("queuectl_workers", "gauge", "Registered workers by state.")
    for state in WorkerStatus.allCases {
      writer.sample(
        "queuectl_workers", [("state", state.rawValue)], states.count { $0 == state })
    }

    let schedules = try store.schedules()
    writer.family("queuectl_schedules", "gauge", "Schedules by whether they are paused.")
    for isPaused in [false, true] {
      let count = schedules.count { ($0.pausedAt != nil) == isPaused }
      writer.sample("queuectl_schedules", [("paused", isPaused ? "true" : "false")], count)
    }

    let files = host.files()
    writer.family("queuectl_database_bytes", "gauge", "The size of the database's files.")
    for (name, size) in [("main", files.database), ("wal", files.log)] {
      guard let size else { continue }
      writer.sample("queuectl_database_bytes", [("file", name)], size)
    }
    text = writer.text
  }

  /// Maps a queue to its label.
  private static func labels(
    _ summary: QueueSummary, _ controls: QueueControls
  ) -> (String) -> String {
    let names = Set(controls.queues.map(\.name)).union(summary.counts.keys)
    guard names.count > mostQueues else { return { $0 } }
    let sizes = names.map { name in
      (name: name, size: summary.counts[name]?.values.reduce(0, +) ?? 0)
    }
    let largest = sizes.sorted { ($1.size, $0.name) < ($0.size, $1.name) }.prefix(mostQueues)
    let kept = Set(largest.map(\.name))
    return { kept.contains($0) ? $0 : others }
  }
}

private struct MetricsWriter {
  var text = ""

  mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int) {
    sample(name, labels, "\(value)")
  }

  mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
    sample(name, labels, "\(value)")
  }

  private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
    let pairs = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    text += name + (pairs.isEmpty ? "" : "{\(pairs)}") + " \(value)\n"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\"": result += "\\\""
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
