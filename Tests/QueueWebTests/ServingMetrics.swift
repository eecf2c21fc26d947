import QueueCore
import QueueTestSupport
import Testing

@testable import QueueWeb

/// `/metrics`, read as a scraper reads it.
@Suite struct ServingMetrics {
  /// A family: its type, and its samples by name and labels.
  private struct Family {
    var type = ""
    var samples: [String: Double] = [:]
  }

  private let web: WebExample

  init() throws { web = try WebExample() }

  /// Checks the order of lines, and returns the families by name.
  private func families(isOpen: Bool = false) throws -> [String: Family] {
    let accept = isOpen ? ["Accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1"] : [:]
    let response = try web.get("/metrics", accept)
    #expect(response.status == 200)
    let type = isOpen ? "application/openmetrics-text; version=1.0.0" : "text/plain; version=0.0.4"
    #expect(response.value("Content-Type") == type + "; charset=utf-8")
    var lines = response.text.split(separator: "\n")
    if isOpen { #expect(lines.popLast() == "# EOF") }
    var families: [String: Family] = [:]
    var current = ""
    for line in lines {
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      switch (words[0], words[1]) {
      case ("#", "HELP"):
        current = words[2]
        #expect(families.updateValue(Family(), forKey: current) == nil, "\(current) comes twice")
      case ("#", "TYPE"):
        #expect(words[2] == current)
        families[current]?.type = words[3]
      case ("#", "UNIT"): #expect(isOpen && words[2] == current && current.hasSuffix(words[3]))
      default:
        let sample = try #require(line.wholeMatch(of: /([a-z_]+)({.*})? ([0-9.e+-]+)/), "\(line)")
        let suffixes =
          switch families[current]?.type {
          case "histogram": ["_bucket", "_sum", "_count"]
          case "counter": [isOpen ? "_total" : ""]
          default: [""]
          }
        #expect(suffixes.contains { sample.1 == current + $0 }, "\(line)")
        #expect(families[current]?.type != "counter" || sample.1.hasSuffix("_total"))
        let name = "\(sample.1)\(sample.2 ?? "")"
        let old = families[current]?.samples.updateValue(
          try #require(Double(sample.3)), forKey: name)
        #expect(old == nil, "\(line) comes twice")
      }
    }
    return families
  }

  private func value(_ sample: String, isOpen: Bool = false) throws -> Double? {
    try families(isOpen: isOpen).values.compactMap { $0.samples[sample] }.first
  }

  private func run(_ end: RunEnd, for milliseconds: Int, queue: String = "default") throws {
    let worker = try web.store.addWorker(at: web.now)
    try web.store.add(
      "job-\(web.clock.now().wall.milliseconds)", queue: queue, maxRetries: 0, at: web.now)
    web.clock.advance(by: .milliseconds(50))
    let report = RunReport(end: end, elapsed: .milliseconds(milliseconds))
    try web.store.end(
      try web.store.claim(for: worker, at: web.now), by: worker, report, at: web.now)
    try web.store.deregister(worker)
  }

  @Test(arguments: [false, true])
  func `counters and histograms are those of all runs`(isOpen: Bool) throws {
    try run(.exited(0), for: 7)
    try run(.exited(0), for: 8)
    try run(.exited(3), for: 3000)
    try run(.stopped, for: 10)
    let found = try families(isOpen: isOpen)
    func sample(_ name: String) -> Double? { found.values.compactMap { $0.samples[name] }.first }
    #expect(sample("queuectl_jobs_enqueued_total{queue=\"default\"}") == 4)
    #expect(sample("queuectl_jobs_died_total{queue=\"default\"}") == 1)
    #expect(sample("queuectl_runs_started_total{queue=\"default\"}") == 4)
    for (outcome, count) in [("completed", 2.0), ("failed", 1), ("stopped", 1), ("lost", 0)] {
      let name = "queuectl_runs_ended_total{queue=\"default\",outcome=\"\(outcome)\"}"
      #expect(sample(name) == count, "\(outcome)")
    }
    let run = "queuectl_run_duration_seconds"
    for (bound, count) in [("0.008", 1.0), ("0.016", 2), ("2.048", 2), ("4.096", 3), ("+Inf", 3)] {
      #expect(sample("\(run)_bucket{queue=\"default\",le=\"\(bound)\"}") == count, "\(bound)")
    }
    #expect(sample("\(run)_count{queue=\"default\"}") == 3)
    let sum = try #require(sample("\(run)_sum{queue=\"default\"}"))
    #expect(abs(sum / 3.015 - 1) < Histogram.relativeError)
    #expect(sample("queuectl_job_wait_seconds_bucket{queue=\"default\",le=\"0.064\"}") == 4)
  }

  @Test func `buckets are cumulative and end with the count`() throws {
    for milliseconds in [1, 9, 100, 5000, 10_000_000] { try run(.exited(0), for: milliseconds) }
    let family = try #require(try families()["queuectl_run_duration_seconds"])
    let bounds = family.samples.compactMap { name, count -> (Double, Double)? in
      guard let bound = name.firstMatch(of: /le="(.+)"/)?.1 else { return nil }
      return (bound == "+Inf" ? .infinity : Double(bound) ?? -1, count)
    }.sorted { $0.0 < $1.0 }
    #expect(bounds.count == 21)
    #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0.1 <= $1.1 })
    #expect(bounds.last?.1 == 5 && bounds.dropLast().last?.1 == 4)
  }

  @Test func `beyond 100 queues, those that got fewest jobs are added up`() throws {
    for number in 1...105 {
      for _ in 0..<(number > 5 ? 2 : 1) {
        web.clock.advance(by: .milliseconds(1))
        try run(.exited(0), for: 1, queue: "q\(number)")
      }
    }
    let found = try families()
    let enqueued = try #require(found["queuectl_jobs_enqueued_total"]).samples
    #expect(enqueued.count == 101 && enqueued.values.reduce(0, +) == 205)
    #expect(enqueued["queuectl_jobs_enqueued_total{queue=\"-other\"}"] == 5)
    #expect(enqueued["queuectl_jobs_enqueued_total{queue=\"q3\"}"] == nil)
    #expect(
      found["queuectl_jobs"]?.samples["queuectl_jobs{queue=\"-other\",state=\"completed\"}"] == 5)
  }

  @Test func `a new queue has all families without a queue`() throws {
    let found = try families(isOpen: true)
    #expect(found["queuectl_up"]?.samples == ["queuectl_up": 1])
    #expect(found["queuectl_run_duration_seconds"]?.samples == [:])
    #expect(found["queuectl_read_duration_seconds"]?.samples.count == 1)
  }

  @Test(arguments: [false, true])
  func `the server counts its answers by status code`(isOpen: Bool) throws {
    web.site.requests = [200: 7, 404: 2]
    let found = try families(isOpen: isOpen)
    let requests = try #require(
      found["queuectl_web_requests" + (isOpen ? "" : "_total")])
    #expect(requests.type == "counter")
    #expect(
      requests.samples == [
        "queuectl_web_requests_total{code=\"200\"}": 7,
        "queuectl_web_requests_total{code=\"404\"}": 2,
      ])
    #expect(found["queuectl_web_streams"]?.samples == ["queuectl_web_streams": 0])
  }
}
