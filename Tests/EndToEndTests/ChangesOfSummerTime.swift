import Foundation
import QueueTestSupport
import Testing

extension EndToEnd {
  /// Workers over the nights on which zones change their offset from UTC.
  @Suite struct ChangesOfSummerTime {
    let queue = TestQueue.current

    /// A night in a zone, with instants in UTC.
    struct Night: CustomTestStringConvertible {
      let zone: String
      /// A schedule of fixed times.
      let fixed: String
      /// The only time at which it enqueues a job.
      let expected: String
      /// Times at which each quarter of an hour enqueues one, the expected one first.
      let quarters: [String]

      init(_ zone: String, _ fixed: String, at expected: String, alone others: String...) {
        self.zone = zone
        self.fixed = fixed
        self.expected = expected
        quarters = [expected] + others
      }

      var testDescription: String { "\(zone), \(expected)" }
    }

    /// Fixed times in a gap are enqueued once, at its end; those of an overlap in the first pass
    /// only.
    static let nights = [
      Night("Europe/Berlin", "0,30 2 * * *", at: "2026-03-29T01:00:00Z"),
      Night(
        "Europe/Berlin", "30 2 * * *", at: "2026-10-25T00:30:00Z", alone: "2026-10-25T01:30:00Z"),
      Night("America/New_York", "0,30 2 * * *", at: "2026-03-08T07:00:00Z"),
      Night(
        "America/New_York", "30 1 * * *", at: "2026-11-01T05:30:00Z", alone: "2026-11-01T06:30:00Z"),
      Night("Australia/Lord_Howe", "0,15 2 * * *", at: "2026-10-03T15:30:00Z"),
      Night(
        "Australia/Lord_Howe", "45 1 * * *", at: "2026-04-04T14:45:00Z",
        alone: "2026-04-04T15:15:00Z"),
      Night("America/Santiago", "0,30 0 * * *", at: "2026-09-06T04:00:00Z"),
      Night(
        "America/Santiago", "30 23 * * *", at: "2026-04-05T02:30:00Z", alone: "2026-04-05T03:30:00Z"
      ),
      Night("Antarctica/Troll", "0,30 1 * * *", at: "2026-03-29T01:00:00Z"),
      Night(
        "Antarctica/Troll", "30 1 * * *", at: "2026-10-24T23:30:00Z", alone: "2026-10-25T01:30:00Z"),
    ]

    @Test(.needsFakeTime, arguments: nights)
    func `FAULT 84: when a zone changes its offset, no time is skipped or comes twice`(
      night: Night
    ) async throws {
      try setClock(before: night.expected, by: 60)
      for (name, timing) in [("fixed", night.fixed), ("quarters", "*/15 * * * *")] {
        let added = try await queue.run(
          program: "/bin/sh",
          faked(
            "schedule add \(name) --cron '\(timing)' --tz \(night.zone) --overlap allow "
              + "--missed \(name == "fixed" ? "one" : "none") true"),
          adding: variables)
        try #require(added.status == 0, "\(added)")
      }
      let workers = try queue.start(
        program: "/bin/sh", faked("worker start"), adding: variables)
      for (number, time) in night.quarters.enumerated() {
        try setClock(before: time, by: 2)
        try await workers.line(containing: "enqueued by quarters for ", times: number + 1)
      }
      workers.signal(SIGTERM)
      #expect(try await workers.exit() == 0)
      #expect(try await times(of: "fixed") == [try date(night.expected)])
      #expect(try await times(of: "quarters") == (try night.quarters.map(date)))
      #expect(!workers.transcript.text.contains("set back"), "\(workers.transcript.text)")
    }

    private func times(of schedule: String) async throws -> [Date] {
      try await queue.jobs("--schedule", schedule, "--limit", "0").compactMap(\.scheduledFor)
        .sorted()
    }

    private var variables: [String: String?] {
      [
        "LD_PRELOAD": Conditions.fakeTime, "FAKETIME_TIMESTAMP_FILE": queue.file("clock"),
        "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
      ]
    }

    /// Through a shell, as faketime hides the arguments of a program that is started directly.
    private func faked(_ command: String) -> [String] {
      ["sh", "-c", "exec '\(Binary.path)' \(command)"]
    }

    /// Sets the clock some seconds before a time.
    private func setClock(before time: String, by seconds: TimeInterval) throws {
      let offset = Int((try date(time) - seconds).timeIntervalSinceNow.rounded(.down))
      try queue.write("\(offset < 0 ? "" : "+")\(offset)\n", to: "clock")
    }

    private func date(_ text: String) throws -> Date {
      try Date.ISO8601FormatStyle().parse(text)
    }
  }
}
