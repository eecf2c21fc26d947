import QueueCore
import QueueTestSupport
import Testing

@testable import QueueOperations
@testable import QueueTop

/// The column NOTE: why a job waits, when it runs, or how it failed, without a query.
@Suite struct `Notes of jobs` {
  private static func waiting(_ change: (inout Job) -> Void = { _ in }) -> Job {
    var job = Job(
      id: JobID(trusted: "j"), command: "x", state: .pending, attempts: 0, maxRetries: 3,
      queue: "etl", priority: 0, createdAt: ExampleQueue.ago(60), updatedAt: ExampleQueue.ago(60))
    change(&job)
    return job
  }

  private static func after(_ ids: String..., state: JobState = .pending) -> Job {
    waiting { job in
      job.waitsFor = ids.map {
        UnmetPrerequisite(job: JobID(trusted: $0), state: state, accepts: .success)
      }
    }
  }

  private static func failed(in seconds: Int) -> Job {
    var job = ExampleQueue.job("f", "x", 1, 3, .exited(1), "no route", ago: 5)
    job.state = .failed
    job.runAt = ExampleQueue.now.wall + .seconds(seconds)
    return job
  }

  private static func note(
    _ job: Job, _ change: (inout Snapshot) -> Void = { _ in }
  ) -> JobNotes.Note {
    var snapshot = ExampleQueue.snapshot()
    change(&snapshot)
    return JobNotes(snapshot, at: ExampleQueue.now).note(of: job)
  }

  private static func control(_ isPaused: Bool, _ limit: Int?) -> (inout Snapshot) -> Void {
    {
      $0.controls.queues = [QueueControl(name: "etl", isPaused: isPaused, runningLimit: limit)]
      $0.summary = QueueSummary(counts: ["etl": [.processing: 2]])
    }
  }

  @Test func `a waiting job's note is its first obstacle`() {
    #expect(Self.note(Self.waiting()) == .none)
    #expect(Self.note(Self.waiting(), Self.control(true, nil)).text == "queue paused")
    #expect(Self.note(Self.waiting(), Self.control(false, 2)) == .init(text: "limit 2 of 2"))
    #expect(Self.note(Self.waiting(), Self.control(false, 0)).text == "queue paused: limit 0")
    #expect(Self.note(Self.waiting(), Self.control(false, 3)) == .none)
    #expect(
      Self.note(Self.waiting()) { $0.controls.isEverythingPaused = true }
        == .init(text: "all queues paused", isWarning: true))
    #expect(Self.note(Self.waiting()) { $0.workers = [] }.text == "no worker runs")
    let serving = Self.note(Self.waiting()) { snapshot in
      for index in snapshot.workers.indices { snapshot.workers[index].record.queues = ["mail"] }
    }
    #expect(serving == .init(text: "no worker serves etl", isWarning: true))
  }

  @Test func `a job that waits for others names the first, and how many more`() {
    #expect(Self.note(Self.after("nightly-3")).text == "after nightly-3")
    #expect(Self.note(Self.after("a", "b", "c")).text == "after a and 2 more")
    #expect(
      Self.note(Self.after("a", state: .dead))
        == .init(text: "after a, which is dead", isWarning: true))
  }

  @Test func `a time to come is told, with the error before it`() {
    #expect(Self.note(Self.failed(in: 81)).text == "retried in 1m21; last run: no route")
    let later = Self.waiting { $0.runAt = ExampleQueue.now.wall + .seconds(3600) }
    #expect(Self.note(later).text == "runs in 1h00")
    let listed = JobNotes(ExampleQueue.snapshot(), at: ExampleQueue.now, omitsTimes: true)
    #expect(listed.note(of: later) == .none, "the list has a column for it")
    #expect(Self.note(ExampleQueue.dead[0]).text == "card gateway timeout")
  }

  @Test func `a running job's note is its progress, or that it is ending`() {
    var job = Self.waiting { $0.state = .processing }
    job.id = JobID(trusted: "job-88121")
    #expect(Self.note(job) == .none)
    job.progress = JobProgress(trustedPercent: 40, message: "page 4")
    #expect(Self.note(job).text == job.progress?.text)
    let ending = Self.note(job) { $0.ending = [job.id] }
    #expect(ending == .init(text: "ending", isWarning: true))
    job.id = JobID(trusted: "job-87001")
    #expect(Self.note(job) == .init(text: "w5 is lost", isWarning: true))
  }

  @Test func `the page of a job says that it is ending, and the pane of details, too`() throws {
    let job = Self.waiting { $0.state = .processing }
    var snapshot = ExampleQueue.snapshot()
    (snapshot.list.jobs, snapshot.ending) = ([job], [job.id])
    snapshot.detail = JobDetail(job: job)
    var state = ExampleQueue.state(120, 40, tab: .processing, snapshot: snapshot)
    let pane = state.frame().rows.map(\.text)
    #expect(pane.contains { $0.hasPrefix("── \(job.id) processing  ending ───") })
    _ = state.press(.enter)
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(state.frame().rows[0].text.hasPrefix(" \(job.id)  processing  ending "))
    _ = state.type("i")
    #expect(state.frame().rows[0].text.hasPrefix(" \(job.id)  processing  ending "))
  }

  @Test func `a list without an ended run has no column for it, unless it is sorted by it`() {
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs = [Self.waiting()]
    var state = ExampleQueue.state(80, 24, tab: .pending, snapshot: snapshot)
    func hasEnds() -> Bool { state.frame().rows.contains { $0.text.contains(" EXIT") } }
    #expect(!hasEnds())
    state.request.sort.key = .exit
    #expect(hasEnds())
    state.request.sort.key = .age
    snapshot.list.jobs.append(Self.failed(in: 5))
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    #expect(hasEnds())
  }

  @Test(arguments: [80, 120], [false, true])
  func `a long id leaves room for the job's state`(width: Int, isGone: Bool) {
    var job = Self.waiting { $0.state = .processing }
    job.id = JobID(trusted: String(repeating: "long", count: 20))
    var snapshot = ExampleQueue.snapshot()
    snapshot.list.jobs = [job]
    snapshot.detail = JobDetail(job: job, isGone: isGone)
    var state = ExampleQueue.state(width, 40, tab: .processing, snapshot: snapshot)
    _ = state.type("v")
    if state.layout.detailRows == 0 { _ = state.type("v") }
    #expect(state.frame().rows.contains { $0.text.contains(/\ longlong.* processing ──/) })
    _ = state.press(.enter)
    _ = state.update(.heard(.snapshot(snapshot, state.request)))
    let title = state.frame().rows[0].text
    #expect(title.hasPrefix(" long") && title.contains("  processing "))
    #expect(title.contains("last known state") == isGone && (isGone || title.contains(":")))
  }
}
