import QueueCore
import QueueOperations
import QueueTestSupport
import Testing

/// Why a schedule enqueues nothing: from facts to words.
@Suite struct ExplainingSchedules {
  static let now = ManualClock.start.wall

  /// What a case changes about a schedule that nothing holds back.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// `word: text` and the remedy.
    let reasons: [(String, String?)]
    let change: @Sendable (inout ScheduleFacts) -> Void

    init(
      _ description: String, _ reasons: [(String, String?)],
      _ change: @escaping @Sendable (inout ScheduleFacts) -> Void
    ) {
      testDescription = description
      (self.reasons, self.change) = (reasons, change)
    }
  }

  private static func job(_ id: String, _ state: JobState, exitCode: Int? = nil) -> Occurrence {
    var job = Occurrence.Enqueued(JobID(trusted: id), at: now)
    job.state = state
    job.exitCode = exitCode
    return Occurrence(at: now, .enqueued, job: job)
  }

  static let cases = [
    Case("nothing", []) { _ in },
    Case("paused", [("paused: paused since T", "queuectl schedule resume nightly")]) {
      $0.schedule.pausedAt = now
      $0.workerCount = 0
    },
    Case("ended", [("ended: ended: it is never due again", nil)]) {
      $0.schedule.nextAt = nil
      $0.workerCount = 0
    },
    Case("no worker, not late yet", [("no_worker: no worker runs", "queuectl worker start")]) {
      $0.workerCount = 0
      $0.isServed = false
    },
    Case("a worker comes", [("worker_restarts: no worker runs; one starts in 5.0s", nil)]) {
      $0.workerCount = 0
      $0.isServed = false
      $0.restart = .seconds(5)
    },
    Case("late", [("late: late by 2m00s: no worker runs", "queuectl worker start")]) {
      $0.schedule.nextAt = now + .seconds(-120)
      $0.workerCount = 0
      $0.isServed = false
    },
    Case("late, and a worker comes", [("late: late by 2m00s: no worker runs; one starts now", nil)])
    {
      $0.schedule.nextAt = now + .seconds(-120)
      $0.workerCount = 0
      $0.restart = .zero
    },
    Case(
      "late without its zone",
      [
        (
          "no_zone: late by 2m00s: this machine can't read its time zone: zone \"A/B\" is unknown",
          nil
        )
      ]
    ) {
      $0.schedule.nextAt = now + .seconds(-120)
      $0.zoneProblem = InvalidJob(field: "zone", problem: "\"A/B\" is unknown")
    },
    Case(
      "late with a worker",
      [
        (
          "late: late by 2m00s, although 1 worker runs: doctor checks them and names their log",
          "queuectl doctor"
        )
      ]
    ) { $0.schedule.nextAt = now + .seconds(-120) },
    Case(
      "late with workers that drain",
      [
        (
          "late: late by 2m00s: the only workers were started with --drain: they enqueue what is "
            + "due at their start", "queuectl worker start"
        )
      ]
    ) {
      $0.schedule.nextAt = now + .seconds(-120)
      $0.areDraining = true
    },
    Case(
      "in time, with workers that drain",
      [
        (
          "workers_drain: the only workers were started with --drain: they enqueue what is due at "
            + "their start", "queuectl worker start"
        )
      ]
    ) { $0.areDraining = true },
    Case(
      "skipped, the blocking job isn't the latest",
      [
        (
          "skipping: the last 14 times were skipped, because its job 2qap98 is running",
          "queuectl explain 2qap98"
        )
      ]
    ) {
      $0.schedule.tally.skipsInRow = 14
      $0.history = [job("later", .completed), job("2qap98", .processing)]
    },
    Case(
      "failing", [("failing: its last 3 jobs died: 2qap98, exit status 2", "queuectl logs 2qap98")]
    ) {
      $0.schedule.tally.failuresInRow = 3
      $0.history = [job("2qap98", .dead, exitCode: 2), job("b", .dead)]
    },
    Case(
      "everything is paused",
      [
        ("everything_paused: everything is paused: its jobs wait", "queuectl queue resume --all")
      ]
    ) { $0.controls.isEverythingPaused = true },
    Case(
      "its queue is paused",
      [
        ("queue_paused: its queue \"mail\" is paused: its jobs wait", "queuectl queue resume mail")
      ]
    ) { $0.controls.queues[0].isPaused = true },
    Case(
      "its queue is limited to none",
      [
        (
          "queue_paused: its queue \"mail\" has a limit of 0",
          "queuectl queue limit mail 1"
        )
      ]
    ) { $0.controls.queues[0].runningLimit = 0 },
    Case(
      "no worker serves its queue",
      [
        (
          "no_worker_for_queue: no worker serves its queue \"mail\"",
          "queuectl worker start --queue mail"
        )
      ]
    ) { $0.isServed = false },
    Case("broken", [("broken: its job is invalid", "queuectl schedule show nightly")]) {
      $0.schedule.problem = "its job is invalid"
    },
  ]

  @Test(arguments: cases)
  func `each obstacle is told, and the command that clears it`(example: Case) throws {
    var spec = ScheduleSpec(
      try Timing(stored: "every 60000"), zone: "UTC", job: JobSpec(command: "true"))
    spec.job.queue = "mail"
    let new = try NewSchedule(name: "nightly", spec)
    var facts = ScheduleFacts(
      try Schedule(new, id: ScheduleID(1), in: .utc, database: "", at: Self.now),
      workerCount: 1, isServed: true, controls: QueueControls(queues: [QueueControl(name: "mail")]))
    example.change(&facts)
    let reasons = ScheduleExplanation(facts, at: Self.now) { _ in "T" }.reasons
    #expect(reasons.map { "\($0.word): \($0.text)" } == example.reasons.map(\.0))
    #expect(reasons.map(\.advice) == example.reasons.map(\.1))
  }

  @Test func `a success that is too old is told with what was missed since`() throws {
    let spec = ScheduleSpec(
      try Timing(stored: "every 60000"), zone: "UTC", job: JobSpec(command: "true"))
    var schedule = try Schedule(
      NewSchedule(name: "a", spec), id: ScheduleID(1), in: .utc, database: "", at: Self.now)
    schedule.tally.succeededAt = Self.now + .seconds(-7200)
    let facts = ScheduleFacts(
      schedule,
      history: [
        Occurrence(at: Self.now, .missed, times: 2),
        Occurrence(at: Self.now + .seconds(-9000), .missed),
      ], workerCount: 1, isServed: true, controls: QueueControls())
    let faults = schedule.faults(ScheduleCheck(within: .seconds(3600)), at: Self.now)
    let reasons = ScheduleExplanation.reasons(of: faults, facts) { _ in "T" }
    #expect(
      reasons.map(\.text) == ["no recent success: the last was T, 2h00m ago; 2 times missed since"])
  }
}
