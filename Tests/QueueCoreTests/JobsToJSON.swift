import QueueCore
import QueueTestSupport
import Testing

@Suite struct JobsToJSON {
  private func text(_ job: Job) -> String {
    var writer = JSONWriter()
    job.write(to: &writer, showsVariables: true)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private let fresh = Job(
    id: JobID(trusted: "job1"), command: "echo \"hi\"", state: .pending, attempts: 0,
    maxRetries: 3, queue: "default", priority: 0, createdAt: Timestamp(milliseconds: 0),
    updatedAt: Timestamp(milliseconds: 1))

  @Test func `a job without runs has every field`() {
    #expect(
      text(fresh) == """
        {"id":"job1","command":"echo \\"hi\\"","state":"pending","attempts":0,"max_retries":3,\
        "created_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:00.001Z",\
        "queue":"default","priority":0,"run_at":null,"after":[],"after_any":[],"unique":null,\
        "tags":[],"timeout":null,"cwd":null,"env":{},"inherit_env":null,\
        "backoff_base":null,"backoff_max":null,\
        "backoff_jitter":null,"retry_on":null,"no_retry_on":null,"snooze_on":null,\
        "success_on":null,"nice":null,"memory":null,"cpus":null,"best_effort":null,\
        "started_at":null,"finished_at":null,"exit_code":null,"signal":null,"error":null,\
        "worker":null,"frozen":false,"progress":null,"message":null,\
        "schedule":null,"scheduled_for":null,\
        "stands_for":null}
        """)
  }

  @Test func `a job with runs shows its latest attempt`() throws {
    var job = fresh
    job.state = .failed
    job.runAt = Timestamp(milliseconds: 6000)
    job.timeout = .milliseconds(1500)
    job.directory = "/srv"
    job.environment = [try EnvironmentVariable(name: "A\"", value: "1")]
    job.inheritsEnvironment = true
    job.waitsFor = [
      UnmetPrerequisite(job: JobID(trusted: "a"), state: .dead, accepts: .success),
      UnmetPrerequisite(job: JobID(trusted: "b"), state: .failed, accepts: .anyEnd),
    ]
    job.uniqueKey = "k"
    job.tags = ["b", "a"]
    job.origin = JobOrigin(
      schedule: "nightly", time: Timestamp(milliseconds: 4000), standsFor: 2)
    job.retryRules = RetryRules(
      backoffBase: 1.25, backoffMax: .seconds(90), backoffJitter: 0.5,
      retryOn: ExitStatusSet("1-9"), noRetryOn: ExitStatusSet("2,4"), snoozeOn: ExitStatusSet("75"),
      successOn: ExitStatusSet("24"))
    job.limits = ResourceLimits(
      niceness: 5, memoryBytes: 2 << 30, cpus: 1.5, isBestEffort: true)
    job.latestRun = Run(
      id: RunID(3), attempt: 2, worker: WorkerID(12), startedAt: Timestamp(milliseconds: 2000)
    ).ended(
      RunReport(end: .exited(7), elapsed: .seconds(1), lastLine: "\u{1B}[31m"),
      at: Timestamp(milliseconds: 3000))
    #expect(
      text(job) == """
        {"id":"job1","command":"echo \\"hi\\"","state":"failed","attempts":0,"max_retries":3,\
        "created_at":"1970-01-01T00:00:00.000Z","updated_at":"1970-01-01T00:00:00.001Z",\
        "queue":"default","priority":0,"run_at":"1970-01-01T00:00:06.000Z",\
        "after":["a"],"after_any":["b"],"unique":"k","tags":["b","a"],"timeout":1.5,\
        "cwd":"/srv","env":{"A\\"":"1"},"inherit_env":true,"backoff_base":1.25,"backoff_max":90,\
        "backoff_jitter":0.5,"retry_on":"1-9","no_retry_on":"2,4","snooze_on":"75",\
        "success_on":"24","nice":5,"memory":2147483648,"cpus":1.5,"best_effort":true,\
        "started_at":"1970-01-01T00:00:02.000Z","finished_at":"1970-01-01T00:00:03.000Z",\
        "exit_code":7,"signal":null,"error":"exit status 7: \\u001b[31m","worker":"w12",\
        "frozen":false,\
        "progress":null,"message":null,"schedule":"nightly",\
        "scheduled_for":"1970-01-01T00:00:04.000Z","stands_for":2}
        """)
  }

  @Test func `the values of variables are omitted unless requested`() throws {
    var job = fresh
    job.environment = [try EnvironmentVariable(name: "TOKEN", value: "hunter2")]
    var writer = JSONWriter()
    job.write(to: &writer)
    let text = String(decoding: writer.bytes, as: UTF8.self)
    #expect(text.contains(#""env":{"TOKEN":null}"#) && !text.contains("hunter2"), "\(text)")
  }

  @Test func `a job's fields can be read as a new job's`() throws {
    guard case .object(let members) = try JSONValue(text(fresh)) else {
      Issue.record("not an object")
      return
    }
    // argv is stored and shown as its command line.
    let fields = JobField.allCases.filter { $0 != .argv }
    #expect(Set(members.map(\.key)) == Set(fields.map(\.rawValue)))
    #expect(members.count == fields.count)
  }

  @Test func `a job that hasn't run can be read back`() throws {
    var job = fresh
    job.runAt = Timestamp(milliseconds: 1_795_464_000_123)
    job.timeout = .milliseconds(1)
    job.directory = "/srv"
    job.environment = [try EnvironmentVariable(name: "A", value: "1")]
    job.waitsFor = [UnmetPrerequisite(job: JobID(trusted: "a"), state: .dead, accepts: .anyEnd)]
    job.uniqueKey = "k"
    job.retryRules = RetryRules(backoffBase: 0.1, backoffMax: .milliseconds(1500))
    job.retryRules.snoozeOn = ExitStatusSet("75")
    job.retryRules.successOn = ExitStatusSet("1")
    job.limits = ResourceLimits(
      niceness: -3, memoryBytes: 1 << 20, cpus: 0.25, isBestEffort: false)
    var reader = JSONReader(Array(text(job).utf8))
    #expect(
      try NewJob(from: &reader, defaults: JobDefaults(directory: "/", time: .example))
        == NewJob(
          id: job.id, command: job.command, runAt: job.runAt,
          prerequisites: [Prerequisite(reference: "a", accepts: .anyEnd)], uniqueKey: "k",
          timeout: job.timeout, maxRetries: 3, retryRules: job.retryRules, directory: "/srv",
          environment: job.environment, limits: job.limits)
    )
  }
}
