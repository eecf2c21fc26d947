import QueueCore
import QueueTestSupport
import Testing

@Suite struct WorkerRecords {
  let clock = ManualClock()

  private func record() -> WorkerRecord {
    WorkerRecord(id: WorkerID(1), process: .example(), queues: [], at: clock.now())
  }

  @Test(arguments: [0, 86_400, -86_400])
  func `silence is measured by uptime, whatever the wall clock`(jump: Int) {
    let record = record()
    clock.advance(by: .seconds(12))
    clock.jumpWall(by: .seconds(jump))
    #expect(record.silence(at: clock.now()) == .seconds(12))
  }

  @Test func `silence since an earlier boot is measured by the wall clock`() {
    let record = record()
    clock.reboot()
    clock.jumpWall(by: .seconds(300))
    #expect(record.silence(at: clock.now()) == .seconds(300))
  }

  @Test func `a worker is idle, busy, stopping or lost`() {
    var record = record()
    #expect(record.condition(isLost: false) == .idle)
    record.current = WorkerRecord.Assignment(
      job: JobID(trusted: "a"), run: RunID(1), runName: "x-1", since: clock.now().wall)
    #expect(record.condition(isLost: false) == .busy)
    record.stop = .finishJob
    #expect(record.condition(isLost: false) == .stopping)
    #expect(record.condition(isLost: true) == .lost)
  }

  @Test func `a request to end a job is more urgent than one to finish it`() {
    #expect(StopOrder.finishJob < .endJob)
  }

  @Test func `a lost run's attempt number is used again`() {
    let job = ClaimedJob(
      run: RunID(9), runName: "x-9", id: JobID(trusted: "a"), queue: "q", command: "true",
      directory: nil, environment: [], timeout: nil, retryRules: RetryRules(),
      tally: RetryBudget(attempts: 2, crashes: 1, maxRetries: 3))
    #expect(job.attempt == 3)
  }
}
