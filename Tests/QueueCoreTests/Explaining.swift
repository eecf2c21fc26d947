import QueueCore
import QueueOperations
import QueueTestSupport
import Testing

/// Why a job isn't running: from facts to reasons, and from reasons to words.
@Suite struct Explaining {
  let now = ManualClock.start

  /// A case's difference from an unhindered job.
  typealias Change = @Sendable (inout JobFacts) -> Void

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: Change
    var reasons: [Explanation.Reason]

    init(_ description: String, _ reasons: [Explanation.Reason], _ change: @escaping Change) {
      testDescription = description
      self.reasons = reasons
      self.change = change
    }
  }

  /// A pending job with one idle worker for all queues.
  private var facts: JobFacts {
    JobFacts(
      job: Job(
        id: JobID(trusted: "job1"), command: "true", state: .pending, attempts: 0, maxRetries: 3,
        queue: "mail", priority: 0, createdAt: now.wall, updatedAt: now.wall),
      controls: QueueControls(queues: [QueueControl(name: "mail")]), runningInQueue: 0,
      workers: [Self.worker(1)], jobsAhead: 0)
  }

  private static func worker(
    _ number: Int64, serving queues: [String] = [], _ condition: WorkerStatus = .idle,
    job: String? = nil, for time: Duration = .zero
  ) -> (record: WorkerRecord, condition: WorkerStatus) {
    let now = ManualClock.start
    var record = WorkerRecord(id: WorkerID(number), process: .example(), queues: queues, at: now)
    if let job {
      record.current = WorkerRecord.Assignment(
        job: JobID(trusted: job), run: RunID(1), runName: "x-1", since: now.wall + (.zero - time))
    }
    return (record, condition)
  }

  private static let cases = [
    Case("nothing holds it back", [.nothing]) { _ in },
    Case("its time comes", [.scheduled(in: .seconds(60))]) {
      $0.job.runAt = ManualClock.start.wall + .seconds(60)
    },
    Case("its time has come", [.nothing]) { $0.job.runAt = ManualClock.start.wall },
    Case("it backs off", [.backoff(.seconds(8), error: "exit status 1")]) {
      $0.job.state = .failed
      $0.job.runAt = ManualClock.start.wall + .seconds(8)
      $0.job.latestRun = failedRun
    },
    Case("everything is paused", [.everythingPaused]) { $0.controls.isEverythingPaused = true },
    Case("its queue is paused", [.queuePaused]) { $0.controls.queues[0].isPaused = true },
    Case("another queue is paused", [.nothing]) {
      $0.controls.queues.append(QueueControl(name: "other", isPaused: true))
    },
    Case("its queue is full", [.limitReached(running: 2, limit: 2)]) {
      $0.controls.queues[0].runningLimit = 2
      $0.runningInQueue = 2
    },
    Case("its queue has room", [.nothing]) {
      $0.controls.queues[0].runningLimit = 2
      $0.runningInQueue = 1
    },
    Case("its queue's limit is 0, which is a pause", [.queueLimitedToNone]) {
      $0.controls.queues[0].runningLimit = 0
    },
    Case("no worker runs", [.noWorker]) { $0.workers = [] },
    Case("only lost and leaving workers are there", [.noWorker]) {
      $0.workers = [worker(1, .lost), worker(2, .stopping)]
    },
    Case("no worker serves its queue", [.noWorkerForQueue]) {
      $0.workers = [worker(1, serving: ["web"]), worker(2, serving: ["web", "Mail"])]
    },
    Case("all workers are busy", [.workersBusy(2)]) {
      $0.workers = [
        worker(1, .busy), worker(2, serving: ["mail"], .busy), worker(3, serving: ["web"]),
      ]
    },
    Case("others come first", [.behind(3)]) { $0.jobsAhead = 3 },
    Case(
      "others of its queue and another one come first", [.workersBusy(1), .behind(3, others: true)]
    ) {
      $0.workers = [worker(1, .busy)]
      $0.waitingQueues = ["mail", "web"]
      $0.jobsAhead = 3
    },
    Case("only those of another queue may come first", [.workersBusy(1), .behind(0, others: true)])
    {
      $0.workers = [worker(1, serving: ["mail", "web"], .busy)]
      $0.waitingQueues = ["mail", "web"]
    },
    Case("other queues are served by other workers, or paused, or empty", [.workersBusy(1)]) {
      $0.controls.queues.append(QueueControl(name: "paused", isPaused: true))
      $0.workers = [worker(1, serving: ["mail", "paused", "empty"], .busy)]
      $0.waitingQueues = ["mail", "web", "paused"]
    },
    Case("an idle worker takes it next, whatever waits in other queues", [.nothing]) {
      $0.waitingQueues = ["mail", "web"]
    },
    Case("its turn doesn't matter before its time", [.scheduled(in: .seconds(1))]) {
      $0.job.runAt = ManualClock.start.wall + .seconds(1)
      $0.jobsAhead = 3
    },
    Case("it waits for others", [.needs(dead), .needs(running)]) {
      $0.job.waitsFor = [running, dead]
    },
    Case(
      "everything at once",
      [
        .needs(dead), .scheduled(in: .seconds(5)), .everythingPaused, .queuePaused,
        .queueLimitedToNone, .noWorker,
      ]
    ) {
      $0.job.waitsFor = [dead]
      $0.job.runAt = ManualClock.start.wall + .seconds(5)
      $0.controls.isEverythingPaused = true
      $0.controls.queues[0] = QueueControl(name: "mail", isPaused: true, runningLimit: 0)
      $0.workers = []
      $0.jobsAhead = 7
    },
    Case("it runs", [.running(by: WorkerID(4), for: .seconds(9))]) {
      $0.job.state = .processing
      $0.workers = [worker(1), worker(4, .busy, job: "job1", for: .seconds(9))]
    },
    Case("it runs under a worker that leaves", [.running(by: WorkerID(4), for: .zero)]) {
      $0.job.state = .processing
      $0.workers = [worker(4, .stopping, job: "job1")]
    },
    Case(
      "FAULT 70: its worker can't start it", [.held(by: WorkerID(4), reason: "no room")]
    ) {
      $0.job.state = .processing
      $0.workers = [worker(4, .busy, job: "job1")]
      $0.troubles = [WorkerID(4): "no room"]
    },
    Case("FAULT 14: a worker is about to be started again", [.restart(in: .seconds(8))]) {
      $0.workers = []
      $0.restart = .seconds(8)
    },
    Case("FAULT 72: whether a worker is started again is unknown", [.supervisorsUnknown("no")]) {
      $0.workers = []
      $0.supervisorTrouble = "no"
    },
    Case("another worker is there meanwhile", [.nothing]) { $0.restart = .seconds(8) },
    Case("its worker is gone", [.lost(by: WorkerID(4))]) {
      $0.job.state = .processing
      $0.workers = [worker(4, .lost, job: "job1")]
    },
    Case("it is being cancelled", [.ending(by: WorkerID(4), .cancelled)]) {
      $0.job.state = .processing
      $0.workers = [worker(4, .busy, job: "job1")]
      $0.cancelled = [JobID(trusted: "job1")]
      $0.troubles = [WorkerID(4): "no room"]
    },
    Case("another job is being cancelled", [.running(by: WorkerID(4), for: .zero)]) {
      $0.job.state = .processing
      $0.workers = [worker(4, .busy, job: "job1")]
      $0.cancelled = [JobID(trusted: "job2")]
    },
    Case("its worker stops at once", [.ending(by: WorkerID(4), .workerStops)]) {
      $0.job.state = .processing
      $0.workers = [worker(4, .stopping, job: "job1")]
      $0.workers[0].record.stop = .endJob
    },
    Case("its worker finishes it and leaves", [.running(by: WorkerID(4), for: .zero)]) {
      $0.job.state = .processing
      $0.workers = [worker(4, .stopping, job: "job1")]
      $0.workers[0].record.stop = .finishJob
    },
    Case("it was cancelled, and its worker is gone", [.lost(by: WorkerID(4), isCancelled: true)]) {
      $0.job.state = .processing
      $0.workers = [worker(4, .lost, job: "job1")]
      $0.cancelled = [JobID(trusted: "job1")]
    },
    Case("it is completed", [.ended(.completed, ago: .seconds(3), error: nil)]) {
      $0.job.state = .completed
      $0.job.updatedAt = ManualClock.start.wall + .seconds(-3)
    },
    Case("it is dead", [.ended(.dead, ago: .zero, error: "exit status 1")]) {
      $0.job.state = .dead
      $0.job.latestRun = failedRun
    },
    Case("it is cancelled", [.ended(.cancelled, ago: .zero, error: nil)]) {
      $0.job.state = .cancelled
    },
  ]

  private static let running = UnmetPrerequisite(
    job: JobID(trusted: "a"), state: .processing, accepts: .anyEnd)
  private static let dead = UnmetPrerequisite(
    job: JobID(trusted: "b"), state: .dead, accepts: .success)
  private static let failedRun = Run(
    id: RunID(1), attempt: 1, worker: WorkerID(1), startedAt: ManualClock.start.wall
  ).ended(RunReport(end: .exited(1), elapsed: .zero), at: ManualClock.start.wall)

  @Test(arguments: cases)
  func `all reasons why a job isn't running are found`(example: Case) {
    var facts = facts
    example.change(&facts)
    #expect(Explanation(facts, at: now).reasons == example.reasons)
  }

  @Test(
    arguments: [
      (
        .running(by: WorkerID(4), for: .seconds(9)), "w4 has been running it for 9.0s",
        "queuectl logs job1 --follow"
      ),
      (.lost(by: WorkerID(4)), "w4, which ran it, is lost: another worker requeues it", nil),
      (
        .lost(by: WorkerID(4), isCancelled: true),
        "w4, which ran it, is lost: another worker records that it is cancelled", nil
      ),
      (
        .ending(by: WorkerID(4), .cancelled), "it was cancelled: w4 is ending its processes",
        "queuectl wait job1"
      ),
      (
        .ending(by: WorkerID(4), .workerStops),
        "w4 was told to stop and is ending its processes: the job is requeued",
        "queuectl wait job1"
      ),
      (.ended(.completed, ago: .seconds(90), error: nil), "it completed 1m30s ago", nil),
      (
        .ended(.dead, ago: .seconds(90), error: "exit status 1"),
        "it has been dead for 1m30s: exit status 1", "queuectl dlq retry job1"
      ),
      (
        .ended(.cancelled, ago: .zero, error: "cancelled"), "it was cancelled 0.00s ago",
        "queuectl retry job1"
      ),
      (
        .ended(.cancelled, ago: .zero, error: nil, keyHolder: JobID(trusted: "b")),
        "it was cancelled 0.00s ago; unfinished job \"b\" holds its unique key",
        "queuectl wait b"
      ),
      (
        .ended(.dead, ago: .zero, error: "lost", keyHolder: JobID(trusted: "b")),
        "it has been dead for 0.00s: lost; unfinished job \"b\" holds its unique key",
        "queuectl wait b"
      ),
      (.needs(running), "it waits for the end of \"a\", which is processing", "queuectl explain a"),
      (.needs(dead), "it waits for the success of \"b\", which is dead", "queuectl retry b"),
      (.scheduled(in: .seconds(3700)), "it is due in 1h01m", nil),
      (
        .backoff(.seconds(8), error: "exit status 1"),
        "it failed: exit status 1; the next run is in 8.0s", "queuectl retry job1"
      ),
      (.everythingPaused, "everything is paused", "queuectl queue resume --all"),
      (.queuePaused, "its queue \"mail\" is paused", "queuectl queue resume mail"),
      (
        .limitReached(running: 5, limit: 2), "its queue \"mail\" already runs 5 of at most 2 jobs",
        "queuectl queue limit mail 6"
      ),
      (
        .queueLimitedToNone, "its queue \"mail\" has a limit of 0",
        "queuectl queue limit mail 1"
      ),
      (
        .limitReached(running: 2, limit: 2), "its queue \"mail\" already runs 2 of at most 2 jobs",
        "queuectl queue limit mail 3"
      ),
      (.noWorker, "no worker runs", "queuectl worker start"),
      (
        .noWorkerForQueue, "no worker serves its queue \"mail\"",
        "queuectl worker start --queue mail"
      ),
      (.workersBusy(1), "the one worker for it is busy", "queuectl worker start"),
      (.workersBusy(3), "all 3 workers for it are busy", "queuectl worker start"),
      (.behind(1), "1 job of its queue comes before it", nil),
      (.behind(12), "12 jobs of its queue come before it", nil),
      (
        .behind(1, others: true),
        "1 job of its queue comes before it, and jobs of other queues may, too", nil
      ),
      (.behind(0, others: true), "jobs of other queues may come before it", nil),
      (.behind(1000), "at least 1000 jobs of its queue come before it", nil),
      (.nothing, "none: the job is next in line", nil),
    ] as [(Explanation.Reason, String, String?)])
  func `a reason is shown with the command to type`(
    reason: Explanation.Reason, text: String, advice: String?
  ) {
    #expect(reason.text(for: facts.job) == text)
    #expect(reason.advice(for: facts.job) == advice)
  }

  @Test func `a job that can't be limited is advised to run without, once`() {
    var job = facts.job
    func advice(_ end: RunEnd) -> String? {
      job.latestRun = Run(
        id: RunID(1), attempt: 1, worker: WorkerID(1), startedAt: now.wall
      ).ended(RunReport(end: end, elapsed: .zero), at: now.wall)
      return Explanation.Reason.backoff(.seconds(8), error: nil, isSnoozed: end.isSnooze)
        .advice(for: job)
    }
    #expect(advice(.exited(1)) == "queuectl retry job1")
    #expect(advice(.snoozed(126)) == "queuectl edit job1 --best-effort")
    job.retryRules.snoozeOn = ExitStatusSet("126")
    #expect(advice(.snoozed(126)) == "queuectl retry job1", "its command snoozed it")
    job.retryRules.snoozeOn = nil
    job.limits.isBestEffort = true
    #expect(advice(.snoozed(126)) == "queuectl retry job1", "it is edited")
  }
}
