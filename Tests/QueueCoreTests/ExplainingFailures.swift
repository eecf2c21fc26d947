import QueueCore
import QueueOperations
import QueueTestSupport
import Testing

/// The cause of a job's latest failure, with a remedy.
@Suite struct `Explaining failures` {
  private let now = ManualClock.start

  /// A dead job with this run, a timeout of 5 s and 64 MB.
  private func job(_ report: RunReport, _ change: (inout Job) -> Void = { _ in }) -> Job {
    var job = Job(
      id: JobID(trusted: "job1"), command: "true", state: .dead, attempts: 1, maxRetries: 0,
      queue: "default", priority: 0, createdAt: now.wall, updatedAt: now.wall)
    job.timeout = .seconds(5)
    job.limits.memoryBytes = 64 << 20
    job.latestRun = Run(
      id: RunID(1), attempt: 1, worker: WorkerID(4), startedAt: now.wall
    ).ended(report, at: now.wall)
    change(&job)
    return job
  }

  /// The reason after the job's state.
  private func failure(of job: Job) -> Explanation.Reason? {
    let facts = JobFacts(
      job: job, controls: QueueControls(queues: []), runningInQueue: 0, workers: [], jobsAhead: 0)
    let last = Explanation(facts, at: now).reasons.last
    if case .failure = last { return last }
    return nil
  }

  @Test(
    arguments: [
      (
        .timedOut, nil, "timed_out",
        "its timeout ended the last run after 7.0s: raise it before "
          + "the next run", "queuectl edit job1 --timeout 10s"
      ),
      (
        .signaled(9), "killed: over --memory 64MB", "over_memory",
        "the kernel killed its last run at the memory limit of 64MB: raise it before the next run",
        "queuectl edit job1 --memory 128MB"
      ),
      (
        .exited(137), "killed: over --memory 32MB", "over_memory",
        "the kernel killed its last run at the memory limit of 32MB; it is 64MB by now", nil
      ),
      (
        .signaled(9), nil, "signaled",
        "signal 9 (KILL), not sent by queuectl, ended the last run: the kernel sends it when "
          + "memory runs out (see dmesg)", "queuectl logs job1"
      ),
      (
        .signaled(34), nil, "signaled", "signal 34, not sent by queuectl, ended the last run",
        "queuectl logs job1"
      ),
      (
        .exited(139), nil, "signaled",
        "its shell reports that signal 11 (SEGV) ended the command: the program crashed",
        "queuectl logs job1"
      ),
      (
        .exited(127), nil, "command_not_found",
        "the shell didn't find the command: copy your PATH, or use the full path",
        "queuectl edit job1 --env PATH"
      ),
      (
        .exited(126), nil, "command_not_executable",
        "the command can't be executed: it must be a program that the worker may execute "
          + "(chmod +x)",
        "queuectl retry job1 --edit"
      ),
      (
        .notStarted(127), "enter the directory /gone", "not_started",
        "the worker can't enter its directory: create it, or set another",
        "queuectl edit job1 --cwd ."
      ),
      (
        .notStarted(126), "too large", "not_started",
        "the command is too large for the kernel: put it into a file", "queuectl retry job1 --edit"
      ),
      (
        .refused, "no cgroup", "limits_not_set",
        "the worker can't set its limits: run it without, or start a worker that can set them",
        "queuectl edit job1 --best-effort"
      ),
      (
        .lost, nil, "worker_lost",
        "w4 died or was cut off during the last run, as others before: the job may be the cause",
        "queuectl logs job1"
      ),
    ] as [(RunEnd, String?, String, String, String?)])
  func `a failure is explained with the command that helps`(
    end: RunEnd, cause: String?, word: String, text: String, advice: String?
  ) throws {
    let job = job(RunReport(end: end, cause: cause, elapsed: .seconds(7), lastLine: "last: 1"))
    let reason = try #require(failure(of: job))
    #expect(reason.word == word)
    #expect(reason.text(for: job) == text)
    #expect(reason.advice(for: job) == advice)
    #expect(!reason.needsOperator)
  }

  @Test(arguments: [
    RunEnd.exited(0), .exited(1), .exited(128), .exited(255), .accepted(1), .stopped, .cancelled,
    .snoozed(75),
  ])
  func `an exit status of the command's own isn't explained`(end: RunEnd) {
    #expect(failure(of: job(RunReport(end: end, elapsed: .seconds(1), lastLine: "no"))) == nil)
  }

  @Test func `a command that chose status 126 to be snoozed wasn't refused`() {
    var report = RunReport(end: .snoozed(126), elapsed: .seconds(1))
    report.cpuTime = .zero
    #expect(failure(of: job(report)) == nil)
  }

  @Test func `a limit that was raised since is shown, and not raised again`() throws {
    for (timeout, words) in [
      (Duration.seconds(60), "it is 1m by now"), (nil, "it has none by now"),
    ] {
      let job = job(RunReport(end: .timedOut, elapsed: .seconds(5))) { $0.timeout = timeout }
      let reason = try #require(failure(of: job))
      #expect(reason.text(for: job) == "its timeout ended the last run after 5.0s; \(words)")
      #expect(reason.advice(for: job) == nil)
    }
  }

  @Test func `a job with a PATH of its own needs another command`() throws {
    let job = job(RunReport(end: .exited(127), elapsed: .zero)) {
      $0.inheritsEnvironment = true
    }
    let reason = try #require(failure(of: job))
    #expect(
      reason.text(for: job) == "the shell didn't find the command: correct its name or path")
    #expect(reason.advice(for: job) == "queuectl retry job1 --edit")
  }

  @Test func `a waiting job's failure comes last, and none once it was retried by hand`() {
    let waiting = job(RunReport(end: .timedOut, elapsed: .seconds(5))) { $0.state = .failed }
    #expect(failure(of: waiting) == .failure(.timedOut(after: .seconds(5))))
    for state in [JobState.pending, .cancelled, .processing] {
      let other = job(RunReport(end: .timedOut, elapsed: .seconds(5))) { $0.state = state }
      #expect(failure(of: other) == nil)
    }
  }
}
