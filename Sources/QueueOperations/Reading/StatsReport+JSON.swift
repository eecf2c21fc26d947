package import QueueCore

extension StatsReport {
  /// Durations are in seconds, rates in events per second.
  package func write(to writer: inout JSONWriter) {
    writer.object { json in
      json.key("windows")
      json.array { json in
        for (statistics, window) in zip(statistics, Self.windows) {
          json.object { json in
            json.field("window", window.name)
            json.field("span", statistics.span.inSeconds)
            json.key("total")
            write(statistics.of(queue), over: statistics.span, to: &json)
            json.key("queues")
            json.object { json in
              for (name, figures) in statistics.queues.sorted(by: { $0.key < $1.key })
              where queue.map({ $0 == name }) ?? true {
                json.key(text: name)
                write(figures, over: statistics.span, to: &json)
              }
            }
          }
        }
      }
      json.field("unfinished", unfinished)
      json.field("drain", drain?.time.inSeconds)
      json.field("longest_wait", longestWait?.inSeconds)
      json.key("commands")
      json.object { json in
        json.field("runs", runs)
        json.key("slowest")
        Self.write(slowest, to: &json)
        json.key("most_failing")
        Self.write(mostFailing, to: &json)
      }
    }
  }

  private func write(
    _ figures: QueueStatistics, over span: Duration, to writer: inout JSONWriter
  ) {
    writer.object { json in
      for event in QueueEvent.allCases {
        json.key(text: event.rawValue)
        json.value(figures.count(event))
      }
      json.field(
        "completed_per_second",
        rate: span > .zero ? Double(figures.count(.completed)) / span.inSeconds : nil)
      json.field("failure_rate", rate: figures.failureRate)
      json.key("wait")
      figures.wait.write(to: &json)
      json.key("run_time")
      figures.runTime.write(to: &json)
    }
  }

  private static func write(_ commands: [CommandFigures], to writer: inout JSONWriter) {
    writer.array { json in
      for command in commands {
        json.object { json in
          json.field("command", command.command)
          json.field("runs", command.runs)
          json.field("failed", command.failed)
          json.key("run_time")
          command.runTime.write(to: &json)
        }
      }
    }
  }
}

extension Histogram {
  /// Writes percentiles in seconds as one object; `null` when empty.
  package func write(to writer: inout JSONWriter) {
    writer.object { json in
      for (name, share) in StatsReport.shares {
        json.key(text: name)
        if let time = percentile(share) { json.value(time.inSeconds) } else { json.null() }
      }
    }
  }
}
