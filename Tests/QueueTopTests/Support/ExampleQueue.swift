import QueueCore
import QueueTestSupport

@testable import QueueOperations
@testable import QueueTop

/// The queue of the design: four workers and a lost one, dead jobs, figures.
enum ExampleQueue {
  /// 14:02:07 in UTC.
  static let now = Moment(
    wall: Timestamp(milliseconds: 1_800_021_727_000), uptime: .seconds(500_000),
    boot: ManualClock.start.boot)

  static let setup = MonitorState.Setup(
    host: "web1", database: "/var/lib/queuectl/queue.db", origin: "the default")

  /// A state of that size, on that tab.
  static func state(
    _ width: Int, _ height: Int, tab: JobTab = .dead, snapshot: Snapshot? = nil,
    setup: MonitorState.Setup = setup
  ) -> MonitorState {
    var state = MonitorState(setup, now: now)
    state.request.tab = tab
    _ = state.update(.resized(Size(width: width, height: height)))
    _ = state.update(.heard(.snapshot(snapshot ?? self.snapshot(tab), state.request)))
    return state
  }

  static func snapshot(_ tab: JobTab = .dead) -> Snapshot {
    var snapshot = Snapshot(
      time: now,
      summary: QueueSummary(counts: [
        "default": [.pending: 1204, .processing: 4, .failed: 12, .dead: 7, .completed: 98_311]
      ]))
    snapshot.workers = workers
    snapshot.list = JobRows(jobs: tab == .dead ? dead : tab == .all ? dead + others : [])
    snapshot.list.order = tab == .dead ? JobOrder(.updated) : .newestFirst
    snapshot.files = DatabaseFiles(database: 81_300_000, log: 4_200_000)
    snapshot.health = health
    return snapshot
  }

  static let health = QueueHealth(
    trend: (0..<40).map { Double(($0 * 7) % 23 + $0 / 2) },
    failureTrend: (0..<40).map { Double($0 % 9 == 0 ? $0 / 9 : 0) }, donePerSecond: 11.4,
    addedPerSecond: 9.8, leftPerSecond: 11.5,
    backlogTrend: (0..<40).map { Double(1800 - $0 * 13 + $0 * 31 % 90) }, failureShare: 0.018,
    drain: .seconds(106),
    wait: .init(p50: .milliseconds(1200), p95: .milliseconds(8400)),
    run: .init(p50: .milliseconds(340), p95: .milliseconds(2100), most: .seconds(61)),
    oldest: .seconds(42))

  // MARK: Jobs

  static let dead: [Job] = [
    job("job-86990", "./charge --order=9912", 3, 2, .exited(1), "card gateway timeout", ago: 150),
    job("job-86984", "./charge --order=9907", 3, 2, .exited(1), "card gateway timeout", ago: 155),
    job(
      "job-86412", "./sned-mail --to=bob", 5, 4, .exited(127), "sh: 1: ./sned-mail: not found",
      ago: 700),
    job("job-86001", "./render --frame=0398", 3, 2, .signaled(9), nil, ago: 1600),
    job(
      "job-85777", "./import batch-02.csv", 3, 2, .timedOut, cause: "timed out after 5m", nil,
      ago: 1900),
    job("job-85012", "./charge --order=9833", 3, 2, .exited(1), "card gateway timeout", ago: 7300),
    job("job-85001", "./charge --order=9832", 3, 2, .exited(1), "card gateway timeout", ago: 7400),
  ]

  static var others: [Job] {
    var pending = Job(
      id: JobID(trusted: "job-88200"), command: "./send-mail --to=carol", state: .pending,
      attempts: 0, maxRetries: 3, queue: "mail", priority: 5, createdAt: ago(60),
      updatedAt: ago(60))
    pending.runAt = now.wall + .seconds(3600)
    var failed = job("job-88001", "./import batch-11.csv", 1, 3, .exited(75), "try later", ago: 3)
    failed.state = .failed
    failed.runAt = now.wall + .seconds(8)
    var completed = job("job-87900", "./render --frame=0001", 1, 3, .exited(0), nil, ago: 90)
    completed.state = .completed
    return [pending, failed, completed]
  }

  static func job(
    _ id: String, _ command: String, _ attempts: Int, _ retries: Int, _ end: RunEnd,
    cause: String? = nil, _ lastLine: String?, ago seconds: Int
  ) -> Job {
    var job = Job(
      id: JobID(trusted: id), command: command, state: .dead, attempts: attempts,
      maxRetries: retries, queue: NewJob.defaultQueue, priority: 0, createdAt: ago(seconds + 60),
      updatedAt: ago(seconds))
    let run = Run(
      id: RunID(Int64(seconds)), attempt: attempts, worker: WorkerID(2), startedAt: ago(seconds + 2)
    )
    job.latestRun = run.ended(
      RunReport(end: end, cause: cause, elapsed: .seconds(2), lastLine: lastLine),
      at: ago(seconds))
    return job
  }

  static func ago(_ seconds: Int) -> Timestamp {
    Timestamp(milliseconds: now.wall.milliseconds - Int64(seconds) * 1000)
  }

  // MARK: Queues

  static let queues: [QueueLine] = {
    var lines = ["default", "mail", "slow"].map { QueueLine($0) }
    (lines[0].pending, lines[0].failed, lines[0].dead) = (1190, 12, 7)
    (lines[0].oldest, lines[0].donePerSecond) = (.seconds(42), 8.2)
    (lines[1].pending, lines[1].running, lines[1].donePerSecond) = (12, 4, 3.2)
    lines[1].control.runningLimit = 4
    (lines[2].pending, lines[2].oldest, lines[2].control.isPaused) = (2, .seconds(7300), true)
    return lines
  }()

  // MARK: Schedules

  static let schedules: [ScheduleLine] = {
    func line(_ number: Int64, _ name: String, _ timing: String, next: Int) -> ScheduleLine {
      guard let timing = try? Timing(stored: timing) else { preconditionFailure("a timing") }
      let spec = ScheduleSpec(timing, zone: "UTC", job: JobSpec(command: "./\(name) --all"))
      var schedule = Schedule(
        id: ScheduleID(number), name: name, spec, offset: .zero, createdAt: ago(90_000))
      schedule.nextAt = now.wall + .seconds(next)
      return ScheduleLine(schedule, history: [occurrences[0]])
    }
    var lines = [
      line(1, "nightly", "30 2 * * *", next: 18_720),
      line(2, "report", "0 9 * * 1-5", next: 42_000),
      line(3, "sync", "every 300000", next: -7200), line(4, "weekly", "0 4 * * 0", next: 90_000),
    ]
    lines[0].schedule.tally.succeededAt = ago(4000)
    lines[1].schedule.tally.failuresInRow = 3
    lines[1].history = [occurrences[1]]
    lines[2].schedule.tally.skipsInRow = 14
    lines[2].history[0].job?.state = .processing
    lines[3].schedule.pausedAt = ago(100)
    lines[3].history = []
    return lines
  }()

  static let occurrences: [Occurrence] = {
    func job(_ id: String, _ state: JobState, _ code: Int?) -> Occurrence.Enqueued {
      var job = Occurrence.Enqueued(JobID(trusted: id), at: ago(4000))
      (job.state, job.exitCode, job.ran, job.endedAt) = (state, code, .seconds(720), ago(3280))
      return job
    }
    return [
      Occurrence(at: ago(4000), .enqueued, job: job("job-87900", .completed, 0)),
      Occurrence(at: ago(90_400), .enqueued, job: job("job-70011", .dead, 2)),
      Occurrence(at: ago(176_800), .missed, through: ago(100_000), times: 3),
    ]
  }()

  // MARK: Workers

  static let workers: [WorkerView] = [
    worker(
      1, 21873, .busy, beat: 400, "job-88121", for: 3100, 2311, "./send-mail --to=a@example.org"),
    worker(2, 21874, .busy, beat: 200, "job-88090", for: 61_000, 2290, "./render --frame=0412"),
    worker(3, 21875, .idle, beat: 300, nil, for: 0, 2307, nil),
    worker(4, 21876, .stopping, beat: 100, "job-88119", for: 9000, 2288, "./import batch-17.csv"),
    worker(
      5, 20110, .lost, beat: 252_000, "job-87001", for: 255_000, 1877, "./import batch-02.csv"),
  ]

  static func worker(
    _ number: Int64, _ pid: Int32, _ condition: WorkerStatus, beat: Int64, _ job: String?,
    for elapsed: Int64, _ done: Int, _ command: String?
  ) -> WorkerView {
    var heard = now
    heard.uptime -= .milliseconds(beat)
    heard.wall = Timestamp(milliseconds: now.wall.milliseconds - beat)
    var record = WorkerRecord(
      id: WorkerID(number),
      process: ProcessIdentity(
        host: "web1", site: Site(machine: "web1", namespaces: "n"), boot: now.boot, pid: pid,
        startTicks: 1), queues: [],
      at: heard)
    record.startedAt = ago(90_000)
    record.completed = done
    record.failed = 12
    if condition == .stopping { record.stop = .finishJob }
    record.current = job.map {
      WorkerRecord.Assignment(
        job: JobID(trusted: $0), run: RunID(number), runName: "run",
        since: Timestamp(milliseconds: now.wall.milliseconds - elapsed))
    }
    var worker = WorkerView(record, isLost: condition == .lost)
    worker.command = command
    return worker
  }
}
